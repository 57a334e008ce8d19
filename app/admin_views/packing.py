"""SALES > Packing: what is fetched from the shelves, and one parcel after the other that is packed and sent.

What was scanned or tapped is kept by the browser alone; what a parcel holds, and that it went, are facts of its slip.
"""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.leaving import unpaid_warning
from app.actions.packing_slips import change_packing_slip
from app.actions.shipments import create_packing_slip, send_shipment
from app.admin_views.action_forms import fingerprint, form_on
from app.admin_views.base import Beginning, StaffPage
from app.admin_views.dashboard.action_dialog import PopUp, in_order, submit_dialog
from app.admin_views.dashboard.buttons import lacking, why_not
from app.admin_views.dashboard.mail_lines import mails_of_sending
from app.admin_views.dashboard.shipping import slip_label
from app.admin_views.documents import document_button
from app.admin_views.list_page import Capped
from app.admin_views.printouts import PICK_LIST
from app.admin_views.run_action import run_on_each
from app.admin_views.signin import demand_right, may
from app.extensions import read_only
from app.models import JobKind, Shipment
from app.pages.formatting import country
from app.queries.packing import (
    MOST_COUNTED,
    count_to_pack,
    locations_of,
    orders_without_slip,
    pick_list,
    place_in_walk,
    slip_after,
    slip_meant,
    slip_numbered,
    slips_to_pack,
)
from app.security import form_tokens

#: So many parcels are fetched at once; one may choose.
PARCELS = (5, 10, 20, 50)
USUAL = 10

#: So many packing slips are made by one press.
MOST_MADE = 50

LONGEST_SCAN = 60


def parcels_at_once() -> int:
    asked = request.args.get("parcels", USUAL, type=int)
    return asked if asked in PARCELS else USUAL


class Packing(StaffPage):
    begins = (Beginning(_l("Create and print packing slips"), ".index", create_packing_slip.right),)

    @expose("/")
    def index(self) -> ResponseReturnValue:
        scanned = request.args.get("scan", "").replace("\0", "").strip()[:LONGEST_SCAN]
        if scanned and (number := slip_meant(scanned)):
            return redirect(url_for(".parcel", slip_number=number))
        most = parcels_at_once()
        slips = slips_to_pack(most)
        return str(
            self.render(
                "admin/packing/index.html",
                slips=slips,
                country=country,
                picks=pick_list(slips),
                waiting=Capped(count_to_pack(), MOST_COUNTED),
                sizes=[(url_for(".index", parcels=one), one, one == most) for one in PARCELS],
                without=Capped(len(orders_without_slip(MOST_MADE + 1)), MOST_MADE),
                pick_list_url=url_for(".pick_list_pdf", parcels=most),
                most_made=MOST_MADE,
                why_not_make=lacking(create_packing_slip.right),
                not_found=scanned,
                print_kind=JobKind.PRINT_PACKING_SLIPS,
            )
        )

    @expose("/pick-list.pdf")
    def pick_list_pdf(self) -> Response:
        return PICK_LIST.send(slips_to_pack(parcels_at_once()) or abort(404))

    @expose("/make", methods=["POST"])
    def make(self) -> ResponseReturnValue:
        """A packing slip for each of the oldest orders that have none and can go."""
        demand_right(create_packing_slip.right)
        form_tokens.lead_back_to(url_for(".index"))
        with read_only():
            numbers = orders_without_slip(MOST_MADE)
        if numbers:
            run_on_each(create_packing_slip, numbers, back=url_for(".index"))
        else:
            flash(_("Every order that can go has its packing slip."), "success")
        return redirect(url_for(".index"), code=303)

    @expose("/next")
    def next(self) -> ResponseReturnValue:
        """The parcel after the one in the address; the list where none is left."""
        number = slip_after(request.args.get("after", "").replace("\0", ""))
        return redirect(url_for(".parcel", slip_number=number) if number else url_for(".index"))

    @expose("/<slip_number>")
    def parcel(self, slip_number: str) -> ResponseReturnValue:
        return self.page(slip_numbered(slip_number) or abort(404))

    @expose("/<slip_number>/sent", methods=["POST"])
    def send(self, slip_number: str) -> ResponseReturnValue:
        """Sent, and on to the next one; a refusal stands beside what was entered."""
        demand_right(send_shipment.right)
        onward = url_for(".next", after=slip_number)
        form_tokens.lead_back_to(onward)
        with read_only():
            slip = slip_numbered(slip_number) or abort(404)
            number, slip_id = slip.order.number, slip.id
        shown = submit_dialog(send_shipment, in_order(number), slip_id)
        if isinstance(shown, PopUp):
            return self.page(slip_numbered(slip_number) or abort(404), shown)
        return redirect(onward, code=303)

    def page(self, slip: Shipment, shown: PopUp | None = None) -> tuple[str, int]:
        places = locations_of([line.order_line for line in slip.lines])
        change = document_button(change_packing_slip, slip)
        return self.render(
            "admin/packing/parcel.html",
            slip=slip,
            country=country,
            order=slip.order,
            label=slip_label(slip.order, slip),
            lines=sorted(slip.lines, key=lambda line: place_in_walk(places.get(line.order_line.product_id or 0, ""))),
            places=places,
            form=shown.form if shown else form_on(send_shipment, slip),
            seen=shown.seen if shown else fingerprint(send_shipment, slip),
            said=(shown.refusal or shown.news or "") if shown else "",
            reason=why_not(send_shipment, slip),
            warning=unpaid_warning(slip.order) if slip.is_open else "",
            change=change if slip.is_open and may(change_packing_slip.right) else None,
            **mails_of_sending(send_shipment, slip),
        ), (shown.status if shown else 200)
