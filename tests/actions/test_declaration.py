"""The declaration of an action keeps the types of the function that it stands on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from app.actions import ACTIONS, AnyAction
from app.mails.kinds import ALL

ROOT = Path(__file__).parents[2]
WRONG_CALLS = Path(__file__).with_name("wrong_calls.py")


def test_a_type_check_refuses_each_wrong_call_of_an_action_and_no_right_one() -> None:
    command = [sys.executable, "-m", "mypy", "--no-pretty", str(WRONG_CALLS)]

    checked = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)

    assert refused_lines(checked.stdout) == wrong_lines(), checked.stdout


def refused_lines(said: str) -> set[int]:
    return {int(number) for number in re.findall(rf"{WRONG_CALLS.name}:(\d+): error", said)}


def wrong_lines() -> set[int]:
    lines = enumerate(WRONG_CALLS.read_text().splitlines(), start=1)
    return {number for number, line in lines if re.search(r"\)  # ", line)}


def test_what_a_declaration_names_is_there() -> None:
    sprite = (ROOT / "app/static/vendor/icons.svg").read_text()
    dialogs = {path.stem for path in (ROOT / "app/templates/admin/order/dialogs").iterdir()}

    for one in ACTIONS.values():
        assert f'id="{one.icon}"' in sprite, f"{one.name}: no icon is called {one.icon}"
        assert one.dialog in dialogs, f"{one.name}: no pop-up is called {one.dialog}"
        assert not one.mail or one.mail in ALL, f"{one.name}: no mail is called {one.mail}"
        assert set(asked_for(one)) <= set(one.parameters), f"{one.name} asks for what it does not take"


def test_an_undo_is_an_action_on_what_was_done() -> None:
    undoable = [one for one in ACTIONS.values() if one.undo]

    assert len(undoable) > 10
    for one in undoable:
        other = ACTIONS[one.undo]
        assert one.undo_on or set(one.record_types) & set(other.record_types), f"{one.name} and {other.name}"


def asked_for(one: AnyAction) -> list[str]:
    return [asked.name for asked in one.inputs]


def test_of_two_actions_that_take_each_other_back_one_says_that_it_is_the_undo() -> None:
    """The bar of the order page shows one of the two, whichever module was loaded first."""
    pairs = {
        frozenset((one.name, one.undo)) for one in ACTIONS.values() if one.undo and ACTIONS[one.undo].undo == one.name
    }
    undoing = {name for pair in pairs for name in pair if ACTIONS[name].is_undo}

    assert [sorted(pair) for pair in pairs if len(pair & undoing) != 1] == []
    assert {one.name for one in ACTIONS.values() if one.is_undo} == undoing
    assert len(pairs) >= 6
