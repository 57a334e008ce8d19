"""What a VAT return says of its boxes, in the reader's words."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.exports.vat_return.filling import ApartLine, BoxLine
from app.exports.vat_return.form import CURRENCY, WHY_UNKNOWN, Amounts, Papers, VatForm
from app.exports.vat_return.kinds import SALE_KINDS, TO_DECIDE, SaleKind
from app.extensions import ShownText
from app.pages import formatting

#: Why sales go into no box, or what to do about them.
WHY_APART: dict[SaleKind, ShownText] = {
    SaleKind.OSS: _l("Goes into the return of the One Stop Shop: see below."),
    SaleKind.SMALL: _l("A small business charges no VAT and declares none."),
    SaleKind.EXEMPT: _l("The form has no box for it."),
    SaleKind.MARGIN_REST: _l("Only the margin bears VAT."),
    SaleKind.DIFFERENCE: _l("Bears no VAT."),
    SaleKind.UNTAXED: _l(
        "Settings > VAT scheme can say what a rate of 0 stands for. Ask your accountant which box these documents "
        "belong in."
    ),
    SaleKind.UNKNOWN_RATE: _l("VAT of another country, or a rate mistyped: look at the documents."),
    SaleKind.MARGIN_UNRECKONED: _l("No purchase price was known: reckon the VAT in the margin by hand."),
    SaleKind.OTHER_SELLER: _l("Belongs in the return of that country."),
}


def explain_box(line: BoxLine) -> str:
    """What of the sales goes into it, in the reader's words, or why nothing is known of it."""
    box = line.box
    if box.unknown:
        return str(WHY_UNKNOWN[box.unknown])
    if box.adds:
        return _("The sum of %(boxes)s, as far as sales go.", boxes=", ".join(box.adds))
    said = "; ".join(str(SALE_KINDS[kind]) for kind in box.kinds)
    if box.papers == Papers.CREDIT_NOTES:
        return _("Credit notes: %(kinds)s", kinds=said)
    return said


def explain_apart(line: ApartLine) -> str:
    """Why it is in no box, or what to do about it."""
    if line.currency != CURRENCY and line.kind not in TO_DECIDE:
        return _("Convert it at the rate that your tax authority takes, and add it by hand.")
    return str(WHY_APART.get(line.kind) or _("The form has no box for it."))


def has_credit_boxes(form: VatForm) -> bool:
    return any(box.papers == Papers.CREDIT_NOTES for box in form.boxes)


def write_filled(value: Decimal | None, form: VatForm, *, is_tax: bool = False) -> str:
    """As it is typed into the form: whole, or with two decimals."""
    if value is None:
        return ""
    is_whole = form.amounts in (Amounts.IN_FAVOUR, Amounts.NEAREST) or (
        form.amounts == Amounts.WITHOUT_CENTS and not is_tax
    )
    return formatting.quantity(value) if is_whole else formatting.amount(value, CURRENCY)


def name_place(form: VatForm | None, place: str) -> ShownText:
    """The box with its title, or the kind of sale; "" where there is no such place. Without one it is all."""
    if not place:
        return _("Documents")
    if place in list(SaleKind):
        return SALE_KINDS[SaleKind(place)]
    return next((f"{box.code} {box.title}" for box in form.boxes if box.code == place), "") if form else ""


def write_rate(percent: str) -> str:
    return f"{formatting.quantity(Decimal(percent))} %" if percent else "–"
