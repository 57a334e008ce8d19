"""What a copy takes over of the database whose place it takes: which numbers were given, and what has gone out since.

No number is ever given twice, no mail or message sent twice for a copy does not know that it went. The answers are
statements of SQL, so that they become true in the one moment in which the copy takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from app.models import DeliveryState, EInvoiceState, MailState, ShopWriteState
from app.operations.stored_rows import StoredRows

WHY_IT_WAITS = (
    "It waited when the copy was made that was put back, and may have been sent since. "
    "Send it again if it did not arrive."
)

WAITING_MAILS = {MailState.QUEUED, MailState.SENDING}


@dataclass(frozen=True)
class Replacement:
    """The copy that takes the place of a database, and how moments are written there."""

    copy: StoredRows
    is_sqlite: bool

    def moment(self, at: datetime) -> str:
        """As a literal."""
        utc = at.astimezone(UTC)
        return f"'{utc:%Y-%m-%d %H:%M:%S.%f}'" if self.is_sqlite else f"'{utc:%Y-%m-%d %H:%M:%S.%f}+00:00'"


def carried_over(former: StoredRows | None, place: Replacement, at: datetime) -> list[str]:
    """Statements for the copy; `former` is None where it can't be read, or there was none."""
    return [
        *(numbers(former, place, at) if former else ()),
        *mails(former, place),
        *(deliveries(former, place) if former else ()),
        *shop_writes(former, place),
        *e_invoices(former, place),
        *copies_elsewhere(former, place),
        *folder_of_copies(former, place),
    ]


def literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int)):
        return str(int(value))
    return "'" + str(value).replace("'", "''") + "'"


# --- numbers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Drawn:
    """Numbers of one form that were given."""

    kind: str
    series: str
    prefix: str
    digits: int
    first: int
    last: int

    @property
    def form(self) -> tuple[str, str, str]:
        return self.kind, self.series, self.prefix


def drawn_in(rows: StoredRows) -> list[Drawn]:
    found = []
    for table, first, last, less in (
        ("past_series", "first", "last", 0),
        ("dated_series", "start", "next", 1),
        ("counter", "start", "next", 1),
    ):
        wanted = ("kind", "series", "prefix", "digits", first, last)
        if {*wanted} <= rows.columns(table):
            for kind, series, prefix, digits, low, high in rows.rows(table, *wanted):
                numbers = (int(str(digits)), int(str(low)), int(str(high)) - less)
                found.append(Drawn(str(kind), str(series).removesuffix(LOST), str(prefix), *numbers))
    return sorted(one for one in found if one.last >= one.first and "{" not in one.prefix)


def numbers(former: StoredRows, place: Replacement, at: datetime) -> Iterator[str]:
    """Go on after the highest number of each form; what lies between is known as lost, so that nobody looks for it."""
    last_of: dict[tuple[str, str, str], int] = {}
    for one in drawn_in(place.copy):
        last_of[one.form] = max(one.last, last_of.get(one.form, 0))
    for form, some in groupby(drawn_in(former), key=lambda one: one.form):
        stretches = list(some)
        first = max(last_of.get(form, 0) + 1, min(one.first for one in stretches))
        last = max(one.last for one in stretches)
        if last >= first:
            yield from moved_on(Drawn(form[0], form[1], form[2], stretches[-1].digits, first, last), place, at)


def moved_on(lost: Drawn, place: Replacement, at: datetime) -> Iterator[str]:
    """The counter closes its stretch and begins another one, as when a shop changes its numbers.

    A copy that is older than the place for stretches has nothing to note them in: its stretch goes on, with a gap.
    """
    has_stretches = bool(place.copy.columns("past_series"))
    begun = f"start = {lost.last + 1}, " if has_stretches else ""
    is_of_form = " AND ".join(f"{name} = {literal(value)}" for name, value in zip(NAMES, lost.form, strict=True))
    for table in ("counter", "dated_series"):
        if place.copy.columns(table):
            behind = f"{is_of_form} AND next <= {lost.last}"
            if has_stretches:
                yield (
                    "INSERT INTO past_series (kind, series, prefix, digits, first, last) SELECT kind, series, prefix, "
                    f"digits, start, next - 1 FROM {table} WHERE {behind} AND next > start"
                )
            yield f"UPDATE {table} SET {begun}next = {lost.last + 1} WHERE {behind}"
    if not has_stretches:
        return
    values = [*map(literal, lost.form), *map(str, (lost.digits, lost.first, lost.last))]
    names = [*NAMES, "digits", "first", "last"]
    if "lost_at" in place.copy.columns("past_series"):
        names, values = [*names, "lost_at"], [*values, place.moment(at)]
    else:
        values[NAMES.index("series")] = literal(lost.series + LOST)
    yield f"INSERT INTO past_series ({', '.join(names)}) VALUES ({', '.join(values)})"


NAMES = ("kind", "series", "prefix")
#: What stands behind the series of lost numbers in a copy that is older than `lost_at`, until `init` migrates it.
LOST = "-lost"


# --- what has gone out ----------------------------------------------------------------------------------------------


