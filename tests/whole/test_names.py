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

    assert len(places) <= 8, f"use `with transaction():` of app/extensions.py, or run_action: {places}"


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


#: Participles that no ending gives away.
IRREGULAR = set(
    "bought brought built cut done drawn found frozen given gone held hidden kept known laid left lent lost made meant "
    "met paid put read run said seen sent set shown split spoken spread taken thrown told understood written".split()
)

#: So many public functions are still called by a participle alone: neither a verb nor a noun. Fewer is better.
MOST_PARTICIPLES = 48


def test_few_functions_are_called_by_a_participle_alone() -> None:
    found = [f"{place}: {name}" for name, places in functions_by_name().items() for place in places if is_bare(name)]

    assert len(found) <= MOST_PARTICIPLES, "a function is called by a verb: " + ", ".join(found)


def test_a_participle_is_known_by_its_ending_or_by_heart() -> None:
    assert [is_bare(name) for name in ("shown", "decided", "read")] == [True] * 3
    assert [is_bare(name) for name in ("show", "paid_invoices", "read_question", "seed", "proceed")] == [False] * 5


def is_bare(name: str) -> bool:
    return name in IRREGULAR or bool(re.fullmatch(r"[a-z]+[^e]ed", name))


def functions_by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(APP.rglob("*.py")):
        path = file.relative_to(APP)
        if path.parts[0] != "migrations":
            for node in ast.parse(file.read_text("utf-8")).body:
                if isinstance(node, ast.FunctionDef):
                    found[node.name].append(str(path))
    return found
