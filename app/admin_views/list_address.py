"""What an address asks of a list. What the list does not know of it is said above it, and then no row is shown.

A filter that is gone must not look like one that everything meets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from flask import g, request
from flask_admin.model.filters import BaseFilter

from app.queries.keyset import SortColumn

#: What a list is narrowed by, as its address says it: position of the filter, its name, the value.
Filters: TypeAlias = Sequence[tuple[int, str, str]] | None

#: What every list reads of its address, and none is narrowed by.
OF_EVERY_LIST = frozenset(("sort", "desc", "page", "page_size", "a", "url"))

#: So much of a part is said.
LONGEST_SAID = 80


class ListAddress:
    """Mixed into `RecordView`."""

    # Of the view that this is mixed into.
    endpoint: str
    _filter_args: Mapping[str, tuple[int, BaseFilter]] | None
    _search_supported: bool

    @property
    def list_args(self) -> Mapping[str, str]:
        """What the list is asked for: by the address, or by the one that a record of it was reached through."""
        asked: Mapping[str, str] = g.get("list_args", request.args)
        return asked

    def knows_part(self, name: str, value: str) -> bool:
        """Whether a part of the address that only this list has says something to it."""
        return False

    def unread_parts(self) -> list[str]:
        """What of the address says nothing to this list, in words."""
        asked = tuple(self.list_args.items())
        read: dict[object, list[str]] = g.setdefault("unread_parts", {})  # asked several times a page
        if (self.endpoint, asked) not in read:
            parts = [(name, value.replace("\0", "")) for name, value in asked if value and name not in OF_EVERY_LIST]
            read[self.endpoint, asked] = [
                self.say_unread(name, value) for name, value in parts if not self.reads_part(name, value)
            ]
        return read[self.endpoint, asked]

    def reads_part(self, name: str, value: str) -> bool:
        if name == "search":
            return self._search_supported
        if name.startswith("flt"):
            found = self.filter_named(name)
            return found is not None and is_meant(found[1], self, value)
        return self.knows_part(name, value)

    def filter_named(self, part: str) -> tuple[int, BaseFilter] | None:
        """By its name; by its position, which addresses said before filters had names."""
        key, known = part.partition("_")[2], self._filter_args or {}
        if key not in known and key.isascii() and key.isdigit() and len(key) < 3:
            return next((found for found in known.values() if found[0] == int(key)), None)
        return known.get(key)

    def get_filter_arg(self, index: int, flt: BaseFilter) -> str:
        """Filters have names, so that an address means the same when there are more."""
        return name_of_filter(flt)

    def filter_name(self, part: str) -> str:
        """Of the filter that a part of an address means; as it stands there when there is none."""
        found = self.filter_named(part)
        return name_of_filter(found[1]) if found else part.partition("_")[2]

    def column_of_days(self) -> SortColumn | None:
        """By which days the list is narrowed, if it is: it is sorted by them then."""
        known = (self.filter_named(part) for part, value in self.list_args.items() if value and part.startswith("flt"))
        return next((found[1].column for found in known if found and hasattr(found[1], "sorts_list")), None)

    def say_unread(self, part: str, value: str) -> str:
        """Why a filter makes nothing of it, where it can tell."""
        found = self.filter_named(part) if part.startswith("flt") else None
        why_not = getattr(found[1], "why_not", None) if found else None
        said: str = why_not(value) if why_not else ""
        return said[: 3 * LONGEST_SAID] or say_part(self.title_of_part(part), value)

    def title_of_part(self, part: str) -> str:
        found = self.filter_named(part) if part.startswith("flt") else None
        return str(found[1].name) if found else part

    def _get_list_filter_args(self) -> Filters:
        """As the library's, which reads the address alone, and shows everything where it understands nothing."""
        found = []
        for part, value in self.list_args.items():
            known = self.filter_named(part) if part.startswith("flt") else None
            value = value.replace("\0", "")  # which PostgreSQL takes in no text
            if known and is_meant(known[1], self, value):
                found.append((part[3:].partition("_")[0], (known[0], str(known[1].name), value)))
        return [asked for _position, asked in sorted(found, key=lambda one: one[0])]


def name_of_filter(one: BaseFilter) -> str:
    """Its own name, or that of the column that it narrows by."""
    return str(one.key_name or one.column.key)


def is_meant(one: BaseFilter, view: object, value: str) -> bool:
    """Whether it is one of the filter's choices, or can be what is to be entered."""
    choices = one.get_options(view)
    return value in {str(choice) for choice, _text in choices} if choices else bool(one.validate(value))


def say_part(name: str, value: str) -> str:
    said = f"{name}: {value}"
    return said if len(said) <= LONGEST_SAID else f"{said[:LONGEST_SAID]}…"
