"""The packages that are installed: each by hashes that `make hashes` wrote, each under a licence that was read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.licences import ACCEPTED, find_licences
from tools.sbom import vendored_components

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)
LOCKED = re.compile(r"^([\w.-]+)==(\S+)( ;[^\\\n]*)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
#: Of each file those that it begins with.
FILES = {"requirements": (), "requirements-dev": ("requirements",), "requirements-tools": (), "requirements-peers": ()}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(name: str) -> dict[str, str]:
    text = "".join((ROOT / f"{one}.txt").read_text() for one in (*FILES[name], name))
    return {normal(package): version for package, version in PINNED.findall(text)}


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_locked_by_its_hashes(name: str) -> None:
    lock = (ROOT / f"{name}.lock").read_text()
    locked = {normal(package): version for package, version, _where, _hashes in LOCKED.findall(lock)}

    assert pinned(name).items() <= locked.items(), "run `make hashes`"
    rest = [line for line in LOCKED.sub("", lock).splitlines() if line and not line.startswith("#")]
    assert rest == [], "a line without hashes"


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_no_package_is_locked_that_is_not_pinned(name: str) -> None:
    everywhere = {
        normal(package)
        for package, _version, where, _hashes in LOCKED.findall((ROOT / f"{name}.lock").read_text())
        if not where
    }

    assert everywhere - pinned(name).keys() == set(), "pin it in the requirements, or run `make hashes`"


@pytest.mark.parametrize("name", FILES)
def test_no_lock_names_where_packages_come_from(name: str) -> None:
    assert "://" not in (ROOT / f"{name}.lock").read_text()


def test_every_package_that_is_shipped_has_a_licence_that_was_accepted() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    stated = {package: find_licences(normal(package)) for package, *_rest in LOCKED.findall(lock)}

    doubtful = {package: found for package, found in stated.items() if not found or not found <= ACCEPTED}
    assert doubtful == {}, "read it, then add it to tools/licences.py"


def test_the_bill_names_the_licences_of_front_end_and_fonts_but_not_what_tests_take() -> None:
    names = {one["name"]: one["licenses"][0]["expression"] for one in vendored_components()}

    assert names["@tabler/core"] == "MIT"
    assert "axe-core" not in names
