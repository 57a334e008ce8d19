"""SERVICES > Import & connections > Import: upload, mapping, what would happen, the import itself, and its undoing."""

from __future__ import annotations

import io
import json
import re
import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select

from app import jobs
from app.actions.memos import write_memo
from app.actions.payments import mark_paid
from app.actions.stock import count_stock
from app.columns import now
from app.extensions import db
from app.history import SYSTEM, person
from app.intake import together
from app.intake_readers import SOURCES
from app.jobs import importing, working
from app.models import (
    Arrival,
    History,
    ImportBatch,
    Invoice,
    Job,
    JobKind,
    JobState,
    Order,
    OutgoingMail,
    Payment,
    Product,
    Return,
    Role,
    StoredFile,
)
from app.operations import checks
from tests.clients import somebody
from tests.looking import everything

SAMPLES = Path(__file__).parent.parent / "intake_readers" / "samples"

#: As a Dutch Excel saves it: semicolons, decimal commas, Windows-1252.
DUTCH = """\
Bestelnummer;Besteldatum;Klant;Artikel;Aantal;Stukprijs;Totaal
1;31-1-2025;Zoë Groen;Crème;2;5,50;11,00
2;;Wim;Zeep;1;5,00;5,00
3;3-2-2025;Wim;Zeep;1;5,00;5,00
"""
COLUMNS = {
    "number": "Bestelnummer",
    "placed_at": "Besteldatum",
    "customer_name": "Klant",
    "line_name": "Artikel",
    "line_quantity": "Aantal",
    "line_price": "Stukprijs",
    "total": "Totaal",
}


SHOPIFY_COLUMNS = {
    "number": "Name",
    "placed_at": "Created at",
    "total": "Total",
    "line_name": "Lineitem name",
    "line_quantity": "Lineitem quantity",
    "line_price": "Lineitem price",
}


def upload(client, content: bytes | str, name: str = "orders.csv", **form):
    data = content if isinstance(content, bytes) else content.encode("cp1252")
    return client.post("/admin/imports/upload", data={"file": (io.BytesIO(data), name), **form})


def mapped(client, text: str = DUTCH) -> None:
    """The file is uploaded and mapped as it is guessed."""
    upload(client, text)
    assert client.post("/admin/imports/1/columns", data={**COLUMNS, "step": "go"}).status_code == 303


def work_off(app, worker: str = "one") -> None:
    with app.app_context():
        while jobs.work_on_jobs(worker):
            pass


def bring_in(app, client, batch_id: int = 1) -> None:
    assert client.post(f"/admin/imports/{batch_id}/begin").status_code == 303
    work_off(app)


def undo(app, client, batch_id: int = 1) -> str:
    client.post(f"/admin/imports/{batch_id}/undo")
    work_off(app)
    return client.get(f"/admin/imports/{batch_id}").text


def woo(number: int, **stated) -> dict:
    line = {
        "id": 1,
        "name": "Mug",
        "quantity": 1,
        "total": "10.00",
        "subtotal": "10.00",
        "total_tax": "0.00",
        "sku": "MUG",
    }
    return {
        "id": number,
        "number": str(number),
        "currency": "EUR",
        "total": "10.00",
        "status": "pending",
        "date_created_gmt": "2026-03-01T10:00:00",
        "date_created": "2026-03-01T11:00:00",
        "billing": {"first_name": "Femke", "last_name": "Jansen", "email": "femke@example.org", "country": "NL"},
        "line_items": [line],
        "shipping_lines": [],
        **stated,
    }


def woo_file(*orders: dict) -> bytes:
    return json.dumps(list(orders)).encode()


def two_sheets() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for title, number in (("March", 5277630000001), ("April", 5277630000002)):
            sheet = book.add_worksheet(title)
            sheet.write_row(0, 0, ["Order number", "Date", "Product", "Quantity", "Price", "Total"])
            sheet.write_row(1, 0, [number, "2025-03-31", "Mug", 2, 5.5, 11])
    return file.getvalue()


