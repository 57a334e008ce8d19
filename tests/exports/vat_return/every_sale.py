"""A shop in one of some countries that sells all that a VAT return tells apart."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.actions.credit_notes import create_credit_note
from app.actions.invoices import issue_invoice
from app.columns import now
from app.exports.figures import FigureScope
from app.exports.figures.spans import Span
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import Invoice, InvoiceMoment, MarginScheme, Product, ZeroRate
from app.queries import shop
from tests.factories import address, line, placed_order

SELLERS = {
    "NL": ("NL853746333B01", "3811 LM"),
    "BE": ("BE0123456749", "1000"),
    "DE": ("DE136695976", "10115"),
    "FR": ("FR83404833048", "75001"),
    "ES": ("ESX9999999J", "28001"),
    "AT": ("ATU12345675", "1010"),
}
ABROAD = {"vat_id": "LU26375245", "country": "LU", "postcode": "1111"}

#: Of a country its rates, the standard one first.
RATES = {"NL": ("21", "9"), "BE": ("21", "12", "6"), "DE": ("19", "7"), "FR": ("20", "10", "5.5", "2.1"),
         "ES": ("21", "10", "4")}  # fmt: skip


def this_year() -> FigureScope:
    today = now().date()
    return FigureScope(Span(today - timedelta(days=40), today + timedelta(days=1)), shop().time_zone)


def move_to(country: str) -> None:
    own = shop()
    own.country, (own.vat_id, own.postcode) = country, SELLERS[country]
    own.invoice_moment, own.uses_oss, own.zero_rate = InvoiceMoment.MANUAL, True, ZeroRate.ASKED


def sell(rate: str, price: str, *, kind: str = "product", to: str = "", vat_id: str = "", **stated: Any) -> Invoice:
    """One article at a price with its VAT, invoiced."""
    one = line("Vase", quantity="1", unit_price=price, rate=rate, kind=kind, sku=stated.pop("sku", ""))
    place = address(country=to or shop().country, postcode=stated.pop("postcode", "4000"))
    company = "Kopje BV" if vat_id else ""
    buyer = NewCustomer(name="Femke Jansen", company=company, vat_id=vat_id, email="femke@example.org")
    order = placed_order(
        lines=[one], total=one.total, tax_total=one.taxes[0].amount, customer=buyer, billing=place, shipping=place,
        **stated,
    )  # fmt: skip
    db.session.flush()
    invoice = issue_invoice(order, by=SYSTEM)
    db.session.flush()
    return invoice


def sell_everything(country: str) -> None:
    """At each rate 100.60 without VAT and a second time 20.00 that is credited; then all that bears no VAT at home."""
    move_to(country)
    for rate in RATES.get(country, ("20",)):
        sell(rate, with_vat("100.60", rate))
        create_credit_note(sell(rate, with_vat("20.00", rate)), by=SYSTEM, everything=True)
    sell("0", "300.75", to="LU", vat_id=ABROAD["vat_id"])
    create_credit_note(sell("0", "10.00", to="LU", vat_id=ABROAD["vat_id"]), by=SYSTEM, everything=True)
    sell("0", "80.10", kind="fee", to="LU", vat_id=ABROAD["vat_id"])
    sell("0", "50.60", to="US")
    sell("17", "117.00", to="LU")
    sell("0", "7.70")
    sell("33", "133.00")
    sell(RATES.get(country, ("20",))[0], "12.00", currency="USD")
    shop().zero_rate = ZeroRate.EXEMPT
    sell("0", "40.40")
    shop().zero_rate = ZeroRate.ZERO
    sell("0", "30.30")
    shop().zero_rate = ZeroRate.MARGIN_GOODS
    sell("0", "9.90")
    db.session.add(
        Product(sku=f"OLD-{country}", name="Old", margin_scheme=MarginScheme.GOODS, purchase_price=Decimal(60))
    )
    db.session.flush()
    standard = Decimal(RATES.get(country, ("20",))[0])
    sell("0", str(60 + 100 + standard), sku=f"OLD-{country}")
    db.session.flush()


def with_vat(net: str, rate: str) -> str:
    return str((Decimal(net) * (100 + Decimal(rate)) / 100).quantize(Decimal("0.01")))
