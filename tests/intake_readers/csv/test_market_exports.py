"""Exports of market places and of Squarespace, as they download them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.intake_readers import NewOrder, orders_in
from app.intake_readers.csv.files import first_look, understand
from app.intake_readers.decoding import decode_file
from app.intake_readers.recognising import recognise_source

SAMPLES = Path(__file__).parent.parent / "samples"

ETSY_ORDERS = """\
Sale Date,Order ID,Buyer User ID,Full Name,First Name,Last Name,Number of Items,Payment Method,Date Shipped,Street 1,\
Street 2,Ship City,Ship State,Ship Zipcode,Ship Country,Currency,Order Value,Coupon Code,Coupon Details,\
Discount Amount,Shipping Discount,Shipping,Sales Tax,Order Total,Status,Card Processing Fees,Order Net,SKU
12/31/22,3159107009,,Femke Jansen,Femke,Jansen,1,Credit Card,01/02/23,Voorbeeldstraat 26,,Delft,,2611 GS,Netherlands,\
EUR,17,SPRING,% off,4.25,0,4.13,0,16.88,,0.76,16.12,
"""

#: As eBay writes it in Germany.
EBAY_DE = """\
Verkaufsprotokollnummer;Bestellnummer;Nutzername des Käufers;Name des Käufers;Angebotstitel;Anzahl;Verkauft für;\
Verpackung und Versand;Gesamtbetrag;Verkauft am;Zahlungsdatum
;;;;;;;;;;
1;23-12345-12345;femke88;Femke Jansen;Becher;2;56,00 €;4,99 €;116,99 €;10-Dez-25;10-Dez-25