def mails(former: StoredRows | None, place: Replacement) -> Iterator[str]:
    """What waits in the copy and has left since is as it was; of whose fate nobody knows, none goes by itself."""
    waiting = [one for one, state in place.copy.rows("outgoing_mail", "message_id", "state") if state in WAITING_MAILS]
    known = {}
    if former and waiting:
        known = {one: facts for one, *facts in former.rows("outgoing_mail", "message_id", "state", "sent_at")}
    for message_id in waiting:
        state, sent_at = known.get(message_id, (MailState.FAILED, None))
        if state == MailState.QUEUED:
            continue
        error = "" if message_id in known else WHY_IT_WAITS
        said = f"state = {literal(str(state))}, sent_at = {literal(sent_at)}, last_error = {literal(error)}"
        yield f"UPDATE outgoing_mail SET {said} WHERE message_id = {literal(message_id)}"


def deliveries(former: StoredRows, place: Replacement) -> Iterator[str]:
    """Programs know a message by its id, so one of whose fate nobody knows may come again."""
    wanted = ("endpoint_id", "message_id", "state", "delivered_at")
    if not {*wanted} <= place.copy.columns("webhook_delivery"):
        return
    waiting = {
        (str(endpoint), message)
        for endpoint, message, state, _at in place.copy.rows("webhook_delivery", *wanted)
        if state == DeliveryState.WAITING
    }
    for endpoint, message, state, delivered_at in former.rows("webhook_delivery", *wanted) if waiting else ():
        if (str(endpoint), message) in waiting and state != DeliveryState.WAITING:
            yield (
                f"UPDATE webhook_delivery SET state = {literal(state)}, delivered_at = {literal(delivered_at)} "
                f"WHERE endpoint_id = {endpoint} AND message_id = {literal(message)}"
            )


def shop_writes(former: StoredRows | None, place: Replacement) -> Iterator[str]:
    """What a shop was told since is told; of whose fate nobody knows, somebody is asked."""
    wanted = ("id", "order_id", "kind", "state", "told_at", "external_id")
    if not {*wanted} <= place.copy.columns("shop_write"):
        return
    open_states = {ShopWriteState.WAITING, ShopWriteState.ASKED}
    waiting = {
        (str(row_id), str(order_id), kind): state
        for row_id, order_id, kind, state, *_facts in place.copy.rows("shop_write", *wanted)
        if state in open_states
    }
    known = {}
    if former and waiting:
        rows = former.rows("shop_write", *wanted)
        known = {(str(row_id), str(order_id), kind): facts for row_id, order_id, kind, *facts in rows}
    for key, was in waiting.items():
        state, told_at, external_id = known.get(key, (ShopWriteState.ASKED, None, ""))
        if state != was:
            yield (
                f"UPDATE shop_write SET state = {literal(str(state))}, told_at = {literal(told_at)}, "
                f"external_id = {literal(external_id)} WHERE id = {key[0]}"
            )


def e_invoices(former: StoredRows | None, place: Replacement) -> Iterator[str]:
    """What was sent since is sent; of whose fate nobody knows, somebody is asked."""
    wanted = ("id", "invoice_id", "state", "sent_at", "external_id", "status_url")
    if not {*wanted} <= place.copy.columns("e_invoice_sending"):
        return
    waiting = {
        (str(row_id), str(invoice_id))
        for row_id, invoice_id, state, *_facts in place.copy.rows("e_invoice_sending", *wanted)
        if state == EInvoiceState.WAITING
    }
    known = {}
    if former and waiting and {*wanted} <= former.columns("e_invoice_sending"):
        rows = former.rows("e_invoice_sending", *wanted)
        known = {(str(row_id), str(invoice_id)): facts for row_id, invoice_id, *facts in rows}
    for key in sorted(waiting):
        state, sent_at, external_id, status_url = known.get(key, (EInvoiceState.ASKED, None, "", ""))
        if state != EInvoiceState.WAITING:
            yield (
                f"UPDATE e_invoice_sending SET state = {literal(str(state))}, sent_at = {literal(sent_at)}, "
                f"external_id = {literal(external_id)}, status_url = {literal(status_url)} WHERE id = {key[0]}"
            )


# --- copies ---------------------------------------------------------------------------------------------------------


def copies_elsewhere(former: StoredRows | None, place: Replacement) -> Iterator[str]:
    """The files of copies that another installation made are its own: this one takes none of them away as too old."""
    if "file" not in place.copy.columns("copy_run"):
        return
    own = set(former.rows("copy_run", "file")) if former and "file" in former.columns("copy_run") else set()
    for (file,) in place.copy.rows("copy_run", "file"):
        if file and (file,) not in own:
            yield f"UPDATE copy_run SET file = '' WHERE file = {literal(file)}"


def folder_of_copies(former: StoredRows | None, place: Replacement) -> Iterator[str]:
    """Which folder copies are made in is of the installation, not of the shop that is put back in it."""
    if change := changed_folder(former, place.copy):
        yield f"UPDATE shop SET copies_folder = {literal(change[1])}"


def changed_folder(former: StoredRows | None, copy: StoredRows) -> tuple[str, str] | None:
    """The folder in the copy, and the one that is used here ("": its own); None where that is the same."""
    folders = stated_folder(copy), stated_folder(former) if former else ""
    return folders if folders[0] != folders[1] and "copies_folder" in copy.columns("shop") else None


def stated_folder(rows: StoredRows) -> str:
    if "copies_folder" not in rows.columns("shop"):
        return ""
    return next((str(folder or "") for (folder,) in rows.rows("shop", "copies_folder")), "")
