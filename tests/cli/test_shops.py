"""Connecting a shop at a terminal, and looking for news at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.columns import now
from app.extensions import db
from app.models import Connection, History, InvoicesFor, Order, Pull
from tests.arrange import Run
from tests.simulators.serving import status
from tests.simulators.woocommerce import WooShop


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


def words(shop: WooShop, *, title: str = "Mugs") -> tuple[str, ...]:
    key = shop.key
    return title, f"address={shop.url}", f"consumer_key={key.key}", f"consumer_secret={key.secret}"


def count(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_shop_is_connected_and_read(run: Run, app: Flask, woo: WooShop) -> None:
    for days in range(25):
        woo.add_order(at=now() - timedelta(days=days, hours=1))

    done = run("connect", "woocommerce", *words(woo), "--since", "2020-01-01")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Mugs is connected.")
    assert "yes: " in done.output
    with app.app_context():
        connection = db.session.scalars(select(Connection)).one()
        assert (connection.address, connection.secret != "", connection.outside_shop.title) == (woo.url, True, "Mugs")
        assert db.session.scalars(select(History.actor_name).distinct()).all() == ["command line"]

    read = run("pull")
    assert (read.exit_code, read.output) == (0, "Mugs: nothing new\nMugs: older orders: 25 new or changed\n")
    assert count(app, Order) == 25

    woo.add_order()
    assert run("pull", "mugs").output == "Mugs: 1 new or changed\n"
    assert count(app, Order) == 26


def test_what_does_not_work_is_not_kept(run: Run, app: Flask, woo: WooShop) -> None:
    woo.keys.clear()

    done = run("connect", "woocommerce", *words(woo))

    assert done.exit_code == 1
    assert "NO: " in done.output
    assert "Nothing was kept" in done.output
    assert count(app, Connection) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("consumer_key=ck_1",), "address: say where the shop is"),
        (
            ("address=https://mugs.example", "key=ck_1"),
            "there is no key; what woocommerce asks for: address, consumer_",
        ),
        (("address=https://mugs.example", "consumer_key=ck_1"), "Consumer secret: enter it."),
        (("address=mugs example", "consumer_key=ck_1", "consumer_secret=cs_1"), "Address of the shop: enter it"),
    ],
)
def test_what_lacks_is_named(run: Run, app: Flask, given: tuple[str, ...], said: str) -> None:
    done = run("connect", "woocommerce", "Mugs", *given)

    assert done.exit_code == 1
    assert said in done.output
    assert count(app, Connection) == 0


def test_a_connection_of_that_title_gets_the_new_access(run: Run, app: Flask, woo: WooShop) -> None:
    run("connect", "woocommerce", *words(woo, title="Ömugs"))
    woo.key.secret = "cs_another"

    assert run("pull").exit_code == 1
    assert run("connect", "woocommerce", *words(woo, title="ömugs")).exit_code == 0
    assert run("pull").output == "Ömugs: nothing new\n"
    assert count(app, Connection) == 1


def test_what_is_not_named_again_stays(run: Run, app: Flask, woo: WooShop) -> None:
    run("connect", "woocommerce", *words(woo), "--minutes", "15", "--invoices", "none", "--mail")
    run("connect", "woocommerce", *words(woo))
    with app.app_context():
        kept = db.session.scalars(select(Connection)).one()
        assert (kept.poll_minutes, kept.invoices_for, kept.notify) == (15, InvoicesFor.NONE, True)

    run("connect", "woocommerce", *words(woo), "--invoices", "open", "--no-mail")
    with app.app_context():
        kept = db.session.scalars(select(Connection)).one()
        assert (kept.poll_minutes, kept.invoices_for, kept.notify) == (15, InvoicesFor.OPEN, False)


def test_a_second_shop_is_another_one_unless_it_is_named(run: Run, app: Flask, woo: WooShop) -> None:
    run("connect", "woocommerce", *words(woo))

    with WooShop() as other:
        assert run("connect", "woocommerce", *words(other, title="Plates")).exit_code == 0
    assert "would come in twice" in run("connect", "woocommerce", *words(woo, title="Again")).output
    assert run("connect", "woocommerce", *words(woo, title="Again"), "--shop", "Mugs").exit_code == 0
    assert "There is no shop “Cups”" in run("connect", "woocommerce", *words(woo, title="Cup"), "--shop", "Cups").output
    with app.app_context():
        titles = {one.title: one.outside_shop.title for one in db.session.scalars(select(Connection))}
        assert titles == {"Mugs": "Mugs", "Plates": "Plates", "Again": "Mugs"}


def test_trouble_is_said_and_ends_the_command_with_one(run: Run, woo: WooShop) -> None:
    run("connect", "woocommerce", *words(woo))
    woo.fail_next(status(503))

    done = run("pull")

    assert done.exit_code == 1
    assert done.output.startswith("Mugs: The shop answers with an error of its own.")
    assert run("pull").output == "Mugs: nothing new\n"


def test_what_a_worker_reads_just_now_is_left_to_it(run: Run, app: Flask, woo: WooShop) -> None:
    run("connect", "woocommerce", *words(woo))
    with app.app_context():
        db.session.execute(update(Pull).values(worker="one", leased_until=now() + timedelta(minutes=1)))
        db.session.commit()
    assert run("pull").output == "Mugs: It is being read just now.\n"

    with app.app_context():  # one that died holds nothing up
        db.session.execute(update(Pull).values(leased_until=now() - timedelta(minutes=1)))
        db.session.commit()
    assert run("pull").output == "Mugs: nothing new\n"


def test_where_nothing_is_read_it_says_so(run: Run, app: Flask, woo: WooShop) -> None:
    assert "no shop is read by its API" in run("pull").output
    run("connect", "woocommerce", *words(woo))
    assert "no shop “Plates” is read" in run("pull", "Plates").output
    with app.app_context():
        db.session.execute(update(Connection).values(is_active=False))
        db.session.commit()
    assert run("pull").exit_code == 1
