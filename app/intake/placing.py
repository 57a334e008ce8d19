"""Placing an order that came in: its lines, addresses, customer and methods are copied, and its facts recorded."""

from __future__ import annotations

from flask_babel import gettext as _

from app.actions.customers import customer_of
from app.actions.elsewhere import number_there, stands_elsewhere
from app.actions.goods import drop_rest
from app.actions.methods import payment_method_called, shipping_method_called
from app.actions.new_orders import follow_up, problem_of_currency, take_up
from app.amounts.money import ZERO, plain
from app.columns import now
from app.errors import ActionRefused, Problem
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake.copying import contact_columns, copied_lines, copy_addresses, customer_name_of, tax_of, totals
from app.intake.stated_goods import add_notes, bring_goods_up, put_back_gone
from app.intake.stated_money import add_payments, add_refunds
from app.intake.statements import all_of, keep_stated
from app.intake_readers.new_order import NewOrder
from app.intake_readers.over import is_over
from app.models import Customer, InvoicesFor, Order, ShippingMethod, ShopKey
from app.numbering import draw
from app.queries import order_from, shop
from app.write_back import from_its_shop

#: What a new order has none of: said at once, so that nobody asks the database for it.
NONE_YET = ("payments", "invoices", "shipments", "returns", "memos", "tasks", "shop_changes")


def why_not_place_order(new: NewOrder) -> Problem | None:
    if problem := problem_of_currency(new.currency):
        return problem
    if not new.lines:
        return Problem("lines", _("an order needs at least one line."))
    return why_not_so_few(new) or why_not_so_much_tax(new)


def why_not_so_few(new: NewOrder) -> Problem | None:
    """Also of an order that is there: what comes back is a return, or a credit note, and no line."""
    for position, line in enumerate(new.lines):
        if line.quantity < 0:
            said = {"line": line.name or line.sku, "count": f"{plain(line.quantity):f}"}
            sentence = _("%(line)s: %(count)s is less than 0. Leave out what comes back: make a return of it.", **said)
            return Problem(f"lines.{position}.quantity", sentence)
    return None


def why_not_so_much_tax(new: NewOrder) -> Problem | None:
    """Where it is more than what it is on, somebody took a rate, or another column, for an amount of tax."""
    tax = abs(max(tax_of(new), new.tax_total or ZERO, key=abs))
    if tax <= new.most_tax:
        return None
    said = {"tax": f"{plain(tax):f}", "total": f"{plain(new.total):f}"}
    return Problem("tax_total", _("a tax of %(tax)s is more than the total of %(total)s. Correct one of them.", **said))


def place_order(
    new: NewOrder,
    *,
    by: Actor,
    shop: ShopKey | None = None,
    notify: bool = True,
    demo: bool = False,
    invoices: InvoicesFor = InvoicesFor.ALL,
) -> Order:
    """Make an order of what an outside shop, or a program, stated. The same one again answers with the order there is.

    Its stated total is kept; what lines and taxes add up to stands beside it. The customer gets the order
    confirmation unless the order is finished already, here or there, its payment failed, or it isn't really placed yet.
    """
    if already := order_from(shop, new.source, new.external_id, program=new.program, placed_at=new.placed_at):
        return already
    if problem := why_not_place_order(new):
        raise ActionRefused(str(problem))
    return place_new(new, by=by, shop=shop, notify=notify, demo=demo, invoices=invoices)


@from_its_shop()
def place_new(
    new: NewOrder, *, by: Actor, shop: ShopKey | None, notify: bool, invoices: InvoicesFor, demo: bool = False
) -> Order:
    """Of one that is known not to be here, and that can be placed."""
    with db.session.no_autoflush:  # all of it is written down at once
        order = copied_order(new, shop, demo=demo)
    if stands_elsewhere(new, invoices):
        order.invoiced_elsewhere_at, order.elsewhere_number = now(), number_there(new)
    if shop is not None:
        keep_stated(order, new, all_of(order, new), before={})
    db.session.add(order)
    db.session.flush()
    record(Happened.ORDER_PLACED, order, by, source=new.source, external_number=new.number)
    for warning in new.warnings:
        record(Happened.READ_WITH_DOUBT, order, by, text=warning)
    if order.is_invoiced_elsewhere:
        record(Happened.INVOICED_ELSEWHERE, order, by, number=order.elsewhere_number)
    add_notes(order, new.notes, by)
    add_payments(order, new.payments, by)
    add_refunds(order, new.refunds, by)
    bring_goods_up(order, new, by)
    if order.cancelled_at:
        drop_rest(order, by=by)
    if new.has_failed:
        take_up(order, by=by)
    else:
        follow_up(order, by=by, notify=notify and not is_over(new) and not new.is_unplaced)
    put_back_gone(order, by)
    return order


def copied_order(new: NewOrder, outside_shop: ShopKey | None, *, demo: bool) -> Order:
    """The order with its own copies of all that was stated; not in the session yet."""
    customer = customer_of(new, outside_shop, demo=demo)
    payment_method = payment_method_called(new.payment_method)
    shipping_method = shipping_method_called(new.shipping_method, is_pick_up=new.pick_up)
    billing, shipping = new.billing or new.shipping, new.shipping or new.billing
    order = Order(
        source=new.source,
        outside_shop_id=outside_shop.id if outside_shop else None,
        program=new.program,
        channel=new.channel[:255],
        external_id=new.external_id,
        external_number=new.number[:60],
        placed_at=new.placed_at,
        currency=new.currency,
        prices_include_tax=new.prices_include_tax,
        language=language_of(new),
        customer=customer,
        customer_name=customer_name_of(new),
        customer_note=new.customer_note,
        buyer_reference=reference_of(new, customer),
        purchase_order=new.purchase_order[:60],
        discount_codes=list(new.discount_codes),
        country=shipping.country if shipping else "",
        payment_method=payment_method,
        payment_method_title=new.payment_method[:255],
        shipping_method=shipping_method,
        shipping_method_title=new.shipping_method[:255],
        is_pick_up=is_picked_up(new, shipping_method),
        is_unplaced=new.is_unplaced,
        held_at=new.placed_at if new.held else None,
        cancelled_at=new.cancelled_at,
        ready_at=new.ready_for_pickup_at,
        is_demo=demo,
        addresses=copy_addresses(billing, shipping),
        lines=copied_lines(new.lines, outside_shop.id if outside_shop else None),
        **{part: [] for part in NONE_YET},
        **contact_columns(new.customer, billing, shipping),
        **totals(new),
    )
    order.number = draw("order", demo=demo, at=order.placed_at)
    return order


def reference_of(new: NewOrder, customer: Customer | None) -> str:
    """What invoices are to name for the buyer: as stated, else as the customer's record has it."""
    stated = new.customer.buyer_reference if new.customer else ""
    return stated[:60] or (customer.buyer_reference if customer else "")


def is_picked_up(new: NewOrder, method: ShippingMethod | None) -> bool:
    """As its shop says, or by the method of that title here: files mostly state no more than the title."""
    is_sent = any(not parcel.is_called_off for parcel in new.shipments)
    return new.pick_up or (method is not None and method.is_pick_up and not is_sent)


def language_of(new: NewOrder) -> str:
    """The customer's language where the shop offers it, else the shop's own."""
    stated = (new.language or (new.customer.language if new.customer else ""))[:2].lower()
    own = shop()
    return stated if stated in {own.language, *own.languages} else own.language
