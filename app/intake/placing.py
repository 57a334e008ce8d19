"""Placing an order that came in: its lines, addresses, customer and methods are copied, and its facts recorded."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from app.actions.addresses import stated_address
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
from app.intake.external_updates import add_notes, add_payments, add_refunds, add_shipments
from app.intake_readers.new_order import NewAddress, NewCustomer, NewLine, NewOrder, NewTax
from app.intake_readers.over import is_over
from app.models import AddressKind, InvoicesFor, Order, OrderAddress, OrderLine, Product, ShippingMethod, ShopKey
from app.numbering import draw
from app.queries import order_from, shop

#: What a new order has none of: said at once, so that nobody asks the database for it.
NONE_YET = ("payments", "invoices", "shipments", "returns", "memos", "tasks")


def why_not_place_order(new: NewOrder) -> Problem | None:
    if problem := problem_of_currency(new.currency):
        return problem
    if not new.lines:
        return Problem("lines", _("an order needs at least one line."))
    return why_not_so_much_tax(new)


def why_not_so_much_tax(new: NewOrder) -> Problem | None:
    """No tax is more than what it is on: somebody took a rate, or another column, for an amount of tax.

    What lines take off may bear none, so it is added to the total.
    """
    tax = abs(max(tax_of(new), new.tax_total or ZERO, key=abs))
    off = sum((-line.total for line in new.lines if line.total < 0), ZERO)
    most = max(abs(new.total), new.total + off)
    if tax <= most:
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
    if already := order_from(shop, new.source, new.external_id, placed_at=new.placed_at):
        return already
    if problem := why_not_place_order(new):
        raise ActionRefused(str(problem))

    order = copied_order(new, shop, demo=demo)
    if stands_elsewhere(new, invoices):
        order.invoiced_elsewhere_at, order.elsewhere_number = now(), number_there(new)
    db.session.add(order)
    db.session.flush()
    record(Happened.ORDER_PLACED, order, by, source=new.source, external_number=new.number)
    if order.is_invoiced_elsewhere:
        record(Happened.INVOICED_ELSEWHERE, order, by, number=order.elsewhere_number)
    add_notes(order, new.notes, by)
    add_payments(order, new.payments, by)
    add_refunds(order, new.refunds, by)
    add_shipments(order, new, by)
    if order.cancelled_at:
        drop_rest(order, by=by)
    if new.has_failed:
        take_up(order, by=by)
    else:
        follow_up(order, by=by, notify=notify and not is_over(new) and not new.is_unplaced)
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
        lines=copied_lines(new.lines),
        **{part: [] for part in NONE_YET},
        **contact_columns(new.customer, billing, shipping),
        **totals(new),
    )
    order.number = draw("order", demo=demo, at=order.placed_at)
    return order


def is_picked_up(new: NewOrder, method: ShippingMethod | None) -> bool:
    """As its shop says, or by the method of that title here: files mostly state no more than the title."""
    return new.pick_up or (method is not None and method.is_pick_up and not new.shipments)


def contact_columns(
    person: NewCustomer | None, billing: NewAddress | None, shipping: NewAddress | None
) -> dict[str, str]:
    """How the customer is reached, by what is said of them and in their addresses."""
    return {
        "company": first(billing and billing.company, person and person.company),
        "vat_id": (person.vat_id if person else "")[:60],
        "email": first(person and person.email, billing and billing.email, shipping and shipping.email),
        "phone": first(person and person.phone, billing and billing.phone, shipping and shipping.phone)[:60],
    }


def totals(new: NewOrder) -> dict[str, Decimal]:
    """The order's totals as stated, and what its lines and taxes add up to."""
    tax = tax_of(new)
    lines = sum((line.total for line in new.lines), ZERO)
    tax_total = new.tax_total if new.tax_total is not None else tax
    return {
        "total": new.total,
        "tax_total": plain(tax_total),
        "net_total": plain(new.total - tax_total),
        "computed_total": plain(lines if new.prices_include_tax else lines + tax),
    }


def tax_of(new: NewOrder) -> Decimal:
    return sum((tax.amount for line in new.lines for tax in line.taxes), ZERO)


def copied_lines(lines: list[NewLine]) -> list[OrderLine]:
    known = products_by_sku({line.sku for line in lines if line.sku})
    return [copied_line(line, position, known.get(line.sku)) for position, line in enumerate(lines, start=1)]


def copied_line(line: NewLine, position: int, product_id: int | None) -> OrderLine:
    return OrderLine(
        position=position,
        kind=line.kind,
        external_id=line.external_id,
        product_id=product_id,
        sku=line.sku[:120],
        name=line.name[:500],
        variant=line.variant[:255],
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        total=line.total,
        taxes=[copied_tax(tax) for tax in line.taxes],
        tax_total=sum((t.amount for t in line.taxes), ZERO),
    )


def copied_tax(tax: NewTax) -> dict[str, str | None]:
    base = {} if tax.base is None else {"base": str(plain(tax.base))}
    return {"name": tax.name, "rate": rate_text(tax.rate), "amount": str(tax.amount), **base}


def rate_text(rate: Decimal | None) -> str | None:
    return None if rate is None else str(rate)


def products_by_sku(skus: set[str]) -> dict[str, int]:
    if not skus:
        return {}
    found = db.session.execute(select(Product.sku, Product.id).where(Product.sku.in_(skus)))
    return {sku: id for sku, id in found if sku}


def copy_addresses(billing: NewAddress | None, shipping: NewAddress | None) -> list[OrderAddress]:
    both = ((AddressKind.BILLING, billing), (AddressKind.SHIPPING, shipping))
    return [OrderAddress(kind=kind, **stated_address(given)) for kind, given in both if given]


def language_of(new: NewOrder) -> str:
    """The customer's language where the shop offers it, else the shop's own."""
    stated = (new.language or (new.customer.language if new.customer else ""))[:2].lower()
    own = shop()
    return stated if stated in {own.language, *own.languages} else own.language


def customer_name_of(new: NewOrder) -> str:
    addresses = [address for address in (new.billing, new.shipping) if address]
    person = new.customer
    names = [a.name for a in addresses] + [person.name if person else ""] + [a.company for a in addresses]
    return first(*names, person and person.company)


def first(*values: object) -> str:
    """The first text that is not blank, at most 255 letters of it."""
    return next((str(value)[:255] for value in values if value and str(value).strip()), "")
