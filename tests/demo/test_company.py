"""The demo shop's company: lent to an untouched shop only, and taken back as far as it is still the demo's."""

from __future__ import annotations

import pytest

from app.demo import plant, remove
from app.demo.company import COMPANY
from app.history import SYSTEM
from app.queries import shop, today

pytestmark = pytest.mark.usefixtures("database")


def company():
    return {name: getattr(shop(), name) for name in COMPANY}


def test_untouched_shop_gets_the_company_and_loses_it_with_the_demo():
    before = company()

    plant(today())
    during = company()
    remove(by=SYSTEM)

    assert during == COMPANY
    assert company() == before


def test_what_the_owner_entered_stays():
    plant(today())
    shop().vat_id = "NL009999999B01"

    remove(by=SYSTEM)

    assert shop().vat_id == "NL009999999B01"
    assert shop().iban == ""


def test_shop_with_data_of_its_own_keeps_them():
    shop().city = "Gent"

    plant(today())

    assert shop().city == "Gent"
    assert shop().iban == ""
