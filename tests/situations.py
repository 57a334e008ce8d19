"""Orders in every situation that the words on the page have to fit, each made by the actions that lead there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from app.actions.cancelling import cancel_order
from app.actions.changing import change_order, lines_standing
from app.actions.credit_notes import create_credit_note, credit_order, credit_return
from app.actions.drafts import begin_empty_draft, copy_order, discard_draft
from app.actions.elsewhere import set_invoiced_elsewhere
from app.actions.lines import EditedLine
from app.actions.losing import mark_lost
from app.actions.making_anew import make_invoice_anew
from app.actions.packing_slips import withdraw_packing_slip
from app.actions.parcels import mark_not_sent, not_picked_up
from app.actions.payments import enter_payment, enter_refund, mark_paid, take_back_payment
from app.actions.picking_up import picked_up, ready_for_pickup
from app.actions.returns import create_return, receive_return, reject_return
from app.actions.reverse_charge import reverse_charge
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.suspending import suspend
from app.history import SYSTEM
from app.intake_readers.new_order import NewPayment, NewRefund
from app.models import InvoiceMoment, Order
from app.queries import search, shop
from tests.factories import PLACED_AT, line, placed_order

SITUATIONS: dict[str, Callable[[], Order]] = {}


def situation(make: Callable[[], Order]) -> Callable[[], Order]:
    SITUATIONS[make.__name__] = make
    return make


def paid(order: Order, amount: str = "67.75") -> Order:
    enter_payment(order, by=SYSTEM, amount=Decimal(amount))
    return order


def refunded(order: Order, amount: str = "67.75") -> Order:
    enter_refund(order, by=SYSTEM, amount=Decimal(amount))
    return order


def sent(order: Order) -> Order:
    mark_sent(order, by=SYSTEM)
    return order


def sent_partly(order: Order) -> Order:
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(2)}), by=SYSTEM)
    return order


def credited(order: Order) -> Order:
    credit_order(order, by=SYSTEM)
    return order


def on_a_return(order: Order, **quantities: int) -> Order:
    by_name = {one.name.split()[-1]: one.id for one in order.lines}
    wanted = {by_name[name]: Decimal(many) for name, many in quantities.items()}
    create_return(order, by=SYSTEM, quantities=wanted)
    return order


def to_pick_up() -> Order:
    return placed_order(pick_up=True, shipping_method="Pick up in the shop")


# --- money ----------------------------------------------------------------------------------------------------------


@situation
def unpaid() -> Order:
    return placed_order()


@situation
def part_paid() -> Order:
    return paid(placed_order(), "20")


@situation
def set_to_paid() -> Order:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    return order


@situation
def payment_entered() -> Order:
    return paid(placed_order())


@situation
def overpaid() -> Order:
    return paid(placed_order(), "77.75")


@situation
def overpaid_and_refunded() -> Order:
    return refunded(overpaid(), "10")


@situation
def payment_taken_back() -> Order:
    order = paid(placed_order())
    take_back_payment(order.payments[0], by=SYSTEM)
    return order


@situation
def refunded_before_it_went() -> Order:
    return refunded(set_to_paid())


@situation
def refunded_partly_before_it_went() -> Order:
    return refunded(paid(placed_order()), "20")


@situation
def refunded_after_it_went() -> Order:
    return refunded(sent(paid(placed_order())))


@situation
def paid_back_by_its_own_shop() -> Order:
    total = Decimal("67.75")
    return placed_order(
        payments=[NewPayment(amount=total, paid_at=PLACED_AT, method="iDEAL", external_id="tr_9")],
        refunds=[NewRefund(amount=total, external_id="re_9")],
    )


@situation
def free_order() -> Order:
    return placed_order(lines=[line("Sample", quantity="2", unit_price="0")], total=Decimal(0), tax_total=Decimal(0))


@situation
def unpaid_where_nothing_unpaid_is_sent() -> Order:
    shop().forbid_unpaid_shipping = True
    return placed_order()


@situation
def part_paid_where_nothing_unpaid_is_sent() -> Order:
    return paid(unpaid_where_nothing_unpaid_is_sent(), "20")


@situation
def refunded_where_nothing_unpaid_is_sent() -> Order:
    shop().forbid_unpaid_shipping = True
    return refunded(paid(placed_order()))


@situation
def credited_where_nothing_unpaid_is_sent() -> Order:
    shop().forbid_unpaid_shipping = True
    return amount_credited_in_full_before_it_went()


# --- credit ---------------------------------------------------------------------------------------------------------


@situation
def credited_unpaid_before_it_went() -> Order:
    return credited(placed_order())


@situation
def credited_before_it_went() -> Order:
    return credited(paid(placed_order()))


@situation
def credited_and_refunded_before_it_went() -> Order:
    return refunded(credited_before_it_went())


@situation
def one_credited_before_it_went() -> Order:
    order = paid(placed_order())
    create_credit_note(order.invoices[0], by=SYSTEM, quantities={order.lines[1].id: Decimal(1)})
    return order


@situation
def one_credited_and_the_rest_sent() -> Order:
    return sent(one_credited_before_it_went())


@situation
def sent_unpaid_and_credited() -> Order:
    order = sent(placed_order())
    create_credit_note(order.invoices[0], by=SYSTEM, kept=True)
    return order


@situation
def credited_after_it_went() -> Order:
    return credited(sent(paid(placed_order())))


@situation
def amount_credited_in_full_before_it_went() -> Order:
    order = placed_order()
    create_credit_note(order.invoices[0], by=SYSTEM, amounts={one.id: one.total for one in order.lines})
    return order


@situation
def made_anew() -> Order:
    order = paid(placed_order())
    make_invoice_anew(order.invoices[0], by=SYSTEM)
    return order


@situation
def one_more_after_invoicing() -> Order:
    order = paid(placed_order())
    saucer = EditedLine("Saucer", Decimal(1), Decimal(5), rate=Decimal(21))
    change_order(order, by=SYSTEM, lines=[*lines_standing(order).values(), saucer])
    return order


@situation
def one_less_after_invoicing() -> Order:
    order = paid(placed_order())
    kept = [one for one in lines_standing(order).values() if one.name != "Teapot"]
    change_order(order, by=SYSTEM, lines=kept)
    return order


# --- goods ----------------------------------------------------------------------------------------------------------


@situation
def packed() -> Order:
    order = paid(placed_order())
    create_packing_slip(order, by=SYSTEM)
    return order


@situation
def slip_withdrawn() -> Order:
    order = packed()
    withdraw_packing_slip(order.shipments[0], by=SYSTEM)
    return order


@situation
def unpaid_slip_withdrawn() -> Order:
    shop().invoice_moment = InvoiceMoment.PAID
    order = placed_order()
    withdraw_packing_slip(create_packing_slip(order, by=SYSTEM), by=SYSTEM)
    return order


@situation
def part_sent() -> Order:
    return sent_partly(paid(placed_order()))


@situation
def part_sent_rest_packed() -> Order:
    order = part_sent()
    create_packing_slip(order, by=SYSTEM)
    return order


@situation
def all_sent() -> Order:
    return sent(set_to_paid())


@situation
def sent_unpaid() -> Order:
    return sent(placed_order())


@situation
def not_sent_after_all() -> Order:
    order = sent(paid(placed_order()))
    mark_not_sent(order, by=SYSTEM)
    return order


@situation
def credited_and_not_sent_after_all() -> Order:
    order = sent(paid(placed_order()))
    create_credit_note(order.invoices[0], by=SYSTEM, kept=True)
    mark_not_sent(order, by=SYSTEM)
    return order


@situation
def lost() -> Order:
    order = sent(paid(placed_order()))
    mark_lost(order.shipments[0], by=SYSTEM)
    return order


@situation
def lost_and_sent_again() -> Order:
    return sent(lost())


@situation
def lost_and_credited() -> Order:
    return credited(lost())


@situation
def digital_paid() -> Order:
    return paid(digital_unpaid(), "9.99")


@situation
def digital_unpaid() -> Order:
    course = line("Throwing course, online", quantity="1", unit_price="9.99", kind="fee")
    return placed_order(lines=[course], total=Decimal("9.99"), tax_total=Decimal("1.73"), shipping_method="")


@situation
def digital_free() -> Order:
    course = line("First lesson, online", quantity="1", unit_price="0", kind="fee")
    return placed_order(lines=[course], total=Decimal(0), tax_total=Decimal(0), shipping_method="")


# --- pick-up --------------------------------------------------------------------------------------------------------


@situation
def pick_up_unpaid() -> Order:
    return to_pick_up()


@situation
def pick_up_ready() -> Order:
    order = paid(to_pick_up())
    ready_for_pickup(order, by=SYSTEM)
    return order


@situation
def pick_up_part_handed_over() -> Order:
    return sent_partly(paid(to_pick_up()))


@situation
def pick_up_handed_over() -> Order:
    order = pick_up_ready()
    picked_up(order, by=SYSTEM)
    return order


@situation
def pick_up_not_handed_over_after_all() -> Order:
    order = pick_up_handed_over()
    not_picked_up(order, by=SYSTEM)
    return order


@situation
def pick_up_credited_before() -> Order:
    return credited(paid(to_pick_up()))


# --- returns --------------------------------------------------------------------------------------------------------


@situation
def one_on_its_way_back() -> Order:
    return on_a_return(sent(paid(placed_order())), mug=1)


@situation
def all_back_and_credited() -> Order:
    order = on_a_return(sent(paid(placed_order())), mug=3, Teapot=1)
    receive_return(order.returns[0], by=SYSTEM)
    credit_return(order.returns[0], by=SYSTEM)
    return order


@situation
def all_back_and_refunded() -> Order:
    return refunded(all_back_and_credited(), "61.70")


@situation
def return_rejected() -> Order:
    order = one_on_its_way_back()
    reject_return(order.returns[0], by=SYSTEM)
    return order


# --- held, over, elsewhere ------------------------------------------------------------------------------------------


@situation
def on_hold() -> Order:
    order = paid(placed_order())
    suspend(order, by=SYSTEM, reason="Odd address")
    return order


@situation
def cancelled_unpaid() -> Order:
    order = placed_order()
    cancel_order(order, by=SYSTEM, credit=True)
    return order


@situation
def cancelled_paid() -> Order:
    order = paid(placed_order())
    cancel_order(order, by=SYSTEM, credit=True)
    return order


@situation
def cancelled_paid_and_refunded() -> Order:
    return refunded(cancelled_paid())


@situation
def rest_cancelled_after_a_part() -> Order:
    order = part_sent()
    cancel_order(order, by=SYSTEM, credit=True)
    return order


@situation
def all_cancelled_after_a_part() -> Order:
    order = part_sent()
    cancel_order(order, by=SYSTEM, credit=True, take_back=True)
    return order


@situation
def cancelled_by_its_own_shop() -> Order:
    return placed_order(cancelled_at=datetime(2026, 3, 15, tzinfo=UTC))


@situation
def draft() -> Order:
    return copy_order(placed_order(), by=SYSTEM)


@situation
def draft_discarded() -> Order:
    order = begin_empty_draft(by=SYSTEM)
    discard_draft(order, by=SYSTEM)
    return order


@situation
def not_invoiced() -> Order:
    shop().invoice_moment = InvoiceMoment.MANUAL
    return placed_order()


@situation
def paid_not_invoiced() -> Order:
    return paid(not_invoiced())


@situation
def invoiced_elsewhere() -> Order:
    order = not_invoiced()
    set_invoiced_elsewhere(order, by=SYSTEM, invoice_number="A-7")
    return paid(order)


@situation
def to_a_business_abroad() -> Order:
    order = not_invoiced()
    shop().vat_id, order.vat_id = "NL853746333B01", "BE0456810810"
    for one in order.addresses:
        one.country = "BE"
    order.country = "BE"
    return order


@situation
def vat_reversed() -> Order:
    order = to_a_business_abroad()
    reverse_charge(order, by=SYSTEM)
    return order


@situation
def without_a_mail_address() -> Order:
    order = placed_order()
    order.email = ""
    search.index(order)
    return order