# --- upload ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_said", [True, False])
@pytest.mark.parametrize("source", SOURCES)
def test_the_sample_of_each_source_is_uploaded_looked_at_and_brought_in(app, client, in_app, source, is_said):
    sample = next(SAMPLES.glob(f"{'orders' if source == 'csv' else source}.*"))

    answer = upload(client, sample.read_bytes(), sample.name, source=source if is_said else "")
    page = client.get(answer.location)
    bring_in(app, client)

    assert answer.status_code == 303
    assert "new order" in page.text
    assert sample.name in page.text
    with in_app():
        batch = db.session.scalars(select(ImportBatch)).one()
        arrivals = db.session.scalars(select(Arrival)).all()
        assert (batch.source, batch.created_by, batch.notify) == (source, "Owner", False)
        assert batch.job.report["added"] == batch.job.total == len(arrivals) > 0
        assert {(one.result, one.batch_id, one.origin) for one in arrivals} == {("added", 1, sample.name)}
        assert not db.session.scalars(select(OutgoingMail)).all()
    result = client.get("/admin/imports/1").text
    assert "Added" in result
    assert "ORD10001" in result


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file is empty."),
        (b'{"id": 1}', "This is no order file that is known. Choose which shop wrote it."),
    ],
)
def test_a_file_that_tells_nothing_is_refused_with_a_sentence_at_its_field(client, in_app, content, said):
    answer = upload(client, content, "x.json")

    assert answer.status_code == 422
    assert said in answer.text
    with in_app():
        assert not db.session.scalars(select(StoredFile)).all()


def test_without_a_file_the_form_says_so(client):
    answer = client.post("/admin/imports/upload", data={"source": "csv"})

    assert (answer.status_code, "Choose a file." in answer.text) == (422, True)


def test_a_reader_looks_and_may_not_import(signed_in_as):
    client = signed_in_as("reader")

    assert client.get("/admin/imports/").status_code == 200
    assert client.get("/admin/imports/upload").status_code == 403
    assert upload(client, DUTCH).status_code == 403


def test_a_file_that_was_not_brought_in_is_thrown_away(client, in_app):
    upload(client, DUTCH)

    client.post("/admin/imports/1/discard")

    with in_app():
        assert not db.session.scalars(select(ImportBatch)).all()
        assert not db.session.scalars(select(StoredFile)).all()


def test_a_spreadsheet_is_read_from_the_sheet_that_somebody_chooses(app, client, in_app):
    upload(client, two_sheets(), "orders.xlsx")
    asked = client.get("/admin/imports/1/columns").text
    client.post("/admin/imports/1/sheet", data={"sheet": "April"})
    columns = {
        "number": "Order number",
        "placed_at": "Date",
        "line_name": "Product",
        "line_quantity": "Quantity",
        "line_price": "Price",
        "total": "Total",
    }
    client.post("/admin/imports/1/columns", data={**columns, "step": "go"})
    page = client.get("/admin/imports/1/preview").text
    strange = client.post("/admin/imports/1/sheet", data={"sheet": "May"}, follow_redirects=True).text
    bring_in(app, client)

    assert "Is this the right sheet?" in asked
    assert "The sheet “April” is read." in page
    assert "Is this the right sheet?" not in page
    assert "Choose one of its sheets." in strange
    with in_app():
        order = db.session.scalars(select(Order)).one()
        assert (order.external_id, order.total) == ("5277630000002", Decimal(11))


def test_an_old_spreadsheet_is_refused_at_its_field(client):
    answer = upload(client, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "orders.xls")

    assert answer.status_code == 422
    assert (
        "This is a spreadsheet of the old kind (.xls), or one with a password. Save it as XLSX or CSV." in answer.text
    )


# --- which column is what -------------------------------------------------------------------------------------------


def test_columns_are_guessed_and_the_first_orders_shown_as_they_are_read(client):
    answer = upload(client, DUTCH)

    page = client.get(answer.location, follow_redirects=True)

    assert page.request.path == "/admin/imports/1/columns"
    for name, header in COLUMNS.items():
        select_box = page.text.partition(f'id="{name}"')[2].partition("</select>")[0]
        assert f'selected value="{header}"' in select_box
    assert re.search(r"31-1-2025 · guessed, \d+ % sure", page.text)
    assert "2 × Crème" in page.text
    assert "row 3, Besteldatum" in page.text


