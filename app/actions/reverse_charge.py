"""Reversing VAT to a business in another member state, and charging it again exactly as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict
from typing import cast as as_type

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.margins import line_under_scheme
from app.accounting.settling import settle
from app.accounting.tax_bases import net_of
from app.accounting.totals import only_tax, set_taxes, sum_up, tax_name
from app.actions.being_fixed import why_ended
from app.actions.declaration import REASON, action
from app.actions.invoices import issue_when_paid
from app.actions.vat_checks import vies_warning
from app.amounts.money import ZERO, closed, decimals, plain, rounded
from app.documents.vat import NORTHERN_IRELAND, UNDER_EU_RULES, destination, has_goods, vat_country
from app.documents.vat_checks import ask_by_itself, vies_number_of
from app.documents.vat_numbers import why_not_vat_number
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Order, OrderLine
from app.queries import shop

TOTALS = ("net_total", "tax_total", "total", "computed_total")
OF_LINE = ("unit_price", "discount", "total", "tax_total")

#: Decimals of a unit price beyond those of its currency.
MORE_DECIMALS = 8


class LineBefore(TypedDict):
    """Amounts of a line as text, and its taxes, as they were; and what the line came to without VAT."""

    amounts: dict[str, str]
    taxes: list[dict[str, object]]
    left: list[str]  # quantity, total


class Reversed(TypedDict):
    """What an order keeps while its VAT is reversed: its amounts as they were, and its lines by their ids."""

    totals: dict[str, str]
    lines: dict[str, LineBefore]


def before_reversal(order: Order) -> Reversed | None:
    return as_type("Reversed | None", order.before_reversal)


def why_not_reverse_charge(order: Order) -> str:
    if reason := why_fixed_here(order):
        return reason
    own = shop()
    seller, buyer = vat_country(own.vat_id), vat_country(order.vat_id)
    if own.is_small_business or seller not in UNDER_EU_RULES:
        return _("Only a shop with a VAT number of the EU reverses VAT. Enter yours in the settings.")
    if not order.vat_id:
        return _("VAT is reversed to a business: enter the customer’s VAT number first.")
    if buyer not in UNDER_EU_RULES or buyer == seller:
        return _("VAT is reversed to a business in another member state, and this VAT number is of none.")
    if reason := why_not_vat_number(order.vat_id, order.country):
        return reason
    if has_goods(order) and destination(order) in ("", seller):
        return _(
            "The goods stay in your own country, so its VAT is charged. Correct the shipping address if they leave."
        )
    if buyer == NORTHERN_IRELAND and not has_goods(order):
        return _("Northern Ireland is under the EU’s rules of VAT for goods only.")
    if not any(line.tax_total for line in order.lines):
        return _("There is no VAT on this order.")
    if under_scheme := line_under_scheme(order, own):
        return _(
            "“%(name)s” is sold under the margin scheme: its VAT is in your margin, and is never reversed. Sell it in "
            "an order of its own.",
            name=under_scheme.name,
        )
    return ""


def is_due_to_buyer(order: Order) -> bool:
    """Whether it is of a seller under the EU's rules to a business in another member state, and still open."""
    seller, buyer = vat_country(shop().vat_id), vat_country(order.vat_id)
    under_rules = not shop().is_small_business and {seller, buyer} <= UNDER_EU_RULES
    return under_rules and seller != buyer and not why_fixed_here(order)


def why_fixed_here(order: Order) -> str:
    if order.cancelled_at:
        return why_ended(order)
    if order.is_invoiced_elsewhere:
        return _("The order is invoiced elsewhere: VAT is charged or reversed there, too.")
    return _("There is an invoice: correct its buyer, or credit it.") if order.invoices else ""


