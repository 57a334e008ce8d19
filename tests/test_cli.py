"""Commands for people at a terminal: keys of programs, the settings by their names, and importing files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import try_again
from app.intake.events import read_event, receive
from app.models import ApiToken, Arrival, Connection, History, Order, OutsideShop, Shop
from app.queries import shop
from app.security.rights import GROUPS
from tests.arrange import order_14, run
from tests.factories import new_connection, outside_shop, placed_order

Run = Callable[..., Result]


@pytest.fixture(name="run")
def running(app: Flask) -> Run:
    return lambda *words: app.test_cli_runner().invoke(args=["toonbank", *words])


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_key_with_all_rights_is_the_last_word_and_opens_the_api(run: Run, app: Flask) -> None:
    made = run("key", "add", "Warehouse", "--rights", "all").output.split()[-1]

    answer = app.test_client().get("/api/orders", headers={"Authorization": f"Bearer {made}"})
    assert answer.status_code == 200
    with app.app_context():
        assert set(db.session.scalars(select(ApiToken)).one().rights) == {"read", *GROUPS}


def test_a_key_has_the_rights_that_are_named(run: Run, app: Flask) -> None:
    run("key", "add", "Till", "--rights", "read.orders,payments.mark_paid", "--right", "memos")

    with app.app_context():
        assert db.session.scalars(select(ApiToken.rights)).one() == ["memos", "payments.mark_paid", "read.orders"]


@pytest.mark.parametrize("rights", ["every", "payments.mark_payed", "read,"])
def test_an_unknown_right_makes_no_key(run: Run, app: Flask, rights: str) -> None:
    result = run("key", "add", "Till", "--rights", rights.replace("read,", ""))

    assert result.exit_code == 1
    with app.app_context():
        assert db.session.scalars(select(ApiToken)).all() == []


# --- settings -------------------------------------------------------------------------------------------------------


def test_all_settings_are_read_by_their_names(run: Run) -> None:
    lines = run("settings").output.splitlines()

    names = [line.partition("=")[0] for line in lines]
    assert {"company.vat_id", "administration.invoice_moment", "numbering.invoice.prefix", "mail.smtp_host"} <= {*names}
    assert run("settings", "languages.currency").output == "languages.currency=EUR\n"


def test_every_setting_can_be_set_to_what_it_is(run: Run, app: Flask) -> None:
    values = [line for line in run("settings").output.splitlines() if not line.endswith("=(set)")]
    with app.app_context():
        before = stored()

    result = run("settings", *values)

    assert result.exit_code == 0, result.output
    with app.app_context():
        assert stored() == before


def test_settings_are_set_with_the_rules_and_the_history_of_their_pages(run: Run, app: Flask) -> None:
    result = run(
        "settings",
        "company.vat_id=NL000099998B57",
        "company.country=be",
        "administration.forbid_unpaid_shipping=yes",
        "administration.delivery_times=Tomorrow; In a week",
        "reminders.reminder_days=7, 14",
        "languages.languages=nl,de",
        "mail.smtp_password=geheim",
        "numbering.invoice.prefix=F-",
    )

    assert result.exit_code == 0, result.output
    with app.app_context():
        own = shop()
        assert (own.vat_id, own.country, own.forbid_unpaid_shipping) == ("NL000099998B57", "BE", True)
        assert own.delivery_times == ["Tomorrow", "In a week"]
        assert own.reminder_days == [7, 14]
        assert own.reminders_since is not None  # as its page does
        assert own.languages == ["nl", "de"]
        assert own.smtp_password == "geheim"
        assert placed_order().invoices[0].number.startswith("F-")
        changed = db.session.scalars(select(History).where(History.actor_name == "command line")).all()
        assert any("vat_id" in event.facts.get("changes", {}) for event in changed)
        assert any("numbers_invoice" in event.facts.get("changes", {}) for event in changed)
    assert "geheim" not in run("settings").output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("company.country=Belgium", "company.country: Two letters"),
        ("languages.currency=XXQ", "is not a currency"),
        ("languages.time_zone=Mars/Base", "languages.time_zone"),
        ("administration.invoice_moment=never", "direct, paid, manual"),
        ("administration.payment_term_days=soon", "administration.payment_term_days"),
        ("administration.forbid_unpaid_shipping=perhaps", "yes or no"),
        ("reminders.reminder_days=14, 7", "Each later"),
        ("numbering.invoice.next=abc", "not a whole number"),
        ("numbering.order.digits=0", "digits"),
        ("company.vat=1", "There is no setting company.vat. There are: company.name"),
        ("nonsense=1", "There is no setting nonsense"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_set(run: Run, app: Flask, wrong: str, said: str) -> None:
    with app.app_context():
        before = stored()

    result = run("settings", "company.city=Delft", wrong)

    assert result.exit_code == 1
    assert said in result.output
    with app.app_context():
        assert stored() == before


def test_a_number_that_was_given_is_not_given_again(run: Run, app: Flask) -> None:
    with app.app_context():
        number = placed_order().number
        db.session.commit()

    result = run("settings", "numbering.order.next=1")

    assert result.exit_code == 1
    assert "was given already" in result.output
    with app.app_context():
        assert db.session.scalars(select(Order.number)).one() == number


def stored() -> dict[str, object]:
    own = shop()
    return {column.key: getattr(own, column.key) for column in Shop.__table__.columns if column.key != "version"}


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