def test_a_mapping_without_what_is_needed_names_the_fields(client, in_app):
    upload(client, DUTCH)

    answer = client.post("/admin/imports/1/columns", data={"customer_name": "Klant", "step": "go"})

    assert answer.status_code == 422
    assert answer.text.count("Choose a column: no order can be read without it.") == 2
    assert "Choose a column for the product, the SKU or the total." in answer.text
    with in_app():
        assert db.session.get_one(ImportBatch, 1).mapping == {}


def test_a_column_that_the_file_has_not_is_refused(client):
    upload(client, DUTCH)

    answer = client.post("/admin/imports/1/columns", data={**COLUMNS, "email": "E-mail", "step": "go"})

    assert answer.status_code == 422


def test_where_dates_and_numbers_can_be_read_in_two_ways_somebody_chooses(client, in_app):
    upload(client, "Order;Date;Total\n1;03/04/2025;1.234\n")
    given = {"number": "Order", "placed_at": "Date", "total": "Total", "step": "go"}

    doubted = client.post("/admin/imports/1/columns", data=given)
    chosen = client.post("/admin/imports/1/columns", data={**given, "date_form": "dmy", "decimal_mark": ","})

    assert doubted.status_code == 422
    assert "“Date” can be read in two ways. Choose one." in doubted.text
    assert "“Total” can be read in two ways. Choose one." in doubted.text
    assert chosen.status_code == 303
    assert "1,234.00" in client.get(chosen.location).text
    with in_app():
        mapping = db.session.get_one(ImportBatch, 1).mapping
        assert (mapping["date_form"], mapping["decimal_mark"]) == ("dmy", ",")


def test_the_next_file_with_the_same_columns_is_mapped_the_same(client):
    upload(client, DUTCH)
    client.post("/admin/imports/1/columns", data={**COLUMNS, "total": "", "customer_note": "Klant", "step": "go"})

    answer = upload(client, DUTCH.replace("3-2-2025", "4-2-2025"))
    page = client.get(answer.location, follow_redirects=True).text

    assert "A file with the same columns was mapped before" in page
    note = page.partition('id="customer_note"')[2].partition("</select>")[0]
    assert 'selected value="Klant"' in note


def test_the_columns_of_a_known_export_can_be_mapped_by_hand_and_be_left_to_it_again(client, in_app):
    export = (SAMPLES / "orders.csv").read_bytes()
    page = client.get(upload(client, export).location).text
    form = client.get("/admin/imports/1/columns").text
    chosen = {**SHOPIFY_COLUMNS, "customer_note": "Lineitem sku", "step": "go"}
    client.post("/admin/imports/1/columns", data=chosen)
    mapped_page = client.get("/admin/imports/1/preview").text
    asked = upload(client, export)
    remembered = client.get(asked.location, follow_redirects=True).text
    client.post("/admin/imports/2/columns", data={"step": "known"})
    as_known = client.get("/admin/imports/2/preview").text
    next_one = client.get(upload(client, export).location).text

    assert "Map the columns yourself" in page
    assert 'selected value="Lineitem name"' in form.partition('id="line_name"')[2].partition("</select>")[0]
    assert "Map the columns yourself" not in mapped_page
    assert "A file with the same columns was mapped before" in remembered
    assert "Map the columns yourself" in as_known
    assert "Map the columns yourself" in next_one
    with in_app():
        kept = [batch.mapping for batch in db.session.scalars(select(ImportBatch).order_by(ImportBatch.id))]
        assert kept[0]["columns"] == SHOPIFY_COLUMNS | {"customer_note": "Lineitem sku"}
        assert [facts.keys() for facts in kept[1:]] == [{"header"}, set()]


# --- what would happen ----------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_amounts_of_each_row_stay_so_when_their_export_is_mapped_by_hand(client, in_app):
    columns = "number placed_at line_name line_quantity line_total shipping_cost"
    headers = ("order-id", "purchase-date", "product-name", "quantity-purchased", "item-price", "shipping-price")
    upload(client, (SAMPLES / "amazon.txt").read_bytes(), "amazon.txt")

    client.post("/admin/imports/1/columns", data={**dict(zip(columns.split(), headers, strict=True)), "step": "go"})

    with in_app():
        assert db.session.get_one(ImportBatch, 1).mapping["per_row"] == ["shipping_cost"]


