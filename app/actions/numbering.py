"""Changing what the numbers of documents look like, without ever giving one twice."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, text

from app import queries
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Counter, Invoice, InvoiceKind, PastSeries
from app.numbering import MOST_DIGITS, PREFIX, Stretch, format_number, past_stretches, stretch_of, together_with


def change_series(kind: str, *, prefix: str, digits: int, next: int | None, by: Actor) -> None:
    """Give the kind's numbers another form from now on; `next` None goes on counting.

    What was drawn stays as it is, and becomes a stretch that `check` knows.
    """
    counters = locked_counters()
    counter = counters[kind, "main"]
    wanted = Stretch(prefix, digits, counter.next if next is None else next)
    if wanted == Stretch(counter.prefix, counter.digits, counter.next):
        return
    if reason := why_not_change_series(counters, counter, wanted):
        raise ActionRefused(reason)

    before = next_number(counter)
    if counter.next > counter.start:
        db.session.add(drawn_so_far(counter))
    counter.prefix, counter.digits = prefix, digits
    counter.start = counter.next = wanted.first

    shop = queries.shop()
    changes = {f"numbers_{kind}": [before, next_number(counter)]}
    record(Happened.RECORD_CHANGED, None, by, subject=shop, record=str(shop), changes=changes)


def why_not_change_series(counters: dict[tuple[str, str], Counter], counter: Counter, wanted: Stretch) -> str:
    """Why the counter can't go on with these numbers; "" when it can."""
    if not PREFIX.fullmatch(wanted.prefix):
        return _("prefix: at most 12 letters and digits, with - . _ between them.")
    if not 1 <= wanted.digits <= MOST_DIGITS:
        return _("digits: from 1 to %(most)s.", most=MOST_DIGITS)
    if not 1 <= wanted.first < 10 ** (MOST_DIGITS - 1):
        return _("next number: from 1 to %(most)s.", most=10 ** (MOST_DIGITS - 1) - 1)
    if (highest := highest_drawn(counter, wanted.prefix)) >= wanted.first:
        number = format_number(wanted.prefix, highest, wanted.digits)
        return _(
            "next number: %(number)s was given already. Go on from %(next)s, or choose another prefix.",
            number=number,
            next=highest + 1,
        )
    if number := first_double(counters, counter, wanted):
        return _("prefix: %(number)s would be given twice. Choose another prefix.", number=number)
    return ""


def highest_drawn(counter: Counter, prefix: str) -> int:
    """The highest count that the kind ever drew with this prefix; 0 for none."""
    past = [series.last for series, _stretch in past_stretches(counter.kind) if series.prefix == prefix]
    current = [counter.next - 1] if counter.prefix == prefix and counter.next > counter.start else []
    return max([*past, *current], default=0)


def first_double(counters: dict[tuple[str, str], Counter], counter: Counter, wanted: Stretch) -> str:
    """A number that the wanted stretch shares with another one of the same column, past or to come."""
    kinds = together_with(counter.kind)
    others = [stretch for _past, stretch in past_stretches(*kinds)]
    others += [stretch_of(other) for (kind, _s), other in counters.items() if kind in kinds and other is not counter]
    if counter.next > counter.start:
        others.append(Stretch(counter.prefix, counter.digits, counter.start, counter.next - 1))
    return next((number for other in others if (number := wanted.meets(other))), "")


def drawn_so_far(counter: Counter) -> PastSeries:
    return PastSeries(
        kind=counter.kind,
        series=counter.series,
        prefix=counter.prefix,
        digits=counter.digits,
        first=counter.start,
        last=counter.next - 1,
    )


def next_number(counter: Counter) -> str:
    return format_number(counter.prefix, counter.next, counter.digits)


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
