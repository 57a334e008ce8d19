"""The journal of a period with what its files say of the shop."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from app.amounts.money import ZERO
from app.exports.double_entry.entries import BookEntry

#: What no file takes: signs that steer, and what is no character of XML.
STEERING = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]+")


@dataclass(frozen=True)
class Books:
    since: date
    until: date
    made_at: datetime
    currency: str
    company: dict[str, str]
    chart: str
    numbers: dict[str, str]  # use -> account
    datev_adviser: str
    datev_client: str
    year_begins: int  # a month
    entries: list[BookEntry]

    @property
    def debit(self) -> Decimal:
        amounts = (one.amount for entry in self.entries for one in entry.postings)
        return sum((amount for amount in amounts if amount > 0), ZERO)

    @property
    def used(self) -> dict[str, str]:
        """The accounts that something stands on: number -> what it is used for first, in the order of uses."""
        found = {one.account.number: one.account.use for entry in self.entries for one in entry.postings}
        known = {number: use for use, number in reversed(self.numbers.items())}
        return {number: known.get(number, use) for number, use in sorted(found.items())}

    def year_of(self, day: date) -> date:
        """The first day of the financial year that the day is in."""
        first = date(day.year, self.year_begins, 1)
        return first if first <= day else date(day.year - 1, self.year_begins, 1)

    def months(self) -> list[tuple[int, date, date]]:
        """The months of the period: their number within the financial year, first and last day."""
        found, first = [], self.since.replace(day=1)
        while first <= self.until:
            after = (first + timedelta(days=31)).replace(day=1)
            found.append((self.month_of(first), first, after - timedelta(days=1)))
            first = after
        return found

    def month_of(self, day: date) -> int:
        return (day.month - self.year_begins) % 12 + 1


def shorten(text: str, most: int) -> str:
    """On one line, and not too long."""
    return STEERING.sub(" ", text).strip()[:most].strip()


def in_charset(text: str, charset: str) -> str:
    """The text with what the character set lacks as its letter without signs, else as a question mark."""
    if can_encode(text, charset):
        return text
    return "".join(one if can_encode(one, charset) else plain_letter(one, charset) for one in text)


def plain_letter(sign: str, charset: str) -> str:
    bare = "".join(one for one in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(one))
    return bare if bare and can_encode(bare, charset) else "?"


def can_encode(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
