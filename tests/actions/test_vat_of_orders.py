"""Which rates are proposed on an order: by where it is taxed, and on the day of supply."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.actions.order_methods import wanted
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.vat_of_orders import proposed_rate, rates_on, taxed_in, usual_rate_on
from app.columns import at
from app.extensions import db
from app.history import SYSTEM
from app.models import LineKind, Order, ShippingMethod, VatCategory, VatRate
from app.queries import shop
from tests.factories import address, new_order, place

pytestmark = pytest.mark.usefixtures("database")


def order_to(country: str) -> Order:
    there = address(country=country)
    return place(new_order(billing=there, shipping=there))


def test_goods_to_another_member_state_are_at_its_rates_once_the_shop_uses_the_one_stop_shop() -> None:
    french, own = order_to("FR"), order_to("NL")
    assert (taxed_in(french), usual_rate_on(french)) == ("NL", Decimal(21))

    shop().uses_oss = True
    to_business, to_swiss = order_to("FR"), order_to("CH")
    to_business.vat_id = "FR40303265045"
    assert [taxed_in(order) for order in (french, own, to_business, to_swiss)] == ["FR", "NL", "NL", "NL"]
    assert [one.percent for one in rates_on(french)] == [Decimal(rate) for rate in ("20", "10", "5.5", "2.1")]
    assert proposed_rate(french, Decimal(21)) == Decimal(20)
    assert proposed_rate(french, Decimal(9)) == Decimal(9)  # which goods that is for nobody knows
    method = ShippingMethod(title="DHL", cost=Decimal(5), vat_rate=Decimal(21))
    assert wanted(french, LineKind.SHIPPING, method, None, None).rate == Decimal(20)

    shop().is_small_business = True
    assert (rates_on(french), usual_rate_on(french), proposed_rate(french, Decimal(21))) == ([], 0, Decimal(21))


def test_what_was_the_standard_rate_becomes_that_of_the_day_of_supply() -> None:
    shop().country = "EE"
    order = order_to("EE")
    with at(datetime(2025, 6, 30, 12, tzinfo=UTC)):
        create_packing_slip(order, by=SYSTEM)
        mark_sent(order, by=SYSTEM)
    sent_before, not_sent = order, order_to("EE")

    assert [proposed_rate(not_sent, Decimal(rate)) for rate in (22, 24, 9, 0)] == [24, 24, 9, 0]
    assert [proposed_rate(sent_before, Decimal(rate)) for rate in (22, 24)] == [22, 22]
    db.session.add(
        VatRate(country="EE", category=VatCategory.STANDARD, valid_from=date(2026, 1, 1), percent=Decimal(26))
    )
    assert (usual_rate_on(not_sent), usual_rate_on(sent_before)) == (26, 22)
