"""Asking VIES about a VAT number when somebody wants to know now, and what it says before VAT is reversed."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.declaration import action
from app.documents.vat_checks import Named, ask_vies, last_answer, vies_number_of
from app.documents.vat_numbers import why_not_vat_number
from app.history import Actor, Happened, record
from app.models import Customer, Order, VatCheckState
from app.queries import shop


def why_not_check(one: Named) -> str:
    if not shop().checks_vat_numbers:
        return _("VIES is not asked. Switch it on in Settings > VAT scheme.")
    if one.is_demo:
        return _("VIES is not asked about the demo shop.")
    if not one.vat_id:
        return _("There is no VAT number to ask about.")
    if not (number := vies_number_of(one)):
        return _("VIES knows the VAT numbers of member states and of Northern Ireland only.")
    return why_not_vat_number(number, "")


@action(
    title=_l("Check at VIES"),
    group="orders",
    icon="refresh",
    done=_l("VIES is being asked"),
    why_not=why_not_check,
    right_title=_l("Ask VIES about the VAT number of an order"),
    stands="block",
    on_drafts="too",
)
def check_vat_number(order: Order, *, by: Actor) -> Order:
    """Ask VIES about it now, in the background, whatever is known already."""
    number = vies_number_of(order)
    ask_vies(number, by=by.name)

    record(Happened.VAT_NUMBER_CHECKED, order, by, vat_id=number)
    return order


@action(
    title=_l("Check at VIES"),
    group="customers",
    icon="refresh",
    done=_l("VIES is being asked"),
    why_not=why_not_check,
    right_title=_l("Ask VIES about the VAT number of a customer"),
)
def check_customers_vat_number(customer: Customer, *, by: Actor) -> Customer:
    """Ask VIES about it now, in the background, whatever is known already."""
    number = vies_number_of(customer)
    ask_vies(number, by=by.name)

    record(Happened.VAT_NUMBER_CHECKED, None, by, subject=customer, record=str(customer), vat_id=number)
    return customer


def vies_warning(order: Order) -> str:
    """What to think of before VAT is reversed; "" where VIES says that the number is valid, or isn't asked."""
    if not shop().checks_vat_numbers or not (number := vies_number_of(order)):
        return ""
    known = last_answer(number)
    if known is None:
        return _("VIES has not answered yet whether this VAT number is valid. Without proof of it you may owe the VAT.")
    if known.state == VatCheckState.INVALID:
        return _(
            "At VIES this VAT number is not valid: you may owe the VAT yourself. Ask the customer for another one."
        )
    return ""
