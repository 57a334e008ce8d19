"""A page of a list as it was found, and how many rows the list has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self
from urllib.parse import urlencode

from app.queries import counting
from app.queries.keyset import ListSort, PagePlace, SortValue, is_always_there, write_anchor


class Capped(int):
    """A count for the pager's arithmetic; beyond the cap people read "1,000+"."""

    most: int | None  # where counting stopped, if not at the cap of all lists

    def __new__(cls, count: int, most: int | None = None) -> Self:
        capped = super().__new__(cls, count)
        capped.most = most
        return capped

    def __str__(self) -> str:
        most = counting.COUNT_CAP if self.most is None else self.most
        return f"{int(self):,}" if self <= most else f"{most:,}+"


class Listable(Protocol):
    """A record of a list."""

    id: int


@dataclass(frozen=True)
class ListPage:
    """A page of a list as it was found: (record, what it is sorted by), and one more if there is a next page."""

    place: PagePlace
    sort: ListSort
    descending: bool
    records: Sequence[tuple[Listable, SortValue]]

    @property
    def has_next(self) -> bool:
        return len(self.records) > self.place.size

    def put_anchor(self, url: str) -> str:
        if not self.records or not is_always_there(self.sort.key):
            return url
        record, value = self.records[0]
        return f"{url}{'&' if '?' in url else '?'}{urlencode({'a': write_anchor(self.place.page, record.id, value)})}"
