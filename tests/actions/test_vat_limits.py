"""Which limits a shop's sales are watched against, and when they are near or crossed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.actions.vat_limits import DISTANCE_LIMIT, LimitKind, LimitState, read_limits, watched_limits
from app.extensions import db
from app.models import Shop, YearlySales
from app.queries import shop, today

FAR, NEAR, CROSSED = LimitState.FAR, LimitState.NEAR, LimitState.CROSSED


def watched(own: Shop, turnover: str = "0", distance: str = "0", last: str = "0") -> list[tuple[Decimal, LimitState]]:
    for one, sold in ((today().year, turnover), (today().year - 1, last)):
        row = db.session.get(YearlySales, one) or YearlySales(year=one)
        row.turnover, row.distance_sales = Decimal(sold), Decimal(distance)
        db.session.add(row)
    db.session.flush()
    return [(one.limit, one.state) for one in watched_limits(own)]


@pytest.mark.usefixtures("database")
def test_limits_are_those_of_the_scheme_and_country() -> None:
    own = shop()
    own.country = "NL"
    for sold, state in (("7999.99", FAR), ("8000", NEAR), ("10000", NEAR), ("10000.01", CROSSED)):
        assert watched(own, distance=sold) == [(DISTANCE_LIMIT, state)] * 2, sold
    assert {one.kind for one in watched_limits(own)} == {LimitKind.DISTANCE_SALES}

    own.uses_oss = True
    assert watched(own, distance="20000") == []
    own.uses_oss, own.is_small_business = False, True
    for sold, state in (("15999", FAR), ("16000", NEAR), ("20000", NEAR), ("20000.01", CROSSED)):
        assert watched(own, sold) == [(Decimal(20000), state), (Decimal(20000), FAR)], sold

    own.country = "DE"
    assert watched(own, "30000", last="25001") == [(Decimal(100000), FAR), (Decimal(25000), CROSSED)]
    own.country = "FR"
    assert watched(own, "86000")[0] == (Decimal(85000), CROSSED)
    own.sells_services = True
    assert watched(own, "36000")[0] == (Decimal(37500), NEAR)
    own.country = "ES"  # there is no such scheme
    assert watched(own, "90000") == []
    own.country, own.currency = "NL", "USD"
    assert watched(own, "90000") == []


def test_the_table_states_no_limit_that_is_tolerated_below_itself() -> None:
    assert {"NL", "BE", "DE", "AT", "FR"} <= set(read_limits())
    assert all(said["year"] <= said.get("tolerated", said["year"]) for said in read_limits().values())
