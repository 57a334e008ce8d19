"""The slip of a return: for staff at any time that goods may come, for the customer once the shop agreed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app import queries
from app.actions.returns import authorise_return, create_return, reject_return, request_return
from app.actions.shipments import mark_sent
from app.config import LANGUAGES
from app.documents.return_slip_page import WITH_SLIP, draw_return_slip, return_slip_page
from app.documents.wording import words_in
from app.extensions import db
from app.history import SYSTEM
from app.models import LogoPlace, Order, Return, ReturnStatus
from tests.documents.printed_text import lines_of, pages_in, shop_in_delft
from tests.factories import address, line, placed_order

pytestmark = pytest.mark.usefixtures("database")


def a_return(order: Order, **how: object) -> Return:
    mark_sent(order, by=SYSTEM)
    wanted = {one.id: Decimal(1) for one in order.lines if one.is_shippable}
    found = create_return(order, by=SYSTEM, quantities=wanted, **how)  # type: ignore[arg-type]
    db.session.commit()
    return found


def test_it_says_which_goods_come_why_and_where_to() -> None:
    shop = shop_in_delft()
    goods_return = a_return(
        placed_order(language="de", shipping=address(country="DE")), reason="Passt nicht", note="Grumpy"
    )

    said = lines_of(draw_return_slip(goods_return, shop))

    for text in (
        "Retourenschein", goods_return.number, "Passt nicht", "Aardewerk Delft", "Oude Delft 12", "2611 CC Delft",
        "Niederlande", "Stoneware mug", "MUG-30", "Femke Jansen",
    ):  # fmt: skip
        assert text in said
    assert "Grumpy" not in said  # that is a note of the shop
    for language in LANGUAGES:
        page = return_slip_page(goods_return, shop, language)
        assert all(words_in(language)[word] in page for word in ("return_slip", "send_to", "put_into_parcel"))
        assert f'<pdf:barcode value="{goods_return.number}"' in page


def test_a_long_one_goes_on_and_has_the_look_of_the_shop() -> None:
    shop = shop_in_delft()
    shop.accent, shop.logo_place = "#9a3412", LogoPlace.RIGHT
    rows = [line(f"Donaudampfschifffahrtsgesellschaftskapitän {n}", quantity="2", unit_price="1") for n in range(40)]
    goods_return = a_return(placed_order(lines=rows, total=Decimal(80)))

    assert "#9a3412" in return_slip_page(goods_return, shop, "en")
    assert pages_in(draw_return_slip(goods_return, shop)) >= 2


def test_only_what_may_come_has_one() -> None:
    assert {ReturnStatus.AUTHORISED, ReturnStatus.RECEIVED} == WITH_SLIP
    order = placed_order()
    mark_sent(order, by=SYSTEM)
    asked = request_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    assert asked.status not in WITH_SLIP
    authorise_return(asked, by=SYSTEM)
    assert asked.status in WITH_SLIP
    reject_return(asked, by=SYSTEM, reason="No")
    assert asked.status not in WITH_SLIP
    assert queries.shop().name
