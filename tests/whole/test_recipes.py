"""What the recipes of CONTRIBUTING.md promise: what is added in part is found, and every file named there exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from flask import Flask

from app.actions import merging
from app.actions.personal_data import erase_personal_data, personal_data
from app.admin_views.connections import SOURCES as CONNECTED
from app.admin_views.customers import CustomerView
from app.admin_views.dashboard.tabs import TABS, Tab
from app.admin_views.settings.topic import ShopTopic, Topic
from app.api.shapes import CustomerShape
from app.config import LANGUAGES
from app.connections.shops import PLATFORMS as READABLE
from app.exports.tables import CUSTOMER_COLUMNS
from app.extensions import db
from app.history import SYSTEM
from app.intake.events import NAMING_ONLY, SIGNATURES
from app.intake_readers import PLATFORMS, READERS, SOURCES, only_order_in
from app.intake_readers.recognising import SIGNS, recognise_source
from app.intake_readers.samples import SAMPLES, TOPICS
from app.mails.kinds import ALL, MAILS_FOLDER
from app.models import Customer, Shop
from app.security.rights import GROUPS
from tests.intake_readers.samples_read import READ, sample

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"

#: Of a customer, what says nothing about the person.
NOT_PERSONAL = {
    "id", "source", "outside_shop_id", "program", "external_id", "created_at", "merged_into_id", "erased_at", "is_demo",
    "version", "no_reminders", "factur_x",
}  # fmt: skip
#: Of these, what staff choose in their form.
CHOSEN = {"factur_x"}
#: Where what staff note of a customer is not: it is put together in merging, and never taken out in lists.
WITHOUT_NOTES = {"notes"}

#: What may stay of somebody who is erased.
NAMES_NOBODY = {"language"}
CUSTOMER_PAGE = APP / "templates" / "admin" / "customer" / "details.html"

#: Of the shop's record, what no form of the settings holds: pages of their own, or what the program notes itself.
NO_SETTINGS = {
    "id",
    "version",
    "terms_id",
    "logo_id",
    "books_checked_at",
    "books_closed_until",
    "ledger_accounts",  # each account has a field of its own
    "mails_off",
    "reminders_since",
    "footers",  # each language has a field of its own
    "page_feet",
    "own_words",  # each word has a field in each language
    "seller_demanded",
    "steps_put_away",
}


# --- a mail ---------------------------------------------------------------------------------------------------------


def lacking_texts(kind: str, folder: Path = MAILS_FOLDER) -> list[str]:
    return [f"{kind}/{language}.txt" for language in LANGUAGES if not (folder / kind / f"{language}.txt").is_file()]


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_of_mail_has_a_text_in_each_language(kind: str) -> None:
    assert lacking_texts(kind) == []


def test_a_folder_that_lacks_a_text_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "birthday").mkdir()
    *some, last = LANGUAGES
    for language in some:
        (tmp_path / "birthday" / f"{language}.txt").write_text("Happy birthday")

    assert lacking_texts("birthday", tmp_path) == [f"birthday/{last}.txt"]


# --- a source platform ----------------------------------------------------------------------------------------------


def test_every_platform_that_is_read_has_a_name_signs_and_a_sample() -> None:
    assert set(PLATFORMS) == set(SOURCES)
    assert set(READERS) == set(SIGNS) == set(READ)
    assert {source: recognise_source(sample(source)) for source in READERS} == {source: source for source in READERS}


def test_every_platform_that_can_be_connected_is_read_named_and_tried_out() -> None:
    tried_out = set(SIGNATURES) - set(NAMING_ONLY)
    assert tried_out == set(SAMPLES) == set(TOPICS)
    assert set(NAMING_ONLY) <= set(READABLE)
    assert set(CONNECTED) == set(SIGNATURES) | set(READABLE)
    assert set(CONNECTED) <= set(READERS)
    assert {only_order_in(source, sample(source), currency="EUR").problem for source in tried_out} == {None}


# --- a setting ------------------------------------------------------------------------------------------------------


def topics(app: Flask) -> list[Topic]:
    (admin,) = app.extensions["admin"]
    return [view for view in admin._views if isinstance(view, Topic)]


def test_every_page_of_the_settings_has_a_right_to_see_and_to_change_it(app: Flask) -> None:
    rights = {topic.endpoint: {topic.right, topic.sight} for topic in topics(app)}

    assert {endpoint: asked for endpoint, asked in rights.items() if len(asked) != 1 or "" in asked} == {}
    assert {right.partition(".")[0] for asked in rights.values() for right in asked} <= set(GROUPS)


def test_every_setting_of_the_shop_stands_on_a_page(app: Flask) -> None:
    columns = {column.key for column in Shop.__mapper__.column_attrs}
    on_pages = {name for topic in topics(app) if isinstance(topic, ShopTopic) for name in topic.form_columns}

    assert columns - on_pages == NO_SETTINGS


# --- a field of the customer ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_every_field_of_the_customer_is_changed_shown_merged_exported_given_and_erased() -> None:
    fields = {column.key for column in Customer.__mapper__.column_attrs} - NOT_PERSONAL
    customer = Customer(**dict.fromkeys(fields, "xx"))
    db.session.add(customer)
    db.session.flush()

    assert fields <= set(re.findall(r"customer\.(\w+)", CUSTOMER_PAGE.read_text("utf-8")))
    assert set(CustomerView.form_columns) == fields | CHOSEN
    assert set(merging.FILLED) == fields - WITHOUT_NOTES
    assert fields - WITHOUT_NOTES <= set(CUSTOMER_COLUMNS)
    assert fields <= set(CustomerShape().fields)
    assert fields <= set(personal_data(customer, by=SYSTEM)["customer"])
    erase_personal_data(customer, by=SYSTEM)
    assert {field for field in fields if getattr(customer, field) == "xx"} == NAMES_NOBODY


# --- a block --------------------------------------------------------------------------------------------------------


def shown_by(tab: Tab) -> str:
    """The template of the tab, with those of the blocks that it names."""
    folder = APP / "templates" / "admin" / "order"
    text = (folder / f"{tab.template}.html").read_text("utf-8")
    return text + "".join((folder / file).read_text("utf-8") for file in re.findall(r"admin/order/(\w+\.html)", text))


@pytest.mark.parametrize("name", TABS)
def test_every_block_of_a_tab_is_shown_on_it(name: str) -> None:
    shown = shown_by(TABS[name])

    assert [block for block in TABS[name].blocks if not re.search(rf"\b{block}\b", shown)] == []


# --- a document -----------------------------------------------------------------------------------------------------


def test_every_document_has_a_page_that_fills_it_in() -> None:
    templates = {file.stem for file in (APP / "templates" / "documents").glob("*.html")} - {"base", "head", "text"}

    assert {f"{name}_page" for name in templates} <= {file.stem for file in (APP / "documents").glob("*_page.py")}


# --- what the recipes name ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guide", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_file_that_is_named_is_there(guide: str) -> None:
    named = re.findall(r"`((?:app|tests|tools|docs)/[\w./-]*)(?:::\w+)?`", (ROOT / guide).read_text("utf-8"))

    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_function_that_the_way_of_an_order_names_is_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = re.findall(r"`(app/[\w/]+\.py)::(\w+)`", text)

    assert len(named) > 20
    assert [f"{file}::{name}" for file, name in named if not is_defined(file, name)] == []


def is_defined(file: str, name: str) -> bool:
    path = ROOT / file
    return path.is_file() and bool(re.search(rf"^\s*(?:def|class) {name}\b", path.read_text("utf-8"), re.MULTILINE))


# --- the floors -----------------------------------------------------------------------------------------------------


def floors_of_the_contract() -> list[str]:
    """Every room of the import contract, from the top down."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    return re.findall(r"\w+", " ".join(layers))


@pytest.mark.parametrize(("guide", "room"), [("CONTRIBUTING.md", r"`(\w+)`"), ("docs/architecture.md", r"`app/(\w+)")])
def test_the_table_of_rooms_follows_the_import_contract(guide: str, room: str) -> None:
    table = (ROOT / guide).read_text("utf-8").partition("Imports run downwards")[2].partition("\n\n| ")[2]
    named = re.findall(room, table.partition("\n\n")[0])

    rooms = floors_of_the_contract()
    assert set(rooms) <= set(named)
    if guide == "CONTRIBUTING.md":
        assert list(dict.fromkeys(name for name in named if name in rooms)) == rooms
