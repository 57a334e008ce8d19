"""Changing what the numbers of documents look like, without ever giving one twice."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, text

from app import queries
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Counter, DatedSeries, Invoice, InvoiceKind, PastSeries
from app.numbering import (
    MOST_DIGITS,
    MOST_LETTERS,
    PREFIX,
    Stretch,
    fill_in,
    format_number,
    highest_past,
    is_dated,
    past_stretches,
    periods,
    shared_number,
    shop_day,
    stretches_of,
    together_with,
)


def change_series(kind: str, *, prefix: str, digits: int, next: int | None, by: Actor) -> None:
    """Give the kind's numbers another form from now on; `next` None goes on counting.

    A prefix with {yyyy} or {yy}, and {mm} with it, is filled in by the document's day, and counts from 1 in each
    period; `next` is that of today's. What was drawn stays as it is, and becomes a stretch that `check` knows.
    """
    counters = locked_counters()
    counter = counters[kind, "main"]
    count = next_count(counter)
    wanted = Stretch(prefix, digits, count if next is None else next)
    if wanted == Stretch(counter.prefix, counter.digits, count):
        return
    if reason := why_not_change_series(counters, counter, wanted):
        raise ActionRefused(reason)

    before = next_number(counter)
    close_stretches(counter)
    counter.prefix, counter.digits = prefix, digits
    counter.start = counter.next = wanted.first
    if is_dated(prefix):
        today = {"prefix": fill_in(prefix, shop_day()), "start": wanted.first, "next": wanted.first}
        db.session.add(DatedSeries(kind=kind, series=counter.series, digits=digits, **today))
    db.session.flush()

    shop = queries.shop()
    changes = {f"numbers_{kind}": [before, next_number(counter)]}
    record(Happened.RECORD_CHANGED, None, by, subject=shop, record=str(shop), changes=changes)


def why_not_change_series(counters: dict[tuple[str, str], Counter], counter: Counter, wanted: Stretch) -> str:
    """Why the counter can't go on with these numbers; "" when it can."""
    today = fill_in(wanted.prefix, shop_day())
    if not PREFIX.fullmatch(wanted.prefix) or len(today) > MOST_LETTERS:
        return _("prefix: at most 12 letters and digits, with - . _ between them.")
    if "{mm}" in wanted.prefix and "{yy" not in wanted.prefix:
        return _("prefix: {mm} comes again each year. Write {yyyy} or {yy} beside it.")
    if not 1 <= wanted.digits <= MOST_DIGITS:
        return _("digits: from 1 to %(most)s.", most=MOST_DIGITS)
    if not 1 <= wanted.first < 10 ** (MOST_DIGITS - 1):
        return _("next number: from 1 to %(most)s.", most=10 ** (MOST_DIGITS - 1) - 1)
    if (highest := highest_drawn(counter, today)) >= wanted.first:
        number = format_number(today, highest, wanted.digits)
        return _(
            "next number: %(number)s was given already. Go on from %(next)s, or choose another prefix.",
            number=number,
            next=highest + 1,
        )
    if number := first_double(counters, counter, wanted):
        return _("prefix: %(number)s would be given twice. Choose another prefix.", number=number)
    return ""


def highest_drawn(counter: Counter, prefix: str) -> int:
    """The highest count that the kind ever drew with this prefix, as it stands in numbers; 0 for none."""
    current = [past.last for past in drawn_so_far(counter) if past.prefix == prefix]
    return max([highest_past(counter.kind, prefix), *current])


def first_double(counters: dict[tuple[str, str], Counter], counter: Counter, wanted: Stretch) -> str:
    """A number that the wanted stretch shares with another one of the same column, past or to come."""
    kinds = together_with(counter.kind)
    others = [stretch for _past, stretch in past_stretches(*kinds)]
    for (kind, _series), other in counters.items():
        if kind in kinds and other is not counter:
            others += stretches_of(other)
    others += [Stretch(past.prefix, past.digits, past.first, past.last) for past in drawn_so_far(counter)]
    return shared_number(stretches_to_come(counter, wanted), others)


def stretches_to_come(counter: Counter, wanted: Stretch) -> list[Stretch]:
    """What the wanted series will draw: in each period from 1, or on from where its prefix was used before."""
    if not is_dated(wanted.prefix):
        return [wanted]
    today = fill_in(wanted.prefix, shop_day())
    used = [past for past, _stretch in past_stretches(counter.kind)] + drawn_so_far(counter)
    last: dict[str, int] = {}
    for past in used:
        last[past.prefix] = max(last.get(past.prefix, 0), past.last)
    firsts = {prefix: last.get(prefix, 0) + 1 for prefix in periods(wanted.prefix)} | {today: wanted.first}
    return [Stretch(prefix, wanted.digits, first) for prefix, first in firsts.items()]


def close_stretches(counter: Counter) -> None:
    """What was drawn so far is a stretch of before; nothing is drawn from it any more."""
    db.session.add_all(drawn_so_far(counter))
    for row in dated_rows(counter):
        db.session.delete(row)
    db.session.flush()


def drawn_so_far(counter: Counter) -> list[PastSeries]:
    """What the counter has drawn since its form last changed, per period; new rows that nobody stored yet."""
    rows: list[Counter | DatedSeries] = [*dated_rows(counter)] if is_dated(counter.prefix) else [counter]
    return [
        PastSeries(
            kind=row.kind, series=row.series, prefix=row.prefix, digits=row.digits, first=row.start, last=row.next - 1
        )
        for row in rows
        if row.next > row.start
    ]


def dated_rows(counter: Counter) -> list[DatedSeries]:
    query = select(DatedSeries).where(DatedSeries.kind == counter.kind, DatedSeries.series == counter.series)
    fresh = query.order_by(DatedSeries.prefix).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def next_count(counter: Counter) -> int:
    """The count of the next number that is drawn today."""
    if not is_dated(counter.prefix):
        return counter.next
    today = fill_in(counter.prefix, shop_day())
    row = next((row for row in dated_rows(counter) if row.prefix == today), None)
    return row.next if row else highest_past(counter.kind, today) + 1


def next_number(counter: Counter) -> str:
    return format_number(fill_in(counter.prefix, shop_day()), next_count(counter), counter.digits)


def locked_counters() -> dict[tuple[str, str], Counter]:
    """All counters, held until the transaction ends: nobody draws a number meanwhile.

    On PostgreSQL the whole table is locked. Somebody who has drawn one number and needs another goes on unhindered, so
    that nobody waits for each other; locking row by row could.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE counter IN EXCLUSIVE MODE"))
    rows = db.session.scalars(select(Counter).execution_options(populate_existing=True))
    return {(counter.kind, counter.series): counter for counter in rows}


def why_not_change_credit_note_series() -> str:
    """Whether credit notes have numbers of their own is settled by the first one."""
    made = select(Invoice.id).where(Invoice.kind == InvoiceKind.CREDIT_NOTE, Invoice.is_demo.is_(False)).limit(1)
    if db.session.scalar(made) is None:
        return ""
    return _("Credit notes have been made already: their numbers stay as they are.")
