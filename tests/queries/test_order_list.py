"""The list of orders as it is asked of the database."""

from __future__ import annotations

import pytest
from sqlalchemy import func, literal, select

from app.extensions import db
from app.queries.order_list import write_out


@pytest.mark.each_database
@pytest.mark.parametrize("said", ["5% off", "100%%", "%s", "%(name)s", "it's ?", ":name"])
def test_a_count_that_is_written_out_may_say_anything(database, said):
    count = select(func.count()).where(literal(said) == literal(said), literal(said).like("%")).scalar_subquery()

    assert db.session.execute(select(write_out(count), literal("bound"))).one() == (1, "bound")
    assert db.session.scalar(select(write_out(select(func.length(literal(said))).scalar_subquery()))) == len(said)