def test_the_look_beforehand_tells_all_and_changes_nothing(app, client, in_app):
    upload(client, woo_file(woo(1), woo(2)), "first.json")
    bring_in(app, client)
    paid = woo(2, date_paid_gmt="2026-03-02T10:00:00", payment_method_title="iDEAL", status="completed")
    upload(client, woo_file(woo(1), paid, woo(3), woo(4, total="abc"), woo(5, currency="EURO")), "second.json")
    with in_app():
        before = everything()

    page = client.get("/admin/imports/2/preview").text

    with in_app():
        assert everything() == before
    assert "1 new order" in page
    assert "1 order will be updated" in page
    assert "1 order is here already, unchanged" in page
    assert "2 errors" in page
    assert "payments" in page
    assert "ORD10002" in page
    assert "No mail is sent" in page


def test_the_page_says_how_a_table_is_read_and_what_is_left_out(client):
    header, *rows = DUTCH.replace("Totaal", "Totaal;Verzending;Kleur").splitlines()
    rows[0] += ";0;blauw"
    upload(
        client,
        "\n".join(
            ["Orders of March", "", header, *rows, "", "4;4-2-2025;Wim;Zeep;1;5,00;9,95;4,95", "Totaal;;;;;;30,95"]
        ),
    )
    client.post("/admin/imports/1/columns", data={**COLUMNS, "shipping_cost": "Verzending", "step": "go"})

    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/admin/imports/1/preview").text).split())

    assert "2 rows above the table are left out: Orders of March" in page
    assert "1 row is left out, for it is a total or a note and no order: row 9: Totaal · 30,95" in page
    assert "1 blank row is stepped over" in page
    assert "8 columns are read" in page
    assert "1 column is not read: Kleur" in page
    assert "Stukprijs Unit price" in page
    assert "Wim 1 €9.95" in page  # its shipping is no line of it


def test_the_page_names_orders_that_can_not_be_read_as_they_were_meant(app, client):
    upload(client, DUTCH.replace("Crème", "1 x Crème, 1 x Zeep"))
    client.post("/admin/imports/1/columns", data={**COLUMNS, "line_quantity": "", "step": "go"})

    page = client.get("/admin/imports/1/preview").text
    bring_in(app, client)

    assert "To look at" in page
    assert "1 · row 2, Artikel: several products stand in one cell" in page
    assert "To look at: row 2, Artikel: several products" in client.get("/admin/order/ORD10001?tab=history").text


def test_all_errors_are_taken_out_as_csv(client):
    mapped(client)

    answer = client.get("/admin/imports/1/errors.csv")

    assert answer.mimetype == "text/csv"
    assert answer.data.decode("utf-8-sig").splitlines() == [
        "order_in_file;id;field;reason",
        "2;2;row 3, Besteldatum;This is missing. Expected a date.",
    ]


def test_of_a_long_file_as_much_is_looked_at_as_the_time_allows(client, monkeypatch):
    monkeypatch.setattr("app.admin_views.import_pages.PREVIEW_TAKES", 0)
    upload(client, woo_file(woo(1), woo(2), woo(3)), "orders.json")

    page = client.get("/admin/imports/1/preview").text

    assert "the first 1 orders were looked at, and there are more" in page


def test_nobody_waits_for_a_look_beforehand(app, client, in_app, monkeypatch):
    """Another writer gets its turn while a file is looked at that is full of updates to try."""
    upload(client, woo_file(*(woo(number) for number in range(1, 31))), "first.json")
    bring_in(app, client)
    paid = [
        woo(n, date_paid_gmt="2026-03-02T10:00:00", payment_method_title="iDEAL", status="processing")
        for n in range(1, 31)
    ]
    upload(client, woo_file(*paid), "second.json")
    looking = threading.Thread(target=lambda: client.get("/admin/imports/2/preview"))
    looking.start()
    waits = []
    while looking.is_alive():
        begun = now()
        with in_app():
            write_memo(db.session.get_one(Order, 1), by=SYSTEM, text="Meanwhile")
        waits.append(now() - begun)
    looking.join()

    assert max(waits) < timedelta(seconds=2)


