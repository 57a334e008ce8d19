"""docs/asvs.csv says of each requirement once what comes of it, and the tests that it names are there."""

from __future__ import annotations

import csv
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Section of OWASP ASVS 5.0.0 -> its requirements of level 1 and 2; they are the first ones of each, but for none.
REQUIREMENTS = """
    1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4
    5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
    8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3
    11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7
    16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2
""".split()


def rows() -> list[dict[str, str]]:
    with (ROOT / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_requirement_of_level_one_and_two_stands_there_once() -> None:
    wanted = []
    for section, _colon, count in (one.partition(":") for one in REQUIREMENTS):
        wanted += [f"v5.0.0-{section}.{number}" for number in range(1, int(count) + 1)]

    assert [row["requirement"] for row in rows()] == wanted
    assert [sum(row["level"] == level for row in rows()) for level in ("1", "2")] == [70, 183]


def test_what_is_met_names_a_test_that_is_there_and_the_rest_says_why() -> None:
    wrong = []
    for row in rows():
        proof = row["test, or why"]
        file, _colons, name = proof.partition("::")
        path = ROOT / "tests" / file
        is_there = path.is_file() and re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE)
        if row["state"] == "met" and not is_there:
            wrong.append(f"{row['requirement']}: {proof}")
        if row["state"] not in ("met", "not applicable", "open") or not proof:
            wrong.append(row["requirement"])

    assert wrong == []
