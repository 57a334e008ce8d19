"""The days of a report: by a common name or from one to another, and those that they are compared with."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l

from app.extensions import ShownText

#: What days are called, and from which of their months on how many they take.
SPANS: dict[str, ShownText] = {
    "this_month": _l("This month"),
    "last_month": _l("Last month"),
    "this_quarter": _l("This quarter"),
    "last_quarter": _l("Last quarter"),
    "this_year": _l("This year"),
    "last_year": _l("Last year"),
    "days": _l("From one day until another"),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}

COMPARISONS: dict[str, ShownText] = {
    "": _l("Nothing"),
    "before": _l("The days before"),
    "year": _l("The same days a year ago"),
}

STEPS: dict[str, ShownText] = {"day": _l("Day"), "week": _l("Week"), "month": _l("Month")}

#: So many bars a report of days has at most; longer ones are told by week or by month.
MOST_STEPS = 100


@dataclass(frozen=True)
class Span:
    """Both days belong to it."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def whole_months(self) -> int:
        """How many calendar months it is, from the first day of one on; 0 for days that are none."""
        if self.since.day > 1 or self.until != end_of_month(self.until):
            return 0
        return months_between(self.since, self.until) + 1

    def moved(self, months: int) -> Span:
        """So many months later; the end of a month stays the end of one."""
        until = move_day(self.until, months)
        return Span(move_day(self.since, months), end_of_month(until) if is_month_end(self.until) else until)

    def compared(self, how: str, name: str) -> Span | None:
        """With which days it is compared; of a month, quarter or year that is not over, the same part of the last."""
        if how == "year":
            return self.moved(-12)
        if how != "before":
            return None
        if months := MONTHS.get(name.partition("_")[2]) or self.whole_months():
            return self.moved(-months)
        return Span(self.since - timedelta(days=self.days), self.since - timedelta(days=1))

    def cut(self, step: str) -> list[Span]:
        """Into days, weeks from Monday, or months; the first and the last may be shorter."""
        parts, since = [], self.since
        while since <= self.until:
            until = min(end_of_step(since, step), self.until)
            parts.append(Span(since, until))
            since = until + timedelta(days=1)
        return parts

    def step(self, wanted: str) -> str:
        """The wanted one, or else what suits its length; a longer one where there would be too many."""
        usual = "day" if self.days <= 35 else "week" if self.days <= 190 else "month"
        steps = list(STEPS)
        first = steps.index(wanted if wanted in STEPS else usual)
        lengths = {"day": 1, "week": 7, "month": 30}
        return next((one for one in steps[first:] if self.days <= lengths[one] * (MOST_STEPS - 2)), "month")


def find_span(name: str, today: date, since: date | None = None, until: date | None = None) -> Span:
    """The days of this name; those of "this" month, quarter and year end today."""
    if name == "days":
        return Span(since or today, until or today)
    which, _sign, unit = name.partition("_")
    months = MONTHS[unit]
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    if which == "this":
        return Span(first, today)
    return Span(move_day(first, -months), first - timedelta(days=1))


def move_day(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(since: date, until: date) -> int:
    return (until.year - since.year) * 12 + until.month - since.month


def end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def is_month_end(day: date) -> bool:
    return day == end_of_month(day)


def end_of_step(day: date, step: str) -> date:
    if step == "week":
        return day + timedelta(days=6 - day.weekday())
    return end_of_month(day) if step == "month" else day