def test_a_file_with_nothing_new_can_not_be_brought_in_once_more(app, client):
    upload(client, woo_file(woo(1)), "first.json")
    bring_in(app, client)
    upload(client, woo_file(woo(1)), "again.json")

    page = client.get("/admin/imports/2/preview").text

    assert "All that can be read in this file is here already." in page


# --- bringing in ----------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_each_order_comes_in_and_what_can_not_be_read_waits_in_quarantine(app, client, in_app):
    mapped(client)

    bring_in(app, client)

    page = client.get("/admin/imports/1").text
    assert "row 3, Besteldatum" in page
    assert "/admin/arrivals/details/?id=" in page
    with in_app():
        job = db.session.scalars(select(Job)).one()
        assert (job.state, job.done, job.total) == (JobState.DONE, 3, 3)
        assert job.report == {"added": 2, "quarantined": 1}
        assert [order.customer_name for order in db.session.scalars(select(Order).order_by(Order.id))] == [
            "Zoë Groen",
            "Wim",
        ]
        assert {event.actor_name for event in db.session.scalars(select(History).where(History.order_id > 0))} == {
            "Owner"
        }


def test_new_open_orders_are_confirmed_when_that_was_ticked(app, client, in_app):
    upload(client, woo_file(woo(1, status="on-hold"), woo(2, status="cancelled")), "orders.json", notify="y")

    assert "Customers whose new order is still open get a confirmation" in client.get("/admin/imports/1/preview").text
    bring_in(app, client)

    with in_app():
        mail = db.session.scalars(select(OutgoingMail)).one()
        assert (mail.kind, mail.order_id) == ("order_confirmation", 1)


def test_a_file_is_brought_in_once(app, client, in_app):
    upload(client, woo_file(woo(1)), "orders.json")
    bring_in(app, client)

    page = client.post("/admin/imports/1/begin", follow_redirects=True).text

    assert "This file was already imported." in page
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Job)) == 1


@pytest.mark.each_database
def test_what_a_crash_left_behind_is_gone_on_with(app, client, in_app, monkeypatch):
    upload(client, woo_file(*(woo(number) for number in range(1, 6))), "orders.json")
    client.post("/admin/imports/1/begin")
    taken, died = [], RuntimeError("the machine went away")
    take = together.InHand.take_next

    def dies_at_the_fourth(hand, found):
        result = take(hand, found)
        taken.append(found.external_id)
        if len(taken) == 4:
            raise KeyboardInterrupt from died
        return result

    monkeypatch.setattr(together, "MOST_TOGETHER", 2)
    monkeypatch.setattr(together, "TOGETHER_FOR", 60)
    monkeypatch.setattr(together.InHand, "take_next", dies_at_the_fourth)
    with app.app_context(), pytest.raises(KeyboardInterrupt):
        jobs.work_on_jobs("died", seconds=60)
    monkeypatch.setattr(together.InHand, "take_next", take)
    with in_app():
        job = db.session.scalars(select(Job)).one()
        assert (job.done, job.report) == (2, {"added": 2})
        job.leased_until = now() - timedelta(seconds=1)
    work_off(app, "other")

    with in_app():
        job = db.session.scalars(select(Job)).one()
        assert (job.state, job.done, job.report) == (JobState.DONE, 5, {"added": 5})
        ids = db.session.scalars(select(Order.external_id).order_by(Order.id)).all()
        assert ids == ["1", "2", "3", "4", "5"]
        numbers = db.session.scalars(select(Order.number).order_by(Order.id)).all()
        assert numbers == [f"ORD{10001 + position}" for position in range(5)]