@action(
    title=_l("Reverse VAT"),
    group="orders",
    icon="receipt",
    done=_l("VAT reversed to the buyer"),
    why_not=why_not_reverse_charge,
    warning=vies_warning,
    inputs=(REASON,),
    undo="charge_vat_again",
    right_title=_l("Reverse VAT to a business abroad, and charge it again"),
    stands="block",
    on_drafts="too",
)
def reverse_charge(order: Order, *, by: Actor, reason: str = "") -> Order:
    """Take the VAT off: prices become those without it, to the cent. The invoice says why.

    What was paid by then stays, and may be more than is owed. VIES is asked once more where the shop wants its proof.
    """
    if not order.is_demo:
        ask_by_itself(vies_number_of(order))
    before = order.total
    nets = closed_nets(order)
    was = {name: str(getattr(order, name)) for name in TOTALS}
    lines = {str(line.id): amounts_of(line) for line in order.lines}
    for line, net in zip(order.lines, nets, strict=True):
        take_vat_off(line, net)
    sum_up(order)
    for line in order.lines:
        lines[str(line.id)]["left"] = as_left(line)
    order.before_reversal = {"totals": was, "lines": lines}
    restate(order, by)

    changed = {"total": [str(before), str(order.total)]}
    record(Happened.VAT_REVERSED, order, by, vat_id=order.vat_id, changes=changed, reason=reason.strip())
    return order


def closed_nets(order: Order) -> list[Decimal]:
    """What each line costs without VAT; where prices include it in whole units, such that none gets lost."""
    nets = [net_of(line) for line in order.lines]
    if not order.prices_include_tax:
        return nets
    return closed(nets, rounded(sum(nets, ZERO), order.currency), order.currency)


def amounts_of(line: OrderLine) -> LineBefore:
    return {"amounts": {name: str(getattr(line, name)) for name in OF_LINE}, "taxes": list(line.taxes), "left": []}


def as_left(line: OrderLine) -> list[str]:
    return [str(plain(line.quantity)), str(plain(line.total))]


def take_vat_off(line: OrderLine, net: Decimal) -> None:
    currency, name = line.order.currency, tax_name(line.order)
    if net != line.total:
        line.discount = rounded(line.discount * share_without_vat(line, net), currency)
        if line.quantity:
            price = (net + line.discount) / line.quantity
            line.unit_price = plain(round(price, decimals(currency) + MORE_DECIMALS))
        line.total = plain(net)
    set_taxes(line, [(name, ZERO, ZERO)])


def share_without_vat(line: OrderLine, net: Decimal) -> Decimal:
    if line.total:
        return net / line.total
    tax = only_tax(line)
    return 100 / (100 + tax[1]) if tax else Decimal(1)


def restate(order: Order, by: Actor) -> None:
    """Statuses follow, and so does an invoice that waits for the order to be paid."""
    db.session.flush()
    settle(order)
    if not order.is_draft:
        issue_when_paid(order, by=by)


# --- and back -------------------------------------------------------------------------------------------------------


def why_not_charge_vat_again(order: Order) -> str:
    if (before := before_reversal(order)) is None:
        return _("VAT is not reversed on this order.")
    if reason := why_fixed_here(order):
        return reason
    lines = before["lines"]
    is_as_left = {str(line.id): as_left(line) for line in order.lines} == {
        line_id: was["left"] for line_id, was in lines.items()
    }
    if is_as_left and not order.tax_total:
        return ""
    return _("Products or prices were changed since VAT was reversed. Edit the products, and enter their VAT there.")


@action(
    title=_l("Charge VAT again"),
    group="orders",
    right="orders.reverse_charge",
    icon="arrow-back-up",
    done=_l("VAT is charged again"),
    why_not=why_not_charge_vat_again,
    inputs=(REASON,),
    undo="reverse_charge",
    is_undo=True,
    stands="block",
    on_drafts="too",
)
def charge_vat_again(order: Order, *, by: Actor, reason: str = "") -> Order:
    """Put prices, VAT and totals back, each as it was before VAT was reversed."""
    was, before = before_reversal(order), order.total
    if was is None:
        raise ActionRefused(_("VAT is not reversed on this order."))
    for line in order.lines:
        one = was["lines"][str(line.id)]
        for name, text in one["amounts"].items():
            setattr(line, name, Decimal(text))
        line.taxes = one["taxes"]
    for name, text in was["totals"].items():
        setattr(order, name, Decimal(text))
    order.before_reversal = None
    restate(order, by)

    changed = {"total": [str(before), str(order.total)]}
    record(Happened.VAT_CHARGED_AGAIN, order, by, changes=changed, reason=reason.strip())
    return order
