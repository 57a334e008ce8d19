"""The declaration of an action keeps the types of the function that it stands on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

WRONG_CALLS = Path(__file__).with_name("wrong_calls.py")


def test_a_type_check_refuses_each_wrong_call_of_an_action_and_no_right_one() -> None:
    command = [sys.executable, "-m", "mypy", "--no-pretty", str(WRONG_CALLS)]

    checked = subprocess.run(command, capture_output=True, text=True, cwd=WRONG_CALLS.parents[2])

    assert refused_lines(checked.stdout) == wrong_lines(), checked.stdout


def refused_lines(said: str) -> set[int]:
    return {int(number) for number in re.findall(rf"{WRONG_CALLS.name}:(\d+): error", said)}


def wrong_lines() -> set[int]:
    lines = enumerate(WRONG_CALLS.read_text().splitlines(), start=1)
    return {number for number, line in lines if re.search(r"\)  # ", line)}