def test_an_import_that_an_error_stopped_goes_on_from_its_page(app, client, in_app, monkeypatch, signed_in_as):
    upload(client, woo_file(woo(1)), "orders.json")
    client.post("/admin/imports/1/begin")

    def stumble(*_given):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setitem(working.RUNNERS, JobKind.IMPORT, stumble)
        work_off(app)
    assert "/admin/jobs/1/go-on" in client.get("/admin/imports/1").text
    reader = signed_in_as("reader")
    assert "/admin/jobs/1/go-on" not in reader.get("/admin/imports/1").text
    assert reader.post("/admin/jobs/1/go-on").status_code == 403

    assert client.post("/admin/jobs/1/go-on").location.endswith("/admin/imports/1")
    work_off(app)

    with in_app():
        assert db.session.scalars(select(Job.state)).one() == JobState.DONE
        assert db.session.scalars(select(Order.external_id)).all() == ["1"]
    assert "/admin/jobs/1/go-on" not in client.get("/admin/imports/1").text


def test_slice_after_slice_the_file_is_opened_once(app, client, in_app, monkeypatch):
    upload(client, woo_file(*(woo(number) for number in range(1, 6))), "orders.json")
    client.post("/admin/imports/1/begin")
    opened, times = importing.open_batch, []
    monkeypatch.setattr(together, "MOST_TOGETHER", 1)
    monkeypatch.setattr(importing, "open_batch", lambda *given: times.append(given) or opened(*given))

    with app.app_context():
        while jobs.work_on_jobs("one", seconds=0):
            pass

    assert times == [(1, 0)]
    with in_app():
        assert db.session.scalars(select(Job)).one().done == 5


def test_who_lost_the_right_meanwhile_brings_nothing_in(app, client, in_app):
    upload(client, woo_file(woo(1)), "orders.json")
    client.post("/admin/imports/1/begin")
    with in_app():
        somebody("owner").roles = [db.session.scalars(select(Role).where(Role.name == "reader")).one()]
        somebody("office")

    work_off(app)

    with in_app():
        assert db.session.scalars(select(Job)).one().state == JobState.FAILED
        assert not db.session.scalars(select(Order)).all()


def test_an_error_that_nobody_expected_leaves_the_others_alone(app, client, in_app, monkeypatch):
    def fails(found, **how):
        if found.external_id == "2" and found.problem is None:
            raise RuntimeError("odd")
        return take(found, **how)

    take = importing.take_in
    monkeypatch.setattr(importing, "take_in", fails)
    upload(client, woo_file(woo(1), woo(2), woo(3)), "orders.json")

    bring_in(app, client)

    with in_app():
        assert db.session.scalars(select(Job)).one().report == {"added": 2, "quarantined": 1}
        waiting = db.session.scalars(select(Arrival).where(Arrival.result == "quarantined")).one()
        assert waiting.reason == "An error that nobody expected; it is in the log."


# --- undoing --------------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_undo_cancels_what_was_added_and_the_file_comes_in_anew(app, client, in_app):
    with in_app():
        mug = Product(name="Mug", sku="MUG", stock=Decimal(5))
        db.session.add(mug)
        db.session.flush()
        count_stock(mug, Decimal(5), by=SYSTEM)
    paid = {"date_paid_gmt": "2026-03-02T10:00:00", "payment_method_title": "iDEAL", "status": "processing"}
    content = woo_file(woo(1), woo(2, **paid), woo(3, **{**paid, "status": "completed"}), woo(4, status="cancelled"))
    upload(client, content, "orders.json", notify="y")
    bring_in(app, client)

    page = undo(app, client)

    assert "Undone by Owner" in page
    with in_app():
        batch = db.session.get_one(ImportBatch, 1)
        orders = db.session.scalars(select(Order).order_by(Order.id)).all()
        assert (batch.undone_at is not None, batch.undone_by) == (True, "Owner")
        assert [order.external_id for order in orders] == [f"{number}~undone-1" for number in (1, 2, 3, 4)]
        assert {order.status for order in orders} == {"cancelled"}
        assert {(order.invoiced - order.credited, order.paid, order.refunded) for order in orders} == {(0, 0, 0)}
        assert db.session.scalars(select(Arrival.result)).all() == ["undone"] * 4
        assert not db.session.scalars(select(Return)).all()
        assert db.session.scalars(select(Product)).one().stock == 5
        assert set(db.session.scalars(select(OutgoingMail.state))) == {"withdrawn"}
        events = db.session.scalars(select(History).where(History.what == "import_undone")).all()
        assert [event.facts for event in events] == [{"file": "orders.json"}] * 4
        assert list(checks.findings()) == []

    upload(client, content, "orders.json")
    bring_in(app, client, 2)

    with in_app():
        assert db.session.get_one(ImportBatch, 2).job.report == {"added": 4}
        assert db.session.scalar(select(func.count()).select_from(Order)) == 8


