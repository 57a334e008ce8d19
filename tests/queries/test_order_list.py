"""The list of orders as it is asked of the database."""

from __future__ import annotations

import pytest
from sqlalchemy import func, literal, select, text

from app.extensions import db
from app.models import MailState, OutgoingMail
from app.queries.order_list import SORTS, Question, count_to_cap, find, page_ids, plan_for, write_out
from tests.factories import placed_order


@pytest.mark.each_database
@pytest.mark.parametrize("said", ["5% off", "100%%", "%s", "%(name)s", "it's ?", ":name"])
def test_a_count_that_is_written_out_may_say_anything(database, said):
    count = select(func.count()).where(literal(said) == literal(said), literal(said).like("%")).scalar_subquery()

    assert db.session.execute(select(write_out(count), literal("bound"))).one() == (1, "bound")
    assert db.session.scalar(select(write_out(select(func.length(literal(said))).scalar_subquery()))) == len(said)


@pytest.mark.parametrize("sort", ["placed_at", "total"])
def test_words_too_short_to_look_up_are_found_by_indexes(database, sort):
    question = Question(search="ja", sort=sort)
    plan = plan_for(question, "UTC")
    page = select(page_ids(question, plan, SORTS[sort] if plan.sort is None else plan.sort))

    for statement in (select(count_to_cap(plan.where_to_count)), page):
        asked = str(statement.compile(db.engine, compile_kwargs={"literal_binds": True}))
        steps = [step for _id, _parent, _unused, step in db.session.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
        of_orders = [step for step in steps if "orders" in step]
        assert len(of_orders) == 3
        assert all("(number>?" in step or "(customer_name>?" in step for step in of_orders), of_orders


@pytest.mark.each_database
def test_an_order_with_two_mails_that_failed_is_counted_once(database):
    order = placed_order()
    for key in ("one", "two"):
        mail = OutgoingMail(kind="order_paid", once_key=key, message_id=key, to_address="a@example.org", to_name="")
        mail.order_id, mail.subject, mail.body, mail.language, mail.state = order.id, "", "", "en", MailState.FAILED
        db.session.add(mail)
    db.session.flush()

    assert find(Question(), "UTC").views["mail_failed"] == 1
