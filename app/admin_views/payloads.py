"""Payloads as people read them: JSON on lines of its own, nothing of it changed, and what differs between two."""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import Any

#: Beyond this many letters a payload is shown as it came.
LONGEST_PAYLOAD = 300_000


class Exact(str):
    """A number as it was written: 12.50 stays 12.50."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """The members of an object, also those of one name."""


def pretty(text: str) -> str:
    """JSON with a line for each value; any other text as it is."""
    if len(text) > LONGEST_PAYLOAD:
        return text
    try:
        value = json.loads(text, parse_float=Exact, parse_int=Exact, parse_constant=Exact, object_pairs_hook=Pairs)
        shown = write_json(value, "\n")
        shown.encode()  # half a surrogate pair can only be shown as it came
        return shown
    except (ValueError, RecursionError):
        return text


def write_json(value: object, line: str) -> str:
    if isinstance(value, Exact):
        return str(value)
    deeper = line + "  "
    if isinstance(value, Pairs) and value:
        members = (f"{json.dumps(name, ensure_ascii=False)}: {write_json(one, deeper)}" for name, one in value)
        return "{" + deeper + f",{deeper}".join(members) + line + "}"
    if isinstance(value, list) and not isinstance(value, Pairs) and value:
        return "[" + deeper + f",{deeper}".join(write_json(one, deeper) for one in value) + line + "]"
    return "{}" if isinstance(value, Pairs) else json.dumps(value, ensure_ascii=False)


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ, each with a few lines round it: ("-" | "+" | " " | "@", line)."""
    lines = unified_diff(pretty(before).splitlines(), pretty(after).splitlines(), n=2, lineterm="")
    return [(line[:1], line[1:]) for line in list(lines)[2:]]
