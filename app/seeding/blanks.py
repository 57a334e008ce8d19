"""A row of a pattern as a form: what all its copies say, and beside it what each copy fills in for itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.extensions import Base
from app.seeding.writing import MOMENTS

Values = dict[str, Any]

#: A row, by its table and its id in the pattern.
Ref = tuple[str, int]

#: The day of a document in what it says.
DAY = re.compile(r'("\d{4}-\d\d-\d\d")')

#: Of which record the id in a mail's key is.
KEYS_OF_MAILS = {
    "order_confirmation": "orders",
    "order_cancelled": "orders",
    "ready_for_pickup": "orders",
    "order_paid": "payment",
    "refund": "payment",
    "invoice": "invoice",
    "credit_note": "invoice",
    "sent": "shipment",
    "return_requested": "goods_return",
    "return_authorised": "goods_return",
    "return_received": "goods_return",
    "return_rejected": "goods_return",
    "ticket_answer": "ticket_message",
}

#: By what takes back what a mail tells: the records that it is done to.
PARTS_TOLD = {"take_back_payment": "payment", "set_shipment_not_sent": "shipment"}

#: Columns that name a record: "goods_return:7:returned".
KEYS = {"outgoing_mail": "once_key", "stock_movement": "document", "history": "subject"}


@dataclass
class Blank:
    """One row; by column, what stands in it of each copy."""

    ref: Ref
    values: Values
    references: list[tuple[str, Ref]]
    moments: list[tuple[str, datetime | date]]
    texts: list[tuple[str, list[str]]]  # in pieces, every word of a copy's own by itself
    key: tuple[str, str, Ref, str] | None  # the column, and what stands before and behind the id


def make_blank(name: str, row: Values, references: list[tuple[str, str]], own_word: re.Pattern[str]) -> Blank:
    values = {column: value for column, value in row.items() if column != "id"}
    values |= {column: False for column in ("is_demo",) if column in row}
    if name == "stock_movement":
        values["outside_shop_id"] = None
    known = [(column, (target, row[column])) for column, target in references if row[column] is not None]
    if row.get("undone_on_id"):
        known.append(("undone_on_id", (PARTS_TOLD[row["undone_by"]], row["undone_on_id"])))
    return Blank(
        ref=(name, row["id"]),
        values=values,
        references=known,
        moments=[(column, row[column]) for column in MOMENTS[name] if row[column] is not None],
        texts=[
            (column, split_at(value, own_word, with_days=(name, column) == ("invoice", "snapshot")))
            for column, value in values.items()
            if isinstance(value, str) and own_word.search(value)
        ],
        key=parse_key(name, row),
    )


def split_at(text: str, own_word: re.Pattern[str], *, with_days: bool) -> list[str]:
    """The pieces of a text: each own word is one, and each day where there are any to be moved."""
    pieces, end = [], 0
    for found in own_word.finditer(text):
        pieces += [*split_days(text[end : found.start()], with_days), found[0]]
        end = found.end()
    return [piece for piece in (*pieces, *split_days(text[end:], with_days)) if piece]


def split_days(text: str, with_days: bool) -> list[str]:
    return DAY.split(text) if with_days else [text]


def parse_key(name: str, row: Values) -> tuple[str, str, Ref, str] | None:
    column = KEYS.get(name)
    if column is None or not row[column]:
        return None
    kind, id, *more = row[column].split(":")
    assert kind in Base.metadata.tables or name == "outgoing_mail"
    target = KEYS_OF_MAILS[kind] if name == "outgoing_mail" else kind
    return column, f"{kind}:", (target, int(id)), "".join(f":{part}" for part in more)
