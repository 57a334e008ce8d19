"""Where a person is named without a row of theirs: in what was refused, answered, reported, and in others' words."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import cast as cast_type
from urllib.parse import unquote

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    delete,
    false,
    func,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import undefer

from app.actions.personal_columns import Care, columns_with
from app.columns import split_addresses, written_text
from app.extensions import Base, db
from app.intake_readers import UnreadableOrder
from app.intake_readers.uploaded import text_of_file
from app.models import (
    PRINTING_KINDS,
    AddressColumns,
    Arrival,
    Customer,
    History,
    ImportBatch,
    Job,
    JobTask,
    Order,
    StoredFile,
    Ticket,
    WebhookDelivery,
)

ERASED = "–"

#: Of these only rows that belong to no order: those of orders are erased with theirs.
UNTIED = {"arrival": Arrival.order_id.is_(None), "webhook_delivery": WebhookDelivery.order_id.is_(None)}

#: What is worked with, or tells what was done: a name alone is not enough here, for it may be a namesake's.
WORKED_WITH = {"arrival", "history", "webhook_delivery", "stored_file", "job", "idempotency_key"}

#: Where empty is written otherwise.
WRITTEN_EMPTY: dict[str, object] = {"idempotency_key.body": "{}", "form_token.answer": null(), "history.facts": {}}

#: "\u0066emke" in JSON, "femke%40example.org" in forms.
ESCAPED_LETTER = re.compile(r"\\u([0-9a-fA-F]{4})")
SIGNS_OF_ESCAPES = ("\\u00", "%40", "&#")
#: What is shorter may be any number, and the start of any street.
SHORTEST_PHONE, SHORTEST_PLACE = 8, 4
ROWS_PER_UPDATE = 500


@dataclass(frozen=True)
class Person:
    """What somebody is known by, in lower case."""

    emails: frozenset[str]
    phones: frozenset[str]  # as they were typed
    names: frozenset[str]
    places: frozenset[str]  # streets and postcodes, without spaces

    def is_named_in(self, text: str, *, by_name: bool = False) -> bool:
        """By address or number, or by name and place; with `by_name` a whole name is enough. However it is spelled."""
        said = spelled_out(text)
        if self.pattern is not None and self.pattern.search(said):
            return True
        words = set(re.findall(r"\w+", said))
        named = [name for name in self.names if set(re.findall(r"\w+", name)) <= words]
        if by_name and any(name in said for name in named if " " in name):
            return True
        tight = re.sub(r"\s", "", said) if named else ""
        return any(place in tight for place in self.places)

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        emails = [rf"(?<![\w.+-]){re.escape(email)}(?![\w-]|\.\w)" for email in sorted(self.emails)]
        digits = sorted({re.sub(r"\D", "", phone) for phone in self.phones})
        phones = [r"(?<!\d)" + r"[\s().\/-]*".join(phone) + r"(?!\d)" for phone in digits]
        return re.compile("|".join(emails + phones)) if emails or phones else None

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """Words of which one stands wherever they are named, unless it is escaped; the database looks for these."""
        locals_ = {email.partition("@")[0] for email in self.emails}
        longest = {max(re.findall(r"\w+", name), key=len) for name in self.names if re.search(r"\w", name)}
        endings = {re.sub(r"\D", "", phone)[-4:] for phone in self.phones}
        return tuple(sorted({*locals_, *longest, *self.phones, *endings} - {""}))


def spelled_out(text: str) -> str:
    """In lower case, and without the escapes of JSON, addresses and HTML."""
    if "\\u" in text:
        text = ESCAPED_LETTER.sub(lambda found: chr(int(found[1], 16)), text)
    if "%" in text:
        text = unquote(text)
    return (html.unescape(text) if "&" in text else text).casefold()


def known_as(customers: list[Customer], orders: list[Order], tickets: list[Ticket]) -> Person:
    """What these were ever known by here, but for the e-mail addresses of other customers."""
    addresses: list[AddressColumns] = [one for customer in customers for one in customer.addresses]
    addresses += [one for order in orders for one in order.addresses]
    emails = [*(c.email for c in customers), *(order.email for order in orders), *(ticket.email for ticket in tickets)]
    each = {one.lower() for text in [*emails, *former_emails(customers, orders)] for one in split_addresses(text)}
    names = {c.name for c in customers} | {order.customer_name for order in orders} | {one.name for one in addresses}
    phones = {c.phone for c in customers} | {order.phone for order in orders} | {one.phone for one in addresses}
    places = {re.sub(r"\s", "", part.casefold()) for one in addresses for part in (one.street, one.postcode)}
    return Person(
        emails=frozenset(each - of_others(each, customers)),
        phones=frozenset(phone for phone in phones if len(re.sub(r"\D", "", phone)) >= SHORTEST_PHONE),
        names=frozenset(name.casefold() for name in names if re.search(r"\w", name)),
        places=frozenset(place for place in places if len(place) >= SHORTEST_PLACE),
    )


def former_emails(customers: list[Customer], orders: list[Order]) -> list[str]:
    """Those that History knows of."""
    subjects = [f"customer:{customer.id}" for customer in customers]
    about = or_(History.order_id.in_([order.id for order in orders]), History.subject.in_(subjects))
    changes = [facts.get("changes") for facts in db.session.scalars(select(History.facts).where(about))]
    of_email = [one.get("email", ()) for one in changes if isinstance(one, dict)]
    return [str(email) for both in of_email if isinstance(both, list) for email in both if email]


def of_others(emails: set[str], customers: list[Customer]) -> set[str]:
    others = Customer.id.not_in([customer.id for customer in customers])
    known = select(func.lower(Customer.email)).where(others, func.lower(Customer.email).in_(sorted(emails)))
    return set(db.session.scalars(known))


# --- emptied --------------------------------------------------------------------------------------------------------


def empty_quotes(person: Person) -> None:
    """Wherever the person is named in what belongs to nobody; rows stay, so that it is known that something was."""
    for name, columns in columns_with(Care.QUOTED).items():
        if name not in ("stored_file", "job"):
            empty_rows(Base.metadata.tables[name], columns, person)
    empty_jobs(person)
    empty_files(person)


def empty_rows(table: Table, columns: list[str], person: Person) -> None:
    keys = list(table.primary_key)
    rows = select(*keys, *(table.c[column] for column in columns)).where(hinted_in(table, columns, person))
    if table.name in UNTIED:
        rows = rows.where(UNTIED[table.name])
    empty = {
        column: WRITTEN_EMPTY.get(f"{table.name}.{column}", b"" if is_binary(table.c[column]) else "")
        for column in columns
    }
    by_name = table.name not in WORKED_WITH
    found = [
        tuple(row[: len(keys)])
        for row in db.session.execute(rows)
        if any(person.is_named_in(text_of_value(value), by_name=by_name) for value in row[len(keys) :])
    ]
    for start in range(0, len(found), ROWS_PER_UPDATE):
        some = tuple_(*keys).in_(found[start : start + ROWS_PER_UPDATE])
        db.session.execute(update(table).where(some).values(empty).execution_options(synchronize_session=False))


def hinted_in(table: Table, columns: list[str], person: Person) -> ColumnElement[bool]:
    texts = [written_text(table.c[column]) for column in columns]
    hints = [text.icontains(hint, autoescape=True) for text in texts for hint in person.hints]
    return or_(
        false(), *hints, *(text.contains(escape, autoescape=True) for text in texts for escape in SIGNS_OF_ESCAPES)
    )


def is_binary(column: Column[object]) -> bool:
    return isinstance(column.type, LargeBinary)


def text_of_value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def empty_jobs(person: Person) -> None:
    """What they were to do and what became of it, text by text: the rest is still asked for."""
    hinted = hinted_in(Base.metadata.tables["job"], ["task", "report", "last_error"], person)
    for job in db.session.scalars(select(Job).where(hinted).order_by(Job.id)).all():
        job.task = cast_type(JobTask, without_person(job.task, person))
        job.report = cast_type(dict, without_person(job.report, person))
        job.last_error = "" if person.is_named_in(job.last_error) else job.last_error


def without_person(value: object, person: Person) -> object:
    """The same JSON with a dash for each text that names them."""
    if isinstance(value, dict):
        return {without_person(name, person): without_person(one, person) for name, one in value.items()}
    if isinstance(value, list):
        return [without_person(one, person) for one in value]
    return ERASED if isinstance(value, str) and person.is_named_in(value) else value


def empty_files(person: Person) -> None:
    """Files of orders that hold one of theirs, whether it came in or was refused; only one that is being read stays."""
    at_work = select(Job.id).where(Job.id == ImportBatch.job_id, Job.finished_at.is_(None)).exists()
    batches = select(ImportBatch).join(StoredFile).where(func.length(StoredFile.content) > 0, ~at_work)
    for batch in db.session.scalars(batches.order_by(ImportBatch.id)).all():
        if person.is_named_in(text_of_batch(batch)):
            batch.file.content = b""


def text_of_batch(batch: ImportBatch) -> str:
    """What the file says; "" of one that nobody can read."""
    try:
        return text_of_file(batch.file.content, str(batch.mapping.get("sheet", "")))
    except UnreadableOrder:
        return ""


def empty_prints(numbers: set[str]) -> None:
    """The files that were printed of many orders, theirs among them; they would be thrown away within a week."""
    printed = select(Job).where(Job.kind.in_(PRINTING_KINDS)).options(undefer(Job.task)).order_by(Job.id)
    for job in db.session.scalars(printed).all():
        ids = [one for one in (*job.report.get("parts", []), job.report.get("file")) if one]
        if ids and not numbers.isdisjoint(job.task.get("numbers", [])):
            db.session.execute(delete(StoredFile).where(StoredFile.id.in_(ids)))
            job.report = {**job.report, "parts": [], "file": None}
