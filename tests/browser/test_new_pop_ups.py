"""Pop-ups of an order are usable by everybody, in each state that has one: on phone and screen, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.actions.credit_notes import create_credit_note
from app.actions.shipments import create_packing_slip, mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import Order
from tests.factories import paid_order


def packed(order: Order) -> str:
    return str(create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: order.lines[0].quantity}).id)


def sent(order: Order) -> str:
    (shipment,) = mark_sent(order, by=SYSTEM, notify=False)
    return str(shipment.id)


def sent_whole(order: Order) -> str:
    sent(order)
    return ""


def credited(order: Order) -> str:
    line = order.lines[0]
    return str(create_credit_note(order.invoices[0], by=SYSTEM, quantities={line.id: line.quantity}).id)


def invoiced(order: Order) -> str:
    return str(order.invoices[0].id)


def as_it_is(order: Order) -> str:
    return ""


#: Which action, what is done before, and on what of the order it is.
POP_UPS: dict[str, Callable[[Order], str]] = {
    "change_order": as_it_is,
    "cancel_order": packed,
    "correct_buyer": invoiced,
    "make_invoice_anew": invoiced,
    "create_credit_note": invoiced,
    "change_invoice": credited,
    "change_packing_slip": packed,
    "change_tracking": packed,
    "mark_lost": sent,
    "create_return": sent_whole,
    "mark_sent": as_it_is,
}


#: Colours change by and by; what is folded away, such as in a closed <details>, waits with it until it is unfolded.
COLOURS_ARE_CHANGED = """Promise.all(
  document.getAnimations().filter(one => one.effect.target.checkVisibility()).map(one => one.finished))"""


def test_pop_ups_in_both_themes_on_phone_and_screen(app, signed_in: Page, assert_accessible):
    """In the dark, only the colours are others. What lies behind a pop-up is looked at by itself."""
    page, dialog = signed_in, signed_in.locator("#dialog")
    for name, begin in POP_UPS.items():
        with app.app_context():
            order = paid_order()
            about, number = begin(order), order.number
            db.session.commit()
        path = f"/admin/order/{number}/{name}" + (f"/{about}" if about and name != "cancel_order" else "")
        page.goto(f"/admin/order/{number}")
        page.evaluate(
            "path => htmx.ajax('GET', path, {target: '#dialog-body', headers: {'HX-Target': 'dialog-body'}})", path
        )
        expect(dialog).to_be_visible()

        for scheme, rules in (("light", ()), ("dark", ("color-contrast", "link-in-text-block"))):
            page.emulate_media(color_scheme=scheme)
            for width in (1360, 390):
                page.set_viewport_size({"width": width, "height": 850})
                page.evaluate(COLOURS_ARE_CHANGED)
                assert_accessible(page, rules=rules, within="#dialog")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name
                assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth"), (name, scheme, width)
        assert dialog.evaluate("dialog => dialog.contains(document.activeElement)"), name
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
