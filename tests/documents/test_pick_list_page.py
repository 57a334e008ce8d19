"""The pick list on paper, and packing slips with prices."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app import queries
from app.actions.shipments import create_packing_slip
from app.columns import now
from app.config import LANGUAGES
from app.documents.packing_slip_page import slip_facts
from app.documents.packing_slips import packing_slip
from app.documents.pick_list_page import draw_pick_list, pick_list_page
from app.documents.wording import words_in
from app.extensions import db
from app.history import SYSTEM
from app.models import Product
from app.queries.packing import Pick, pick_list, slips_to_pack
from tests.documents.printed_text import lines_of, pages_in, shop_in_delft
from tests.factories import line, paid_order

pytestmark = pytest.mark.usefixtures("database")


def test_it_goes_along_the_shelves_with_a_box_for_each() -> None:
    shop = shop_in_delft()
    db.session.add_all([Product(name="Mug", sku="MUG-30", location="A-10"), Product(name="Pot", sku="POT-1")])
    db.session.flush()
    for _each in range(2):
        create_packing_slip(paid_order(), by=SYSTEM)
    db.session.commit()

    picks = pick_list(slips_to_pack(10))
    said = lines_of(draw_pick_list(picks, shop, "en", at=now()))

    assert said[said.index("Parcels") + 1] == "2"
    places = [said.index(text) for text in ("A-10", "–")]
    assert places == sorted(places)
    assert said[places[0] + 1 : places[0] + 3] == ["6", "Stoneware mug"]
    assert said.count("☐") == len(picks) == 2
    for language in LANGUAGES:
        page = pick_list_page(picks, shop, language, now())
        assert words_in(language)["pick_list"] in page
        assert "PS00001 (3 ×), PS00002 (3 ×)" in page


def test_a_long_one_goes_on_to_the_next_page() -> None:
    picks = [Pick(f"A-{n}", "Donaudampfschifffahrt " * 6, "", f"SKU-{n}", Decimal(n)) for n in range(40)]
    for pick in picks:
        pick.parcels = {f"PS{n:05}": Decimal(1) for n in range(12)}
    assert pages_in(draw_pick_list(picks, shop_in_delft(), "de", at=now())) > 2


def test_a_slip_has_prices_where_the_shop_wants_them() -> None:
    shop = shop_in_delft()
    mugs = line("Stoneware mug", quantity="3", unit_price="1012.50", sku="MUG-30")
    order = paid_order(lines=[mugs], total=mugs.total, language="en")
    create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(2)})
    db.session.commit()
    slip = order.shipments[0]

    plain = packing_slip(slip)
    assert "prices" not in slip_facts(slip, shop, {}, "en")
    shop.slips_with_prices = True
    db.session.commit()
    priced = lines_of(packing_slip(slip))

    assert not {"1,012.50", "2,025.00"} & set(lines_of(plain))
    assert {"Unit price", "1,012.50", "2,025.00", "Prices and amounts in EUR, VAT included."} <= set(priced)
    queries.shop().slips_with_prices = False
    db.session.commit()
    assert packing_slip(slip) == plain
