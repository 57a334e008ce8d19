"""No sentence on an order's page is untrue: what is said of each situation, word for word, and what none may say.

`situations.toml` holds the sentences expected, written by hand. What holds of any order whatever it went through is
checked besides: whoever adds a situation, a status or a refusal need not think of all the others.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.account.progress import lost_in_words, progress_of
from app.accounting.owed import to_pay_back
from app.accounting.states import has_goods
from app.actions import ACTIONS
from app.actions.leaving import undecided_warning, unpaid_warning
from app.admin_views.dashboard.header import labels
from app.admin_views.dashboard.ledger import rows
from app.admin_views.dashboard.offered_actions import PARTS
from app.extensions import db
from app.models import Order, OrderStatus
from tests.clients import Client
from tests.factories import placed_order
from tests.looking import words
from tests.situations import SITUATIONS, all_sent, credited_before_it_went, lost_and_credited

EXPECTED = tomllib.loads((Path(__file__).parent / "situations.toml").read_text("utf-8"))

#: What is said beside the refusals; "" where nothing is.
SAID: dict[str, Callable[[Order], str]] = {
    "labels": lambda order: " · ".join(str(label.text) for label in labels(order)),
    "ledger": lambda order: ", ".join(f"{title} {amount:.2f}" for title, amount in rows(order)),
    "open": lambda order: f"{order.open_amount:.2f}",
    "warning": lambda order: str(unpaid_warning(order)),
    "customer": lambda order: "" if order.is_draft else progress_of(order).says,
}


def made(name: str) -> Order:
    order = SITUATIONS[name]()
    db.session.flush()
    return order


def refusals(record: Any) -> dict[str, str]:
    """Why what the page offers for the order, or for this part of it, can't be done now."""
    reasons = {one.name: str(one.why_not(record)) for one in ACTIONS.values() if type(record) in one.record_types}
    return {name: reason for name, reason in sorted(reasons.items()) if reason}


def parts_of(order: Order) -> Iterator[Any]:
    for part in PARTS.values():
        yield from getattr(order, part)


# --- word for word ---------------------------------------------------------------------------------------------------


def test_every_situation_has_its_sentences_and_no_other_has() -> None:
    assert list(EXPECTED["situation"]) == list(SITUATIONS)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", SITUATIONS)
def test_what_the_page_says_of_an_order(name: str) -> None:
    wanted = EXPECTED["situation"][name]
    usual = {} if wanted.get("is_draft") else EXPECTED["usual"]
    if wanted.get("is_pick_up"):
        usual = {**usual, **EXPECTED["usual_of_pick_up"]}
    greys = {key: text for key, text in wanted.items() if key not in SAID and not key.startswith("is_")}

    order = made(name)

    assert {key: say(order) for key, say in SAID.items()} == {key: wanted.get(key, "") for key in SAID}
    assert refusals(order) == {key: text for key, text in sorted({**usual, **greys}.items()) if text}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("part", EXPECTED["part"])
def test_what_the_page_says_of_a_part_of_an_order(part: str) -> None:
    wanted = dict(EXPECTED["part"][part])
    situation, kind, position = wanted.pop("of")

    record = getattr(made(situation), kind)[position]

    assert refusals(record) == wanted


# --- what none may say -----------------------------------------------------------------------------------------------


def went(order: Order) -> bool:
    return any(line.shipped > 0 for line in order.lines)


def is_to_go(order: Order) -> bool:
    return not order.cancelled_at and any(line.to_ship > 0 for line in order.lines)


def is_all_dropped(order: Order) -> bool:
    return has_goods(order) and not went(order) and not any(line.to_ship > 0 for line in order.lines)


def is_asked_back(order: Order) -> bool:
    return any(line.returned > 0 for line in order.lines)