def test_undo_is_refused_with_the_orders_that_something_was_done_with(app, client, in_app):
    upload(client, woo_file(woo(1), woo(2)), "orders.json")
    bring_in(app, client)
    with in_app():
        mark_paid(db.session.get_one(Order, 2), by=person(somebody("office")))
    with in_app():
        before = everything()

    page = client.get("/admin/imports/1").text
    answer = client.post("/admin/imports/1/undo", follow_redirects=True).text

    reason = "Something was done with these orders after they came in: ORD10002."
    assert reason in page
    assert reason in answer
    with in_app():
        assert everything() == before


def test_what_toonbank_did_by_itself_is_no_reason_against_undoing(app, client, in_app):
    upload(client, woo_file(woo(1)), "orders.json")
    bring_in(app, client)
    with in_app():
        write_memo(db.session.get_one(Order, 1), by=SYSTEM, text="By itself")

    assert "Undone by Owner" in undo(app, client)


def test_an_order_that_somebody_takes_up_during_the_undo_stays(app, client, in_app):
    upload(client, woo_file(woo(1), woo(2)), "orders.json")
    bring_in(app, client)
    client.post("/admin/imports/1/undo")
    with in_app():
        write_memo(db.session.get_one(Order, 2), by=person(somebody("office")), text="Rang me")

    work_off(app)

    page = client.get("/admin/imports/1").text
    assert "Something was done with this order after it came in." in page
    with in_app():
        assert db.session.get_one(ImportBatch, 1).undone_at is None
        assert [order.external_id for order in db.session.scalars(select(Order).order_by(Order.id))] == [
            "1~undone-1",
            "2",
        ]


def test_updates_stay_and_orders_of_other_files_too(app, client, in_app):
    upload(client, woo_file(woo(1)), "first.json")
    bring_in(app, client)
    paid = woo(1, date_paid_gmt="2026-03-02T10:00:00", payment_method_title="iDEAL", status="processing")
    upload(client, woo_file(paid, woo(2)), "second.json")
    bring_in(app, client, 2)

    page = undo(app, client, 2)

    assert "updates stay" in page
    with in_app():
        first = db.session.get_one(Order, 1)
        assert (first.external_id, first.cancelled_at, first.paid) == ("1", None, Decimal(10))
        assert db.session.get_one(Order, 2).cancelled_at is not None


def test_a_long_id_is_cut_and_stays_unique(app, client, in_app):
    ids = ["9" * 59 + last for last in "12"]
    upload(client, woo_file(*(woo(int(one)) for one in ids)), "orders.json")
    bring_in(app, client)

    undo(app, client)

    with in_app():
        found = db.session.scalars(select(Order.external_id).order_by(Order.id)).all()
        assert found == ["9" * 49 + f"~{order}~undone-1" for order in (1, 2)]


def test_an_undo_needs_its_right(app, client, signed_in_as):
    upload(client, woo_file(woo(1)), "orders.json")
    bring_in(app, client)

    assert signed_in_as("packer").post("/admin/imports/1/undo").status_code == 403


@pytest.mark.each_database
def test_two_who_undo_at_once_credit_each_invoice_once(app, client, in_app, signed_in_as):
    upload(client, woo_file(woo(1), woo(2)), "orders.json")
    bring_in(app, client)
    other = signed_in_as("office")

    client.post("/admin/imports/1/undo")
    other.post("/admin/imports/1/undo")
    work_off(app)

    with in_app():
        kinds = db.session.scalars(select(Invoice.kind).order_by(Invoice.id)).all()
        assert kinds == ["invoice"] * 2 + ["credit_note"] * 2
        assert not db.session.scalars(select(Payment)).all()


# --- the list, and how long files are kept --------------------------------------------------------------------------


