"""Why something is taken back, or money is changed, can be said with every action that does so, and History says it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.api.acting import body_of
from tests.clients import Client
from tests.every_action import ENTERED, filled_form
from tests.looking import words

#: Groups of rights that are about money.
ABOUT_MONEY = {"payments", "refunds", "credit", "invoices"}

#: Take something back, though no Undo leads to them.
ALSO = {"withdraw_packing_slip", "mark_lost", "cancel_order", "reject_return", "suspend"}

#: Of those found by their declaration, the ones of which nobody asks why.
NO_REASON = {
    "reopen_task": "what is to be done says the task",
    "reopen_ticket": "what is asked says the ticket",
    "match_anew": "no money; which product it is can be said again",
    "restore_draft": "a draft binds nobody",
    "remove_memo": "no money; its text stays in History",
    "resume": "suspending says why; it goes on as it was",
    "mark_paid": "all that is open, by the method of the order: what came in is no edit",
    "issue_invoice": "what was ordered is invoiced as it stands",
    "send_invoice": "a document goes, and no amount changes",
    "send_e_invoice": "a document goes, and no amount changes",
    "leave_e_invoice": "no document goes, and no amount changes",
    "charge_late_payment": "the law says why, and History names it",
    "remind_again": "no amount changes; it goes on as it was",
    "remind_customer_again": "no amount changes; it goes on as it was",
    "send_refused_e_invoice": "a document goes, and no amount changes",
    "set_invoiced_elsewhere": "the number of the invoice says why",
    "change_address": "no money",
    "change_customer": "no money",
    "change_packing_slip": "no money",
    "change_return": "no money; it has the return's own reason",
    "change_task": "no money",
    "change_tracking": "no money",
    "change_validity": "no money",
    "send_quote": "it changes nothing of the draft",
}

#: What is entered where a form starts with what is there, so that something changes.
CHANGED = {"order_discount": "1", "shipping_cost": "2", "paid": "True", "prices_include_tax": "False"}


def is_about_money(action: AnyAction) -> bool:
    return action.right.partition(".")[0] in ABOUT_MONEY or any(one.kind == "amount" for one in action.inputs)


def takes_back(action: AnyAction) -> bool:
    """Of two that take each other back the one that says so; or where Undo leads, and nothing leads back."""
    return action.is_undo or (not action.undo and action.name in {one.undo for one in ACTIONS.values()})


def is_meant(action: AnyAction) -> bool:
    return takes_back(action) or is_about_money(action) or action.edits or action.name in ALSO


ASK_WHY = sorted(name for name, one in ACTIONS.items() if is_meant(one) and name not in NO_REASON)


def asked_why(action: AnyAction) -> list[str]:
    return [one.name for one in action.inputs if one.name in ("why", "reason") and one.kind == "text"]


def test_every_exception_is_one() -> None:
    assert {name for name in NO_REASON if not is_meant(ACTIONS[name]) or asked_why(ACTIONS[name])} == set()


@pytest.mark.parametrize("name", ASK_WHY)
def test_a_reason_can_be_given_and_history_says_it(client: Client, in_app: Any, name: str) -> None:
    """In its pop-up, asked once for many, and by programs."""
    action = ACTIONS[name]
    (field,) = asked_why(action)
    assert field in body_of(action)().fields
    assert not action.bulk or field in {one.name for one in action.inputs_for_many}

    url, form = filled_form(client, in_app, name)
    assert form.fields[field] == [ENTERED[field]], "its pop-up shows no field for it"
    form.fields |= {one: [value] for one, value in CHANGED.items() if one in form.fields}
    assert client.post(url, data=form.fields).status_code == 303

    history = client.get(f"/admin/order/{url.split('/')[3]}?tab=history").text
    assert re.search(rf"[–:] {ENTERED[field]}", words(history))