#: Whoever says this says that.
TRUE_WHEN: dict[str, Callable[[Order], bool]] = {
    r"Everything .*\b(is|was) (sent|picked up)\b(?! is)": lambda order: went(order) and not is_to_go(order),
    r"^(Shipped|Picked up|Sent)$": lambda order: went(order) and not is_to_go(order),
    r"^(Partially shipped|Partially picked up|Partly sent|Partly picked up)$": lambda o: went(o) and is_to_go(o),
    r"^(Not shipped|Not picked up)$": lambda order: not went(order) and is_to_go(order),
    r"^Nothing (of this order is|was) (sent|picked up)": lambda order: not went(order),
    r"\byet that could come back": is_to_go,
    r"^(Nothing to ship|Nothing to pick up)$": lambda order: not is_to_go(order) and not went(order),
    r"^(Awaiting shipment|Awaiting pick-up|Ready for pick-up|Being packed)$": is_to_go,
    r"still to go\b": is_to_go,
    r"we send (it|that) again": is_to_go,
    r"no goods on this order": lambda order: not has_goods(order),
    r"nothing is left to (send|pick up)": is_all_dropped,
    r"^Paid$|(?<!part of )the order is paid": lambda order: order.ledger.kept > 0 and order.open_amount <= 0,
    r"^Not paid$|Not paid yet|order is not paid": lambda order: order.ledger.kept <= 0,
    r"Partially paid$|Only a part is paid": lambda order: order.ledger.kept > 0 and order.open_amount > 0,
    r"^Nothing is open": lambda order: order.open_amount <= 0,
    r"^Waiting for your payment|Not paid yet|still open|^Awaiting payment$": lambda order: order.open_amount > 0,
    r"^Nothing owed$|costs nothing": lambda order: order.ledger.paid <= 0 and order.open_amount <= 0,
    r"costs nothing": lambda order: order.total == 0,
    r"To refund|is to be refunded": lambda order: to_pay_back(order) > 0,
    r"^(Refunded|Partially refunded|Paid back)$|went back|partially refunded": lambda order: order.refunded > 0,
    r"All that was paid has been refunded|all that was paid has been": lambda o: o.paid > 0 and o.refunded >= o.paid,
    r"Nothing was paid": lambda order: order.ledger.paid <= 0,
    r"^Everything on this order is invoiced": lambda order: all(line.to_invoice <= 0 for line in order.lines),
    r"^(All|Everything) .*is credited\b": lambda order: any(invoice.is_credit_note for invoice in order.invoices),
    r"^All of (it|the order) is credited": lambda order: order.credited > 0 and not is_to_go(order) and not went(order),
    r"All of this order is credited": lambda order: order.credited >= order.total,
    r"This order is cancelled|^Cancelled$": lambda order: order.cancelled_at is not None,
    r"is on hold\b|^On hold$": lambda order: order.held_at is not None,
    r"^Completed$|is completed\b": lambda o: o.status == OrderStatus.COMPLETED or any(r.finished_at for r in o.returns),
    r"is lost\b(?!,)|^Lost|^Partly lost": lambda order: any(shipment.lost_at for shipment in order.shipments),
    r"is on a return": is_asked_back,
    r"is on a packing slip": lambda order: any(shipment.is_open for shipment in order.shipments),
    r"is ready for pick-up already": lambda order: order.ready_at is not None,
    r"customer picks this order up": lambda order: order.is_pick_up,
    r"not for pick-up": lambda order: not order.is_pick_up,
    r"^(A|The) draft": lambda order: order.is_draft,
    r"no e-mail address": lambda order: not order.email,
    r"invoiced elsewhere": lambda order: order.is_invoiced_elsewhere,
}
#: A refusal that denies what it names.
DENIALS = ("is not on hold", "not invoiced elsewhere", "is not lost")


def sentences(order: Order) -> list[str]:
    """All that the page and My account say of the order in words of their own."""
    said = [str(label.text) for label in labels(order)]
    if not order.is_draft:
        said.append(progress_of(order).says)
        said += [lost_in_words(order, shipment) for shipment in order.shipments if shipment.lost_at]
    said.append(str(unpaid_warning(order)))
    if order.status == OrderStatus.NEEDS_DECISION:
        said += [str(undecided_warning(order))]
    for record in (order, *parts_of(order)):
        said += refusals(record).values()
    return [sentence for sentence in said if sentence and not any(denial in sentence for denial in DENIALS)]


#: One of a thing named as several, or several as one.
MISCOUNTED = re.compile(
    r"(?<![\d.,])(1 (pieces|mails|invoices|orders|reminders|days)|(0|[2-9]|\d{2,}) (piece|mail|reminder|day))\b"
)


def untrue(order: Order, said: list[str]) -> list[str]:
    return [
        sentence
        for sentence in said
        if any(re.search(pattern, sentence) and not is_true(order) for pattern, is_true in TRUE_WHEN.items())
    ]


@pytest.mark.parametrize("name", SITUATIONS)
def test_no_sentence_is_untrue(client: Client, in_app: Any, name: str) -> None:
    """Of the page itself: it counts rightly, and offers no mail about what will not be."""
    with in_app():
        order = made(name)
        assert untrue(order, sentences(order)) == []
        number, is_open, goes = order.number, order.open_amount > 0 and not order.is_draft, is_to_go(order)

    page = words(client.get(f"/admin/order/{number}").text)

    assert not MISCOUNTED.search(page)
    assert is_open or "gets “Order paid”" not in page
    assert goes or not re.search("gets “(Order sent|Track & Trace|Ready for pick-up)”", html.unescape(page))


@pytest.mark.usefixtures("database")
def test_what_was_untrue_once_would_be_seen() -> None:
    credited, lost, sent, owing = credited_before_it_went(), lost_and_credited(), all_sent(), placed_order()
    db.session.flush()
    before = {
        "Everything on this order is sent.": credited,
        "Nothing is open: the order is paid.": owing,
        "Lost: we send it again": lost,
        "Being packed": sent,
        "Not paid": sent,
        "To refund": owing,
    }

    assert {sentence: untrue(order, [sentence]) for sentence, order in before.items()} == {
        sentence: [sentence] for sentence in before
    }


def test_what_is_counted_wrongly_would_be_seen() -> None:
    assert [bool(MISCOUNTED.search(text)) for text in ("1 pieces", "4 piece", "1 piece", "4 pieces", "0.1 days")] == [
        True, True, False, False, False,
    ]  # fmt: skip
