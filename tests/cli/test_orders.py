"""Importing files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import func, select

from app.cli import orders as orders_cli
from app.extensions import db
from app.history import SYSTEM
from app.intake import together
from app.intake.accept import Taken, try_again
from app.intake.events import read_event, receive
from app.intake_readers import Found
from app.models import Arrival, Connection, Order, OutsideShop, Product
from app.queries import planner
from tests.arrange import order_14, order_of, run
from tests.factories import new_connection, outside_shop

#: As a Dutch Excel saves it: semicolons, decimal commas, Windows-1252.
FILE = """\
Bestelnummer;Besteldatum;Klant;Artikel;Aantal;Stukprijs;Totaal
1;31-1-2025;Zoë Groen;Crème;2;5,50;11,00
2;;Wim;Zeep;1;5,00;5,00
"""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_bytes(FILE.encode("cp1252"))
    return file


def count(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_columns_are_guessed_and_then_imported(app: Flask, orders: Path, tmp_path: Path) -> None:
    _code, guessed = run(app, "columns", orders)
    mapping = tmp_path / "mapping.json"
    mapping.write_text(guessed, "utf-8")

    code, told = run(app, "import", "--from", "csv", "--mapping", mapping, orders)

    assert json.loads(guessed)["columns"]["customer_name"] == "Klant"
    assert json.loads(guessed)["unused"] == []
    assert (code, "1 added, 1 quarantined (ORD10001)" in told) == (1, True)
    assert "row 3, Besteldatum: This is missing. Expected a date." in told
    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        assert (order.source, order.customer_name, order.lines[0].name) == ("csv", "Zoë Groen", "Crème")


def test_a_dry_run_tells_and_changes_nothing(app: Flask, orders: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(run(app, "columns", orders)[1], "utf-8")

    code, told = run(app, "import", "--from", "csv", "--mapping", mapping, "--dry-run", orders)

    assert (code, "1 new, 1 error" in told) == (1, True)
    assert "row 3, Besteldatum: This is missing. Expected a date." in told
    assert (count(app, Order), count(app, Arrival)) == (0, 0)


def test_of_a_spreadsheet_with_two_tables_the_sheet_has_to_be_said(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(file) as book:
        for title in ("March", "April"):
            sheet = book.add_worksheet(title)
            sheet.write_row(0, 0, ["Order number", "Order date", "Total"])
            sheet.write_row(1, 0, [title, "2025-03-31", 11])
    asked, said = run(app, "columns", file), run(app, "columns", "--sheet", "April", file)
    mapping = tmp_path / "mapping.json"
    mapping.write_text(said[1], "utf-8")

    code, told = run(app, "import", "--from", "csv", "--mapping", mapping, "--sheet", "April", file)

    assert (asked[0], "one of “March”, “April” (--sheet)" in asked[1]) == (1, True)
    assert (code, "1 added" in told) == (0, True)
    with app.app_context():
        assert db.session.scalars(select(Order.external_id)).all() == ["April"]


def test_a_csv_without_a_mapping_says_what_to_do(app: Flask, orders: Path) -> None:
    _code, told = run(app, "import", "--from", "csv", "--dry-run", orders)

    assert "(file): These are not the columns of an export that is known. Say which column is what." in told


@pytest.mark.parametrize("text", ["{", "[]", '{"columns": {"colour": "A"}}'])
def test_what_is_no_mapping_is_refused(app: Flask, orders: Path, tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(text)

    code, told = run(app, "import", "--from", "csv", "--mapping", mapping, orders)

    assert (code, "mapping.json" in told) == (1, True)
    assert count(app, Order) == 0


def test_an_order_that_waited_can_be_read_again_as_it_was_mapped(app: Flask, orders: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(run(app, "columns", orders)[1], "utf-8")
    run(app, "import", "--from", "csv", "--mapping", mapping, orders)

    with app.app_context():
        waiting = db.session.scalars(select(Arrival).where(Arrival.result == "quarantined")).one()
        waiting.payload = waiting.payload.replace("\n2;;", "\n2;13-2-2025;")
        taken = try_again(waiting, by=SYSTEM)

        assert taken.order is not None
        assert (taken.order.external_number, str(taken.order.total)) == ("2", "5")


def of_shop(tmp_path: Path, host: str = "", **stated: object) -> Path:
    """A file with the order 14 of the shop that has this host name."""
    order = order_14(payment_url=f"https://{host}/pay" if host else "", **stated)
    file = tmp_path / f"{host or 'orders'}.json"
    file.write_text(json.dumps([order]), "utf-8")
    return file


def test_files_of_two_shops_need_no_further_word_when_they_state_their_host(app: Flask, tmp_path: Path) -> None:
    files = [of_shop(tmp_path, host) for host in ("mugs.example", "www.plates.example")]

    code, told = run(app, "import", "--from", "woocommerce", *files)
    again = run(app, "import", "--from", "woocommerce", *files)[1]

    assert (code, count(app, Order), count(app, OutsideShop)) == (0, 2, 2)
    assert "1 added (ORD10001) [new shop mugs.example]" in told
    assert "1 added (ORD10002) [new shop plates.example]" in told
    assert again.count("1 already there [shop ") == 2


def test_files_that_state_no_host_are_of_one_shop_until_another_is_named(app: Flask, tmp_path: Path) -> None:
    file = of_shop(tmp_path)

    told = [run(app, "import", "--from", "woocommerce", *how, file)[1] for how in ([], [], ["--shop", "Plates"], [])]

    assert "1 added (ORD10001) [new shop WooCommerce]" in told[0]
    assert "1 already there [shop WooCommerce]" in told[1]
    assert "1 added (ORD10002) [new shop Plates]" in told[2]
    assert "1 already there [shop Plates]" in told[3]  # the last one


def test_a_dry_run_makes_no_shop(app: Flask, tmp_path: Path) -> None:
    code, told = run(app, "import", "--from", "woocommerce", "--dry-run", of_shop(tmp_path, "mugs.example"))

    assert (code, "1 new [new shop mugs.example]" in told) == (0, True)
    assert (count(app, OutsideShop), count(app, Order)) == (0, 0)


def test_where_several_shops_are_possible_one_has_to_be_named(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        for title in ("Mugs", "Plates"):
            outside_shop("woocommerce", title)
        db.session.commit()

    code, told = run(app, "import", "--from", "woocommerce", of_shop(tmp_path))

    assert code == 1
    assert "There are several shops that this may come from: “Mugs”, “Plates”. Say which. (--shop)" in told
    assert count(app, Order) == 0


def test_a_file_and_the_connection_of_its_shop_tell_of_the_same_order(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        for title in ("Mugs", "Plates"):
            shop = outside_shop("woocommerce", title)
            db.session.add(new_connection(title=title, key=title, outside_shop=shop))
        db.session.commit()
        event = json.dumps(order_14()).encode()
        for connection in db.session.scalars(select(Connection)):
            arrival = receive(connection, event, "order.created")
            assert arrival is not None
            read_event(arrival.id)
        db.session.commit()

    refunded = of_shop(tmp_path, refunds=[{"id": 3, "total": "-2.00"}])
    told = run(app, "import", "--from", "woocommerce", "--shop", "plates", refunded)[1]

    assert "1 updated [shop Plates]" in told
    with app.app_context():
        query = select(OutsideShop.title, Order.refunded).join(Order, Order.outside_shop_id == OutsideShop.id)
        assert dict(db.session.execute(query).all()) == {"Mugs": 0, "Plates": 2}


@pytest.mark.parametrize("status", ["processing", "completed"])  # with invoice and mail; with its parcel
def test_an_order_more_takes_so_many_statements_more(
    app: Flask, tmp_path: Path, statements: list[str], monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(planner, "refresh_statistics", lambda: None)  # the planner's own questions are no order's
    monkeypatch.setattr(together, "TOGETHER_FOR", 600)  # however slow the machine is
    with app.app_context():
        db.session.add(Product(name="Mug", sku="MUG"))
        db.session.commit()
    file, taken = tmp_path / "orders.json", []
    for first, number in ((1, 1), (100, 7), (200, 17)):
        file.write_text(json.dumps([order_of(first + one, status=status) for one in range(number)]), "utf-8")
        statements.clear()
        code, told = run(app, "import", "--from", "woocommerce", "--mail", file)
        assert (code, f"{number} added" in told) == (0, True)
        taken.append(len(statements))

    assert taken[2] - taken[1] == 10 * {"processing": 12, "completed": 11}[status], "\n".join(statements)


def test_an_error_that_nobody_expected_leaves_the_others_alone(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(found: Found, **how: Any) -> Taken:
        if found.external_id == "2" and found.problem is None:
            raise RuntimeError("odd")
        return take(found, **how)

    take = orders_cli.take_in
    monkeypatch.setattr(orders_cli, "take_in", fails)
    file = tmp_path / "orders.json"
    file.write_text(json.dumps([order_of(number) for number in (1, 2, 3)]), "utf-8")

    code, told = run(app, "import", "--from", "woocommerce", file)

    assert (code, "2 added, 1 quarantined (ORD10001, ORD10002)" in told) == (1, True)
    assert "An error that nobody expected; it is in the log." in told
