"""The page of one order: its tabs, its pop-ups, its maps and its prints."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TypeVar

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app import maps, queries
from app.actions.addresses import change_address
from app.actions.declaration import AnyAction
from app.actions.lines import edit_lines
from app.actions.quotes import why_not_quote
from app.admin_views.base import StaffPage
from app.admin_views.dashboard import loading
from app.admin_views.dashboard.action_dialog import PopUp, in_order, open_dialog, preview_dialog, submit_dialog
from app.admin_views.dashboard.adding_products import add_by_hand
from app.admin_views.dashboard.bar import bar
from app.admin_views.dashboard.header import header
from app.admin_views.dashboard.offered_actions import offered_actions
from app.admin_views.dashboard.pop_ups import parts_of
from app.admin_views.dashboard.quick_look import quick_look
from app.admin_views.dashboard.tabs import TABS, blocks_of, tab_of
from app.admin_views.neighbours import LIST_PART, ThroughList, asked_of_list
from app.admin_views.signin import demand_right
from app.documents import packing_slips, printing
from app.documents.quotes import keep_quote, last_quote, print_quote
from app.documents.return_slip_page import WITH_SLIP, draw_return_slip
from app.einvoices.missing import Incomplete
from app.einvoices.storing import FORMATS, e_invoice
from app.errors import ActionRefused
from app.mails.message import file_name
from app.models import AddressKind, EInvoiceFormat, Invoice, Order, Return, Shipment
from app.pages.policy import let_frames_in
from app.pages.preferences import local_path
from app.queries.order_list import Question, read_question
from app.security import form_tokens

Part = TypeVar("Part", Invoice, Shipment, Return)

MAP_SIZE = (320, 160)


class OrderDashboard(ThroughList, StaffPage):
    """Beside the list of orders, under the same address: /admin/order/<number>."""

    stands_under = "order"  # what the menu marks while this page is open

    def is_visible(self) -> bool:
        return False  # the menu leads to the list

    @expose("/<number>")
    def show(self, number: str) -> ResponseReturnValue:
        page = loading.order_page(number, asked_list())
        if page is None and (now := loading.number_now(number)) != number:
            return redirect(url_for(".show", number=now, tab=tab_of(request.args.get("tab", "")) or None))
        if page is None:
            return self.render("admin/order/unknown.html", number=number), 404
        if origin := maps.ORIGINS.get(queries.shop().maps):
            let_frames_in(origin)
        tab = tab_of(request.args.get("tab", ""))
        shown = {**header(page, tab), **blocks_of(page, tab), "bar": bar(page)}
        return self.render(f"admin/order/{TABS[tab].template}.html", order=page.order, tab=tab, **shown)

    @expose("/<number>/look")
    def look(self, number: str) -> str:
        """What is most asked of an order, at the side of a list."""
        order = find_order_or_404(number)
        return self.render("admin/order/look.html", **quick_look(order, request.args.get("url", "")))

    # --- doing something ---

    @expose("/<number>/<action_name>", methods=["GET", "POST"])
    @expose("/<number>/<action_name>/<int:record_id>", methods=["GET", "POST"])
    def act(self, number: str, action_name: str, record_id: int | None = None) -> ResponseReturnValue:
        """Two people may place a draft at once: the second one is told so on the order."""
        return self.answer(offered_actions().get(action_name) or abort(404), number, record_id)

    @expose("/<number>/add-product", methods=["POST"])
    def add_product(self, number: str) -> ResponseReturnValue:
        """Once more the product that was pressed, or the one whose SKU was scanned or typed."""
        demand_right(edit_lines.right)
        form_tokens.lead_back_to(self.back(number))
        try:
            flash(add_by_hand(number, request.form), "success")
        except ActionRefused as no:
            flash(str(no), "error")
        return redirect(self.back(number), code=303)

    @expose("/<number>/change_address/<any(billing, shipping):kind>", methods=["GET", "POST"])
    def change_address(self, number: str, kind: str) -> ResponseReturnValue:
        return self.answer(change_address, number, None, kind=AddressKind(kind))

    def answer(self, action: AnyAction, number: str, record_id: int | None, **more: object) -> ResponseReturnValue:
        """GET opens the pop-up; POST does it and goes back to the order, or shows the pop-up with what is wrong."""
        if request.method != "POST":
            return self.pop_up(open_dialog(action, in_order(number), record_id, **more))
        if "preview" in request.form and action.preview:
            return self.pop_up(preview_dialog(action, in_order(number), record_id, **more))
        form_tokens.lead_back_to(self.back(number))
        answer = submit_dialog(action, in_order(number), record_id, **more)
        return self.pop_up(answer) if isinstance(answer, PopUp) else redirect(self.back(answer or number), code=303)

    def pop_up(self, shown: PopUp) -> ResponseReturnValue:
        template = f"admin/order/dialogs/{shown.action.dialog}.html"
        return self.render(template, shown=shown, back=self.back(shown.order.number), **parts_of(shown)), shown.status

    def back(self, number: str) -> str:
        """The tab that is open, or the list from whose row somebody acts."""
        if left := request.args.get("url"):
            return local_path(left)
        tab = tab_of(request.args.get("tab", ""))
        return url_for(".show", number=number, tab=tab or None)

    # --- maps and prints ---

    @expose("/<number>/map/<any(billing, shipping):kind>.svg")
    def map(self, number: str, kind: str) -> Response:
        """Drawn from the address."""
        order = find_order_or_404(number)
        address = (order.billing if kind == AddressKind.BILLING else order.shipping) or abort(404)
        place = maps.locate(address)
        if isinstance(place, maps.NoPlace):
            return Response(status=204)  # a page opened before the address changed may still ask
        width, height = MAP_SIZE
        svg = maps.draw(place, width=width, height=height, dark="dark" in request.args)
        return Response(svg, mimetype="image/svg+xml")

    @expose("/<number>/invoices.pdf")
    def invoices_pdf(self, number: str) -> Response:
        order = find_order_or_404(number)
        if not order.invoices:
            abort(404)
        return pdf(printing.all_of(order, asked_language(order)), _("invoices %(number)s", number=number))

    @expose("/<number>/invoice/<int:invoice_id>.pdf")
    def invoice_pdf(self, number: str, invoice_id: int) -> Response:
        invoice = part(find_order_or_404(number).invoices, invoice_id)
        return pdf(printing.printed(invoice).content, invoice.number)

    @expose("/<number>/invoice/<int:invoice_id>/<any(ubl, cii, factur_x):written>")
    def e_invoice(self, number: str, invoice_id: int, written: str) -> ResponseReturnValue:
        """The file, or the order, which says what is missing for it."""
        invoice = part(find_order_or_404(number).invoices, invoice_id)
        try:
            kept = e_invoice(invoice, EInvoiceFormat(written))
        except Incomplete as incomplete:
            flash(str(incomplete), "error")
            return redirect(self.back(number), code=303)
        made, name = FORMATS[kept.format], file_name(invoice.number)
        return send_file(
            io.BytesIO(kept.content), made.media_type, download_name=name + made.ending, as_attachment=True
        )

    @expose("/<number>/quote.pdf")
    def quote_pdf(self, number: str) -> Response:
        """Of a draft as it is now; of an order the last quote that was made of it."""
        order = find_order_or_404(number)
        quote = (last_quote(order) if why_not_quote(order) else keep_quote(order)) or abort(404)
        return pdf(print_quote(quote), _("quote %(number)s", number=str(quote)))

    @expose("/<number>/packing-slip/<int:shipment_id>.pdf")
    def packing_slip_pdf(self, number: str, shipment_id: int) -> Response:
        shipment = part(find_order_or_404(number).shipments, shipment_id)
        return pdf(packing_slips.packing_slip(shipment), shipment.number)

    @expose("/<number>/return/<int:return_id>.pdf")
    def return_slip_pdf(self, number: str, return_id: int) -> Response:
        """In the language of the customer, who puts it into the parcel."""
        goods_return = part(find_order_or_404(number).returns, return_id)
        if goods_return.status not in WITH_SLIP:
            abort(404)
        return pdf(draw_return_slip(goods_return, queries.shop()), goods_return.number)


#: Flask-Admin wants a view to begin from; without a number that is the list, beside this page.
OrderDashboard._default_view = "show"


def asked_list() -> Question:
    """The list of orders that the page was reached through; as it opens where no other is named."""
    return read_question(asked_of_list(request.args.get(LIST_PART, ""), url_for("order.index_view")) or {})


def find_order_or_404(number: str) -> Order:
    """The order; also by the number that it had as a draft, which a page that is still open may ask for."""
    return loading.order_with_parts(number) or loading.order_with_parts(loading.number_now(number)) or abort(404)


def part(parts: Sequence[Part], part_id: int) -> Part:
    return next((one for one in parts if one.id == part_id), None) or abort(404)


def asked_language(order: Order) -> str:
    """The language picked beside Print invoices, if the shop offers it, else the order's own."""
    asked = request.args.get("language", "")
    return asked if asked in queries.document_languages(queries.shop()) else order.language


def pdf(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), "application/pdf", download_name=f"{name}.pdf")