1;Datensätze: record(s) downloaded
"""


def sample(source: str) -> str:
    return decode_file(next(SAMPLES.glob(f"{source}.*")).read_bytes())


def order_of(text: str) -> NewOrder:
    source = recognise_source(text)
    (found,) = orders_in(source, text, currency="EUR", time_zone="Europe/Amsterdam")
    assert found.problem is None
    assert found.order is not None
    (again,) = orders_in(source, found.raw, currency="EUR", time_zone="Europe/Amsterdam")
    assert again.order == found.order
    return found.order


MUG, PLATE = ("Mug, speckled", "MUG-B", "2"), ("Plate", "PLATE", "1")


@pytest.mark.parametrize(
    ("source", "number", "total", "lines", "is_sent"),
    [
        ("etsy", "3159107009", "43.20", [(*MUG, "30.60"), (*PLATE, "8.10"), ("Shipping", "", "1", "4.50")], True),
        (
            "bol",
            "A000A12BC3",
            "45.40",
            [("Mok, gespikkeld", "MUG-B", "2", "35.90"), ("Bord", "PLATE", "1", "9.50")],
            False,
        ),
        (
            "amazon",
            "302-3563777-5518068",
            "45.39",
            [(*MUG, "35.90"), (*PLATE, "9.50"), ("Standard", "", "1", "4.99"), ("Discount", "", "1", "-5.00")],
            False,
        ),
        ("ebay", "12-10044-50001", "48.45", [(*MUG, "34.00"), (*PLATE, "9.50"), ("Standard", "", "1", "4.95")], False),
        ("squarespace", "00042", "48.45", [(*MUG, "34.00"), (*PLATE, "9.50"), ("Flat rate", "", "1", "4.95")], True),
    ],
)
def test_each_export_is_known_by_its_headers_and_its_order_read(
    source: str, number: str, total: str, lines: list[tuple[str, ...]], is_sent: bool
) -> None:
    order = order_of(sample(source))

    assert (order.source, order.number, order.external_id) == (source, number, number)
    assert order.placed_at.astimezone(ZoneInfo("Europe/Amsterdam")).date().isoformat() == "2026-03-14"
    assert [(line.name, line.sku, f"{line.quantity:f}", f"{line.total:.2f}") for line in order.lines] == lines
    assert f"{order.total:.2f}" == total
    assert [f"{payment.amount:.2f}" for payment in order.payments] == [total]
    assert bool(order.shipments) == is_sent
    assert order.shipping is not None
    assert (order.shipping.name, order.shipping.country) == ("Femke Jansen", "DE" if source == "amazon" else "NL")


def test_etsy_s_list_of_orders_has_its_dates_month_first_and_no_items() -> None:
    order = order_of(ETSY_ORDERS)

    assert (order.source, order.placed_at.isoformat()) == ("etsy", "2022-12-30T23:00:00+00:00")
    assert [(line.kind, f"{line.total:.2f}") for line in order.lines] == [
        ("product", "17.00"),
        ("shipping", "4.13"),
        ("discount", "-4.25"),
    ]
    assert f"{order.total:.2f}" == "16.88"


def test_ebay_writes_in_the_language_of_its_site() -> None:
    order = order_of(EBAY_DE)

    assert (order.source, order.placed_at.isoformat()) == ("ebay", "2025-12-09T23:00:00+00:00")
    assert [(line.name, f"{line.total:.2f}") for line in order.lines] == [("Becher", "112.00"), ("Shipping", "4.99")]


def test_the_tax_of_amazon_is_in_prices_where_the_report_says_what_they_are_without() -> None:
    order = order_of(sample("amazon"))
    elsewhere = order_of(sample("amazon").replace("vat-exclusive-item-price", "other"))

    assert order.prices_include_tax
    assert [f"{tax.amount:.2f}" for line in order.lines for tax in line.taxes][:2] == ["5.73", "1.52"]
    assert (elsewhere.prices_include_tax, f"{elsewhere.total:.2f}") == (False, "53.44")


def test_what_ebay_writes_around_its_table_is_said() -> None:
    told = understand(sample("ebay"), None)

    assert (told.above, len(told.beside), told.blank) == ([""], 2, 2)
    assert first_look(sample("ebay")).is_known


def test_a_first_row_that_is_not_the_sum_of_its_products_is_refused() -> None:
    (found,) = orders_in("ebay", sample("ebay").replace("€43.50", "€44.50"), currency="EUR")

    assert found.problem is not None
    assert found.problem.field == "row 4, Sold For"


AMAZON = """\
order-id,order-item-id,purchase-date,payments-date,product-name,quantity-purchased,currency,item-price,item-tax,\
shipping-price,shipping-tax,gift-wrap-price,gift-wrap-tax,item-promotion-discount,ship-promotion-discount,%s
302-1,1,2026-03-14T18:54:21+00:00,,Mug,2,EUR,35.90,3.00,3.99,0.30,2.00,0.20,-5.00,-3.99,
302-1,2,2026-03-14T18:54:21+00:00,,Plate,1,EUR,10.00,1.00,1.00,0.10,,,,,
"""


@pytest.mark.parametrize(
    ("last", "total"),
    [("item-promotion-id", "48.50"), ("vat-exclusive-item-price", "43.90")],  # tax on top, and in Europe within
)
def test_promotions_of_amazon_on_shipping_are_taken_off_and_tax_on_gift_wrap_is_added(last: str, total: str) -> None:
    order = order_of(AMAZON.replace(",", "\t") % last)

    assert order.total == Decimal(total)
    assert [str(line.total) for line in order.lines if line.kind == "discount"] == ["-3.99", "-5"]


ALL_ORDERS = """\
amazon-order-id,merchant-order-id,purchase-date,order-status,sales-channel,ship-service-level,product-name,sku,\
item-status,quantity,currency,item-price,item-tax,shipping-price,shipping-tax,item-promotion-discount,\
ship-promotion-discount,ship-city,ship-country
""".replace(",", "\t")


@pytest.mark.parametrize(
    ("status", "paid", "is_sent", "is_cancelled"),
    [("Shipped", ["30.90"], True, False), ("Pending", [], False, False), ("Cancelled", [], False, True)],
)
def test_all_orders_of_amazon_are_read_with_the_items_that_are_left(
    status: str, paid: list[str], is_sent: bool, is_cancelled: bool
) -> None:
    row = f"302-1\t\t2026-03-14T18:54:21+00:00\t{status}\tAmazon.de\tExpedited\t"
    gone = f"{row}Plate\tP\tCancelled\t0\t\t\t\t\t\t\t\tBerlin\tDE\n"
    order = order_of(f"{ALL_ORDERS}{row}Mug\tM\t{status}\t2\tEUR\t35.90\t\t3.99\t\t5.00\t3.99\tBerlin\tDE\n{gone}")

    assert order.number == "302-1"
    assert order.total == Decimal("30.90")
    assert [(line.name, str(line.quantity)) for line in order.lines[:2]] == [("Mug", "2"), ("Plate", "0")]
    assert [payment.amount for payment in order.payments] == [Decimal(one) for one in paid]
    assert (bool(order.shipments), bool(order.cancelled_at)) == (is_sent, is_cancelled)


def test_all_orders_of_amazon_with_tax_ask_whether_prices_include_it() -> None:
    row = "302-1\t\t2026-03-14T18:54:21+00:00\tShipped\t\t\tMug\tM\tShipped\t1\tEUR\t35.90\t5.73\t\t\t\t\tBerlin\tDE\n"

    (found,) = orders_in("amazon", ALL_ORDERS + row, currency="EUR")

    assert found.problem
    assert "whether prices include tax. Choose it." in found.problem.reason
