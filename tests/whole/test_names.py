"""How the house is named and walled: one meaning a word, few loose modules, and few places that commit."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2] / "app"

#: What every module may call its own: the logger, by the convention of the library.
EVERYWHERE = {"log"}

#: In so many modules a public name may stand at most.
MOST_MODULES = 2

#: Readers of platforms are alike on purpose, and a migration is never read together with another.
APART = ("intake_readers", "migrations")


def test_a_public_name_stands_in_two_modules_at_most() -> None:
    too_many = {name: places for name, places in modules_by_name().items() if len(places) > MOST_MODULES}

    assert too_many == {}, "find the field's term for what each of them is"


def test_few_modules_are_loose() -> None:
    assert len(list(APP.glob("*.py"))) <= 12, "find the room that a new module belongs to"


def test_committing_happens_in_few_places() -> None:
    places = [str(file.relative_to(APP)) for file in APP.rglob("*.py") for _one in commits_in(file.read_text("utf-8"))]

    assert len(places) <= 20, f"use `with transaction():` of app/extensions.py, or run_action: {places}"


def commits_in(source: str) -> list[str]:
    return re.findall(r"\.commit\(\)", source)


def modules_by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(APP.rglob("*.py")):
        path = file.relative_to(APP)
        if path.parts[0] not in APART:
            for name in sorted(set(public_names(ast.parse(file.read_text("utf-8"))))):
                found[name].append(str(path))
    return {name: places for name, places in found.items() if name not in EVERYWHERE}


def public_names(module: ast.Module) -> Iterator[str]:
    """What the module itself makes: functions, classes and constants."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            names = []
        yield from (name for name in names if not name.startswith("_"))
