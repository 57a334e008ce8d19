"""How much of the house has no type: `Any` is for where a library has none, and it goes by no other name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2] / "app"

#: So many times it is said in all modules together. Whoever needs fewer writes the lower number here.
MOST_ANYS = 194

#: So many times a type checker is told to look away.
MOST_IGNORED = 43

#: An annotation that is written as a text, such as "CursorResult[Any]".
WRITTEN = re.compile(r"\w\[[^\]]*\bAny\b")


def test_any_is_said_seldom() -> None:
    places = [f"{file.relative_to(APP)}:{line}" for file in modules() for line in anys_in(file.read_text("utf-8"))]

    assert len(places) <= MOST_ANYS, f"say which type it is, or keep what has none to one place: {places}"


def test_any_has_no_other_name() -> None:
    others = [f"{file.relative_to(APP)}: {name}" for file in modules() for name in aliases_in(file.read_text("utf-8"))]

    assert others == []


def test_a_type_checker_seldom_looks_away() -> None:
    ignored = [line for file in modules() for line in ignores_in(file.read_text("utf-8"))]

    assert len(ignored) <= MOST_IGNORED, "say the type instead"


def test_each_of_these_would_be_seen() -> None:
    source = (
        "import typing\n"
        "from typing import Any, Any as Thing\n"
        "def read(what: Any, *more: list[typing.Any]) -> dict[str, object]: ...  # Any\n"
        "Value = Any\n"
        "Other: TypeAlias = Any\n"
        "known: Any = cast('list[Any]', read(_('Any')))  # type: ignore[misc]\n"
    )

    assert sorted(anys_in(source)) == [3, 3, 4, 5, 6, 6]
    assert sorted(aliases_in(source)) == ["Other", "Thing", "Value"]
    assert ignores_in(source) == ["# type: ignore"]


def modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def anys_in(source: str) -> Iterator[int]:
    """The line of each."""
    for node in nodes_of(source):
        if isinstance(node, ast.expr) and (is_any(node) or is_written(node)):
            yield node.lineno


def aliases_in(source: str) -> Iterator[str]:
    for node in nodes_of(source):
        if isinstance(node, ast.ImportFrom):
            yield from (one.asname for one in node.names if one.name == "Any" and one.asname)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value and is_any(node.value):
            yield ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)


def ignores_in(source: str) -> list[str]:
    return re.findall("# type: ignore", source)


def nodes_of(source: str) -> Iterator[ast.AST]:
    """None of a module that doesn't know the word."""
    return ast.walk(ast.parse(source)) if re.search(r"\bAny\b", source) else iter(())


def is_any(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in ("Any", "typing.Any")


def is_written(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(WRITTEN.search(node.value))
