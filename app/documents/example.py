"""An invoice as the shop's will look, with an invented buyer: drawn at each asking, numbered and kept nowhere."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

from app.amounts.money import ZERO
from app.columns import now
from app.documents.drawing import ONE_PAGE, PageLayout, draw_pages
from app.documents.einvoice_facts import Says
from app.documents.invoice_page import Settlement, page_of_lines
from app.documents.payment_code import space_iban
from app.documents.snapshots import local_day, seller_of
from app.documents.wording import Writing, spoken, words_in
from app.models import Shop

#: Of an invoice of two lines, in the currency: name, SKU, quantity, price with VAT, discount.
EXAMPLE_LINES = (
    ("Stoneware mug", "MUG-30", 3, Decimal("12.50"), Decimal("2.50")),
    ("Teapot", "POT-1", 1, Decimal("24.20"), ZERO),
)

EXAMPLE_NUMBER = "0000"


def draw_example(shop: Shop, rate: Decimal, language: str = "") -> bytes:
    """As PDF, in the language or else the shop's; `rate`: of VAT in percent, which a small business charges none of.

    The shop may be one that is tried out: nothing is read of it but its columns.
    """
    says = example_snapshot(shop, ZERO if shop.is_small_business else rate)
    page = partial(example_page, says, spoken(language or shop.language, shop.language))
    return draw_pages(page, says, at=now()).pdf


def example_page(says: Says, language: str, layout: PageLayout = ONE_PAGE) -> str:
    writing, words = Writing(language, says["currency"]), words_in(language)
    open_amount = Decimal(says["total"])
    asked = words["please_pay"].format(amount=writing.money(open_amount), date=writing.day(says["due_on"]))
    seller, lines = says["seller"], [asked]
    if seller["iban"]:
        to = {"iban": space_iban(seller["iban"]), "name": seller["name"], "number": says["number"]}
        lines.append(words["transfer_to"].format(**to))
    settlement = Settlement(paid=ZERO, open=open_amount, lines=lines, code="")
    return page_of_lines(says, settlement, writing, "", layout)


def example_snapshot(shop: Shop, rate: Decimal) -> Says:
    """The keys are those of `snapshots.of_invoice`."""
    today = local_day(now(), shop)
    total = sum((quantity * price - less for _name, _sku, quantity, price, less in EXAMPLE_LINES), ZERO)
    tax = round(total * rate / (100 + rate), 2)
    taxed = {"name": "", "rate": str(rate), "base": str(total - tax), "tax": str(tax)}
    buyer = {"name": "Jamie Example", "company": "", "street": "High Street 1", "street2": "", "postcode": "1000",
             "city": "Exampletown", "region": "", "country": shop.country, "vat_id": "", "email": ""}  # fmt: skip
    return {
        "kind": "invoice",
        "number": EXAMPLE_NUMBER,
        "currency": shop.currency,
        "issued_on": today.isoformat(),
        "due_on": (today + timedelta(days=shop.payment_term_days)).isoformat(),
        "delivered_on": "",
        "credits": None,
        "time_zone": shop.time_zone,
        "shop_language": shop.language,
        "seller": seller_of(shop),
        "buyer": buyer,
        "contact": [],
        "ship_to": None,
        "order": {"number": EXAMPLE_NUMBER, "external_number": "", "placed_on": today.isoformat()},
        "payment_method": "",
        "prices_include_tax": True,
        "lines": [
            {"kind": "product", "name": name, "variant": "", "sku": sku, "quantity": str(quantity),
             "unit_price": str(price), "discount": str(less), "taxes": [taxed], "amount": str(quantity * price - less)}
            for name, sku, quantity, price, less in EXAMPLE_LINES
        ],
        "vat": [taxed],
        "supply_inside_eu": False,
        "export": False,
        "small_business": shop.is_small_business,
        "net": str(total - tax),
        "tax": str(tax),
        "total": str(total),
    }  # fmt: skip