def test_the_list_tells_what_became_of_each_file(app, client):
    upload(client, woo_file(woo(1), woo(2, total="abc")), "orders.json")
    before = client.get("/admin/imports/").text
    bring_in(app, client)

    after = client.get("/admin/imports/?search=orders").text

    assert "Not imported yet" in before
    assert "1 added, 1 quarantined" in after
    assert "WooCommerce" in after
    assert "Done" in after
    assert "Nothing matches" in client.get("/admin/imports/?search=nothing").text


def test_files_are_kept_for_a_while_only(app, client, in_app):
    upload(client, woo_file(woo(1)), "orders.json")
    bring_in(app, client)
    upload(client, woo_file(woo(2)), "unused.json")
    with in_app():
        db.session.get_one(ImportBatch, 1).job.finished_at = now() - timedelta(days=31)
        db.session.get_one(ImportBatch, 2).created_at = now() - timedelta(days=8)

    with in_app():
        jobs.purge()

    with in_app():
        assert db.session.scalars(select(ImportBatch.id)).all() == [1]
        assert db.session.get_one(StoredFile, 1).content == b""
    assert client.get("/admin/imports/1").status_code == 200


def test_its_job_leads_to_the_page_of_the_file(app, client):
    upload(client, woo_file(woo(1)), "orders.json")
    bring_in(app, client)

    assert client.get("/admin/jobs/1").location.endswith("/admin/imports/1")
    assert "/admin/imports/1" in client.get("/admin/jobs/").text


# --- invoices for ---------------------------------------------------------------------------------------------------


def old_and_new() -> bytes:
    """An order of 2018 that is done, another that is still open, and one of its own shop's invoice."""
    done = {"status": "completed", "date_paid_gmt": "2018-03-01T10:00:00", "date_completed_gmt": "2018-03-02T10:00:00"}
    numbered = {"meta_data": [{"key": "_wcpdf_invoice_number", "value": "F-7"}], "status": "processing"}
    long_ago = {"date_created_gmt": "2018-03-01T10:00:00"}
    return woo_file(woo(1, **done, **long_ago), woo(2, **long_ago), woo(3, **numbered))


@pytest.mark.parametrize(
    ("choice", "made", "elsewhere", "warnings"),
    [
        ("", 1, 2, (True, False)),
        ("open", 1, 2, (True, False)),
        ("none", 0, 3, (False, False)),
        ("all", 3, 0, (True, True)),
    ],
)
def test_the_page_says_how_many_invoices_would_be_made_and_makes_as_many(
    app, client, in_app, choice, made, elsewhere, warnings
):
    how = {"invoices_for": choice} if choice else {}

    page = client.get(upload(client, old_and_new(), "old.json", **how).location).text
    bring_in(app, client)

    told = {
        0: "No invoice is created",
        1: "1 invoice will be created, dated",
        3: "3 invoices will be created, all dated",
    }[made]
    assert told in page
    assert ("are marked as invoiced elsewhere" in page) == (elsewhere > 0)
    assert ("Invoices of today for orders of before:" in page, "Invoiced twice:" in page) == warnings
    with in_app():
        orders = db.session.scalars(select(Order).order_by(Order.id)).all()
        assert sum(len(order.invoices) for order in orders) == made
        assert sum(order.is_invoiced_elsewhere for order in orders) == elsewhere
        assert list(checks.findings()) == []


def test_what_is_invoiced_elsewhere_says_so_on_its_page_and_is_taken_back_there(app, client, in_app):
    upload(client, old_and_new(), "old.json")
    bring_in(app, client)

    page, tab = client.get("/admin/order/ORD10003").text, client.get("/admin/order/ORD10003?tab=invoices").text
    for shown in (page, tab):
        assert "This order is invoiced elsewhere, number F-7." in shown
        assert "Invoice here after all" in shown
    client.post("/admin/order/ORD10003/invoice_here")

    with in_app():
        order = db.session.scalars(select(Order).where(Order.number == "ORD10003")).one()
        assert (order.is_invoiced_elsewhere, order.invoices) == (False, [])
        assert {entry.what for entry in db.session.scalars(select(History).where(History.order_id == order.id))} >= {
            "invoiced_elsewhere",
            "invoiced_here",
        }
