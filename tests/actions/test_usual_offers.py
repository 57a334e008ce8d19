"""Methods that are usual in a country: offered by a tick, in the shop's language, once."""

from __future__ import annotations

import pytest

from app import queries
from app.actions.usual_offers import SHIPPINGS, offer_usual, usual_payments, usual_shippings
from app.documents.vat import EU
from app.extensions import db
from app.history import SYSTEM
from app.models import PaymentMethod, ShippingMethod

pytestmark = pytest.mark.usefixtures("database")


def test_those_of_the_country_stand_first() -> None:
    assert [next(iter(usual_payments(country))) for country in ("NL", "BE", "AT", "US")] == [
        "ideal", "bancontact", "klarna", "card",
    ]  # fmt: skip
    assert next(iter(usual_shippings("FR"))) == "colissimo"


def test_they_are_titled_in_the_language_of_the_shop_and_come_once() -> None:
    queries.shop().language, queries.shop().country = "de", "DE"
    assert offer_usual("payment", ["transfer", "ideal"], by=SYSTEM) == 1
    assert offer_usual("payment", ["transfer"], by=SYSTEM) == 0
    made = db.session.query(PaymentMethod).one()
    assert (made.title, made.vat_rate, made.confirms_itself) == ("Überweisung", 19, False)
    offer_usual("shipping", ["dhl-de", "pick-up"], by=SYSTEM)
    dhl, pick_up = db.session.query(ShippingMethod).order_by(ShippingMethod.id)
    assert (dhl.carrier, "{code}" in dhl.tracking_url) == ("DHL", True)
    assert (pick_up.carrier, pick_up.is_pick_up) == ("", True)


@pytest.mark.parametrize("key", SHIPPINGS)
def test_each_carrier_has_a_page_for_its_codes(key: str) -> None:
    one = SHIPPINGS[key]
    assert one.is_pick_up != (one.tracking_url.startswith("https://") and "{code}" in one.tracking_url)


@pytest.mark.parametrize("country", sorted((EU - {"EL"}) | {"GR", "GB", "NO", "CH"}))
def test_every_country_has_some(country: str) -> None:
    assert len(usual_payments(country)) > 2
    assert len(usual_shippings(country)) > 2
