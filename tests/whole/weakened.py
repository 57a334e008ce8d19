"""A statement and functions that can be asked with one of their conditions less, so that each is seen to be needed."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import NamedTuple

WORD = re.compile(r"'[^']*'|:?\w+|<>|<=|>=|\|\||[^\s\w]")

#: Where a condition begins, or ends what stood before: what follows WHERE and ON is one even when it stands alone.
BEGINS = {"WHERE", "ON"}
PARTS = {"SELECT", "FROM", "GROUP", "WHEN", "THEN", "ELSE", ",", "AS", "UNION", "LEFT", "JOIN", "OR", *BEGINS}

#: By which rows belong together, and which of them are asked for.
JOINING = re.compile(r"[\w.]+ = \w+\.id|\w+\.order_id = orders\.id|[\w.]+ BETWEEN :first AND :last")


class Place(NamedTuple):
    """From where to where something stands in a statement."""

    begin: int
    end: int


class Weakenable(NamedTuple):
    """A statement that is as it was when `:less` is -1, and lets more through by its number in `ways`."""

    sql: str
    ways: list[str]


def weakenable(sql: str) -> Weakenable:
    """It can be asked without each condition, with one number less whose kind is looked at, with any state in one of
    the situations that states follow from, and with "no more" and "no less" for "equal"."""
    places = [one for one in conditions(sql) if not JOINING.fullmatch(sql[one.begin : one.end])]
    ways: list[str] = []
    texts: list[tuple[int, int, str]] = []
    for place in places:
        whole = sql[place.begin : place.end]
        let_through = [("without", "1")]
        for piece, instead in weaker_pieces(whole):
            is_innermost = not any(one != place and is_within(one, place, piece) for one in places)
            if is_innermost:
                weaker = f"({whole[: piece.begin]}{instead}{whole[piece.end :]})"
                let_through.append((f"{instead} for {whole[piece.begin : piece.end]} at {piece.begin} in", weaker))
        closing = ""
        for what, weaker in let_through:
            closing += f" OR (:less = {len(ways)} AND {weaker})"
            ways.append(f"{what}: {' '.join(whole.split())}")
        texts += [(place.begin, 0, "("), (place.end, -place.begin, f"{closing})")]
    for at, _inner_first, added in sorted(texts, key=lambda one: one[:2], reverse=True):
        sql = sql[:at] + added + sql[at:]
    return Weakenable(sql, ways)


def is_within(inner: Place, outer: Place, piece: Place) -> bool:
    begin, end = outer.begin + piece.begin, outer.begin + piece.end
    return outer.begin <= inner.begin <= begin and end <= inner.end <= outer.end


def weaker_pieces(condition: str) -> Iterator[tuple[Place, str]]:
    """What of a condition may be exchanged for what lets more through."""
    for looked in re.finditer(r"typeof\(([^']*)\) = 'integer'", condition):
        numbers = list(re.finditer(r"(?:sum|coalesce)\([^)]*\)|[\w.]+", looked[1]))
        for number in numbers if len(numbers) > 1 else ():
            yield Place(looked.start(1) + number.start(), looked.start(1) + number.end()), "0"
    if of_state := re.match(r"(\w+) = CASE\b", condition):
        for state in re.finditer(r"(?:THEN|ELSE) ('\w+')", condition):
            yield Place(state.start(1), state.end(1)), of_state[1]
    for compared in re.finditer(r" = (?!CASE|EXISTS|'|0\b|\w+\.id\b)", condition):
        for less in (" <= ", " >= "):
            yield Place(compared.start(), compared.end()), less


def conditions(sql: str) -> list[Place]:
    """All that AND joins, and what stands alone after WHERE and ON."""
    words = [(one[0], one.start(), one.end()) for one in WORD.finditer(sql)]
    found: list[Place] = []
    begins: list[list[int]] = [[0]]  # of each bracket that is open, where its conditions begin
    stands_alone, is_between = [False], False
    for at, word in enumerate([*(one[0] for one in words), ")"]):
        if word in ("(", "CASE"):
            begins.append([at + 1])
            stands_alone.append(False)
        elif word == "AND" and not is_between:
            begins[-1].append(at + 1)
        elif word in PARTS or word in (")", "END"):
            if len(begins[-1]) > 1 or stands_alone[-1]:
                ends = [*(one - 1 for one in begins[-1][1:]), at]
                pairs = zip(begins[-1], ends, strict=True)
                found += [Place(words[first][1], words[end - 1][2]) for first, end in pairs if first < end]
            if word in (")", "END"):
                begins.pop()
                stands_alone.pop()
            else:
                begins[-1], stands_alone[-1] = [at + 1], word in BEGINS
        is_between = word == "BETWEEN" or (is_between and word != "AND")
    return sorted(found)


def weakened_functions(module: ModuleType) -> Iterator[tuple[str, str, Callable[..., object]]]:
    """Of each function that joins conditions by "and": its name, what was left out, and what is left of it."""
    for name, function in list(vars(module).items()):
        if isinstance(function, FunctionType) and function.__module__ == module.__name__:
            code = ast.parse(inspect.getsource(function))
            joined = [one for one in ast.walk(code) if isinstance(one, ast.BoolOp) and isinstance(one.op, ast.And)]
            for one in joined:
                for at, condition in enumerate(one.values):
                    one.values[at] = ast.copy_location(ast.Constant(True), condition)
                    made = dict(vars(module))
                    exec(compile(code, name, "exec"), made)
                    one.values[at] = condition
                    yield name, f"{name}: {ast.unparse(condition)}", made[name]
