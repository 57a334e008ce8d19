"""How the database finds what pages and background work ask for: in a shop with thousands of rows, no statement reads a
table that grows, whether SQLite's planner has statistics or not.

Each statement is run again as it was asked. SQLite shows its plan and counts its steps; PostgreSQL counts the rows it
looked at, and is told that every table is five hundred times as large, so that it plans as for a large shop.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import islice, product
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask_admin.model.filters import BaseFilter
from sqlalchemy import Connection, event, insert, select, text
from werkzeug.routing import Rule

from app import jobs, webhooks
from app.actions.api_keys import create_key
from app.actions.drafts import begin_empty_draft
from app.admin_views.dashboard import loading
from app.admin_views.filters import FilterByAmount, FilterByChoice, FilterByDay
from app.admin_views.list_looks import ListLooks
from app.columns import now
from app.demo.catalogue import ARTICLES
from app.extensions import db
from app.history import SYSTEM
from app.intake.batches import keep_file
from app.mails import Postman
from app.models import (
    SEARCH_DOCUMENTS,
    Arrival,
    Customer,
    Invoice,
    JobKind,
    JobState,
    Memo,
    Order,
    OutgoingMail,
    Product,
    Return,
    SecurityEvent,
    Shipment,
    ShopProduct,
    StockMovement,
    Task,
    Ticket,
    TicketMessage,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.operations.worker import duties
from app.queries import neighbours, order_list, planner, record_search
from app.seeding import seed
from tests import postgresql
from tests.clients import Client, sign_in, somebody
from tests.databases import Database, Postgresql, Sqlite
from tests.factories import new_connection, outside_shop

ORDERS = 6_000
#: The ids of seeded rows are below it.
BEYOND_SEEDED = 1_000_000

#: Counts stop here instead of at 10,000, so that the shop need not be that large to tell a count from a scan.
CAP = 100

#: On a page of SQLite's, whose planner does not mind a LIMIT: rows are drawn for nothing here.
ROWS_A_PAGE = 5

#: A page and its counts take some thousand steps; reading all rows of a table takes 20,000 and more.
MOST_STEPS = 16_000
MOST_ROWS = 3_000

GROWING = {
    "orders", "order_address", "order_line", "order_search", "customer", "customer_address", "payment", "invoice",
    "invoice_line", "print", "e_invoice", "shipment", "shipment_line", "goods_return", "return_line", "memo", "task",
    "ticket", "ticket_message", "history", "outgoing_mail", "arrival", "stock_movement", "product", "webhook_delivery",
    "security_event", "shop_product", *(table.name for table in SEARCH_DOCUMENTS.values()),
}  # fmt: skip

METRICS_TOKEN = "tok-8f0e7a1c5b3d9264"

#: In which nearly all rows say the same.
UNIFORM = ("is_draft", "is_demo", "is_active", "merged_into_id", "cancelled_at")


@dataclass
class Watch:
    """Looks at each statement that is run, once per page."""

    page: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    is_looking: bool = False

    def note(self, connection: Connection, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        key = (self.page.partition("?")[0], statement)
        if self.is_looking or key in self.seen or not statement.lstrip("( ").startswith(("SELECT", "WITH")):
            return
        self.seen.add(key)
        self.is_looking = True
        try:
            look = steps_on_sqlite if connection.dialect.name == "sqlite" else rows_on_postgresql
            if trouble := look(connection.connection.cursor(), statement, parameters):
                self.faults.setdefault(
                    statement, f"{self.page}\n{trouble}\n    {statement[-700:]}\n    {parameters!r:.300}"
                )
        finally:
            self.is_looking = False


def steps_on_sqlite(cursor: Any, statement: str, parameters: Any) -> str:
    cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    plan = [row[3] for row in cursor.fetchall()]
    ticks: list[int] = []
    connection = cursor.connection
    connection.set_progress_handler(lambda: ticks.append(1), 100)  # append answers None, which means: go on
    try:
        cursor.execute(statement, parameters)
        cursor.fetchall()
    finally:
        connection.set_progress_handler(None, 0)
    steps = len(ticks) * 100
    if steps <= MOST_STEPS and not any(map(is_bad, plan)):
        return ""
    return "\n".join(f"    {line}" for line in [f"{steps} steps", *plan])


def is_bad(line: str) -> bool:
    """All rows stand under one value of the index: it finds nothing."""
    return line.startswith("SEARCH") and line.endswith(tuple(f"({column}=?)" for column in UNIFORM))


def rows_on_postgresql(cursor: Any, statement: str, parameters: Any) -> str:
    cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
    return "\n".join(sorted(set(read_too_much(cursor.fetchone()[0][0]["Plan"]))))


def read_too_much(node: dict[str, Any]) -> Iterator[str]:
    rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
    rows = (rows + node.get("Rows Removed by Index Recheck", 0)) * node.get("Actual Loops", 1)
    if node.get("Relation Name") in GROWING and rows > MOST_ROWS:
        yield f"    {node['Node Type']} of {node['Relation Name']} by {node.get('Index Name', '-')}: {rows:.0f} rows"
    for part in node.get("Plans", ()):
        yield from read_too_much(part)


# --- the shop -------------------------------------------------------------------------------------------------------


def fill() -> dict[str, list[Any]]:
    """Thousands of rows of everything; answers what routes may be given."""
    seed(ORDERS)
    owner = somebody("owner")
    owner.away_since = now() - timedelta(days=5_000)  # Home counts what came in since
    shop = new_connection()
    endpoint = WebhookEndpoint(title="Till", url="http://127.0.0.1:9/", secret=webhooks.new_secret(), is_active=False)
    db.session.add_all([shop, endpoint])
    job = jobs.start(JobKind.BULK, ["ORD10001"], action="mark_paid", by=SYSTEM, how={}, language="en", once="")
    job.state = JobState.DONE
    token, _key = create_key("Till", rights=["read"], by=SYSTEM)
    batch = keep_file(
        outside_shop("csv"), "orders.csv", b"Nr;Datum;Totaal\n1;31-1-2025;5,00\n", notify=False, by=SYSTEM
    )
    begin_empty_draft(by=SYSTEM)
    db.session.flush()
    db.session.execute(insert(Product), [{"name": f"Mug {n}", "sku": f"MUG-{n}"} for n in range(ORDERS)])
    if db.engine.dialect.name == "postgresql":  # of as few as are seeded it sometimes reads all, which is as fast
        more = [{"name": f"Buyer {n}", "email": f"b{n}@example.net"} for n in range(ORDERS)]
        db.session.execute(insert(Customer), more)
    orders = db.session.execute(select(Order.id, Order.customer_id).order_by(Order.id)).all()
    for table, row in rows_of_everything(endpoint.id, shop.outside_shop_id).items():
        db.session.execute(insert(table), [row(order_id, customer_id) for order_id, customer_id in orders])
    db.session.commit()
    number, order_id, customer_id = db.session.execute(
        select(Order.number, Order.id, Order.customer_id).join(Return, Return.order_id == Order.id).limit(1)
    ).one()
    first = {
        "invoice_id": select(Invoice.id).where(Invoice.order_id == order_id),
        "shipment_id": select(Shipment.id).where(Shipment.order_id == order_id),
        "slip_number": select(Shipment.number).where(Shipment.order_id == order_id),
        "return_id": select(Return.id).where(Return.order_id == order_id),
        "task_id": select(Task.id).where(Task.order_id == order_id),
        "ticket_id": select(Ticket.id).where(Ticket.order_id == order_id),
        "arrival_id": select(Arrival.id),
        "mail_id": select(OutgoingMail.id),
        "delivery_id": select(WebhookDelivery.id),
    }
    given = {name: [db.session.scalar(query.limit(1))] for name, query in first.items()}
    db.session.commit()
    return {
        **given,
        "number": [number],
        "order_id": [order_id],
        "customer_id": [customer_id],
        "batch_id": [batch.id],
        "job_id": [job.id],
        "staff_id": [owner.id],
        "connection_id": [shop.id],
        "pull_kind": ["poll"],
        "endpoint_id": [endpoint.id],
        "token_id": [token.id],
        "position": [0],
        "kind": ["order_paid"],
        "manual_language": ["en"],
        "manual_page": ["returns"],
        "manual_picture": ["orders"],
        "language": ["nl"],
    }


def rows_of_everything(endpoint_id: int, shop_id: int) -> dict[Any, Callable[[int, int], dict[str, Any]]]:
    """A row for each order, of what seeding makes none of, or few."""
    return {
        OutgoingMail: lambda id, customer: {
            "kind": "order_paid", "once_key": f"plans:{id}", "order_id": id, "to_address": f"{id}@example.org",
            "subject": "Paid", "body": "", "message_id": f"<{id}@example.org>", "state": "sent",
            "attachments": [{"name": "invoice.pdf", "sha256": "0"}],
        },
        Arrival: lambda id, customer: {
            "outside_shop_id": shop_id,
            "source": "woocommerce", "external_id": str(id), "sha256": str(id), "payload": "{}", "result": "added",
            "origin": "shop.example.com",
            "order_id": id,
        },
        Ticket: lambda id, customer: {
            "id": BEYOND_SEEDED + id,
            "order_id": id, "customer_id": customer, "subject": "Where?", "email": f"{id}@example.org",
            "status": "closed",
        },
        TicketMessage: lambda id, customer: {
            "ticket_id": BEYOND_SEEDED + id, "is_from_customer": True, "author": "Femke", "text": "Where?",
        },
        Task: lambda id, customer: {
            "order_id": id, "description": "Call", "author": "Owner", "status": "done", "done_at": now(),
        },
        Memo: lambda id, customer: {"order_id": id, "text": "Ring twice", "author": "Owner"},
        WebhookDelivery: lambda id, customer: {
            "endpoint_id": endpoint_id, "message_id": str(id), "event": "order.paid", "order_id": id, "body": "{}",
            "state": "sent",
        },
        StockMovement: lambda id, customer: {
            "product_id": id % ORDERS + 1, "quantity": -1, "kind": "ordered", "document": f"plans:{id}",
            "order_id": id, "entered_by": "",
        },
        ShopProduct: lambda id, customer: {
            "outside_shop_id": shop_id, "external_id": str(id), "title": f"Mug {id}", "sku": f"MUG-{id}", "facts": {},
        },
        SecurityEvent: lambda id, customer: {
            "kind": "signed_in", "account": f"{id}@example.org", "client": "127.0.0.1",
        },
    }  # fmt: skip


def with_statistics() -> None:
    planner.gather_statistics()
    if db.engine.dialect.name == "postgresql":
        seem_large()


def without_statistics() -> None:
    """As SQLite is until somebody asks for them; PostgreSQL has some within a minute whatever happens."""
    for table in ("sqlite_stat1", "sqlite_stat4"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.commit()
    db.engine.dispose()


def seem_large() -> None:
    """Rows are estimated by how many a page of the file holds."""
    tables = ", ".join(f"'{table}'::regclass" for table in sorted(GROWING))
    of_them = f"oid IN ({tables}) OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN ({tables}))"
    db.session.execute(text(f"UPDATE pg_class SET reltuples = reltuples * 500 WHERE {of_them}"))
    db.session.commit()


# --- what is asked --------------------------------------------------------------------------------------------------

#: Pages that read much by their nature, or still do, and why.
EXCEPTIONS = {
    "/admin/customer/personal-data/": "looks for customers with the same data, and is opened rarely",
    "/admin/receivables/": "adds up all that is open, by its index, and reads no other order",
    "/admin/figures/": "adds up all documents of some days, by their index: see the test of its reports",
    "/admin/vat-return/": "reads all documents of some days, by their index: see the test of its filling",
    "/admin/reports/": "takes data out: reading all of it is what it is for",
    "worker: yearly sales": "adds up what was invoiced in two years, once a day",
    "worker: statistics": "asks about the schema, which does not grow",
}


#: What PostgreSQL still reads whole in a shop with seeded mails and tickets, and where.
STILL_READ = {
    "Index Only Scan of orders by pk_orders": "counting orders of which a mail failed, above the list of orders",
    "Index Only Scan of outgoing_mail by pk_outgoing_mail": "the Outbox, searched for the number of an order",
    "Index Scan of ticket by ix_ticket_last_message_at_id": "open tickets, where thousands of closed ones are newer",
}

#: What PostgreSQL finds by walking through a list in its order, all of it where few rows of the shop have the value: it
#: takes them for more than they are. SQLite looks them up. Known, and not mended.
STILL_WALKED = (
    "/admin/invoice/?state=credited", "/admin/invoice/?flt0_country=", "/admin/invoice/?flt0_payment_method=",
    "/admin/invoice/?flt0_total_", "/admin/invoice/?flt0_vat=", "/admin/shipment/?flt0_country=",
    "/admin/shipment/?flt0_method_title=", "/admin/customer/?flt0_country=", "/admin/product/?flt0_price_",
)  # fmt: skip

#: The lists that are searched by words, and what they are narrowed by besides.
SEARCHED_LISTS = {
    "customer": ["sort=0&desc=1"], "product": ["sort=2"], "invoice": ["", "kind=credit_note", "sort=4"],
    "shipment": [""], "return": ["", "status=completed"], "ticket": ["state=all", "state=closed", ""],
    "task": ["state=all", "state=done"],
    "outbox": ["", "sort=4"], "arrivals": ["", "flt1_0=added"], "security-log": [""], "shop-product": ["state=all"],
}  # fmt: skip
WORDS = ["ORD10007", "INV00007", "zzzqqq", "verhoeven", "example", "mug", "or", "xy", "ORD10007 or", "2"]


def paths(app: Flask, given: dict[str, list[Any]]) -> Iterator[str]:
    yield from order_lists()
    yield from orders_by_what_they_say()
    (number,) = given["number"]
    for tab in ("dashboard", "customer", "products", "invoices", "shipments", "returns", "tickets", "history"):
        yield f"/admin/order/{number}?tab={tab}"
    yield from (f"/admin/order/{number}?{urlencode({'list': asked})}" for asked in islice(order_lists(), 0, None, 9))
    told = islice(orders_by_what_they_say(), 0, None, 3)
    yield from (f"/admin/order/{number}?{urlencode({'list': asked})}" for asked in told)
    for kind, query in product(("customer", "product", "ticket"), ("", "search=verhoeven", "sort=0&desc=1")):
        left = f"/admin/{kind}/?{query}"
        yield (
            f"/admin/ticket/1?{urlencode({'list': left})}"
            if kind == "ticket"
            else (f"/admin/{kind}/edit/?{urlencode({'id': 1, 'url': left})}")
        )
    for view in app.extensions["admin"][0]._views:
        for tab in getattr(view, "tabs", {}):
            yield f"{view.url}/?{view.tab_part}={tab}"
            yield f"{view.url}/?{view.tab_part}={tab}&page=2"
        for name, (_position, one) in (getattr(view, "_filter_args", None) or {}).items():
            with app.app_context():
                values = values_asked(one)
            yield from (f"{view.url}/?{urlencode({f'flt0_{name}': value})}" for value in values)
        for column in range(len(view._list_columns) if getattr(view, "column_list", None) else 0):
            yield from (f"{view.url}/?sort={column}", f"{view.url}/?sort={column}&desc=1&page=3")
    for kind, tabs in SEARCHED_LISTS.items():
        for word, tab in product(WORDS, tabs):
            yield f"/admin/{kind}/?search={word}&{tab}"
    yield from (f"/admin/search/?all=1&q={word}" for word in WORDS)
    yield from (f"/admin/packing/?scan={word}" for word in WORDS)
    yield "/admin/news/?since=1"
    for query in ("invoice/?kind=credit_note", "invoice/?kind=credit_note&sort=0", "draft/?view=discarded"):
        yield f"/admin/{query}"
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.endswith((".pdf", "<path:filename>", "<token>")):
            yield from addresses(app, rule, given)


def orders_by_what_they_say() -> Iterator[str]:
    asked = ["country=MT", "payment_method=iDEAL", "shipping_method=none", "channel=none", "vat=reversed"]
    asked += ["has=memo", "has=task", "has=question", "product=MUG-1", "product=none", f"product={ARTICLES[0].sku}"]
    asked += ["amount_from=1", "amount_from=900000", "amount_from=60,50&amount_to=61"]
    yield from (f"/admin/order/?{one}{sort}" for one, sort in product(asked, ("", "&sort=number", "&page=2")))


def values_asked(one: BaseFilter) -> list[str]:
    """A value that all rows have, or few, or none; of choices all, until there are many."""
    if isinstance(one, FilterByDay):
        return ["1990-01-01", "2100-01-01"]
    if isinstance(one, FilterByAmount):
        return ["1", "60,50", "900000"]
    offered = one.choices() if isinstance(one, FilterByChoice) else (one.get_options(None) or [])
    return [str(value) for value, _title in offered][:6]


def order_lists() -> Iterator[str]:
    views = ["", "view=open", "view=unpaid", "view=to_ship"]
    filters = ["payment=paid", "payment=partially_paid", "shipment=shipped", "status=completed", "country=NL"]
    filters += ["payment=paid&shipment=shipped", "custom=1", "since=2025-01-01&until=2025-02-01"]
    # Of two words the rare ones come first: for "verhoeven example" PostgreSQL may read on until it has enough.
    words = ["ORD10007", "zzzqqq", "verhoeven", "example", "ORD10007 example", "verhoeven example", "or", "xy", "jan"]
    indexed = [sort for sort, said in order_list.SORTS.items() if not said.is_for_few]
    sorts = [f"sort={sort}&desc={desc}" for sort, desc in product(indexed, "01")]
    asked = [*views, *filters, *(f"search={word}" for word in words), "search=example&view=unpaid"]
    yield from (f"/admin/order/?{one}&{sort}" for one, sort in product(asked, sorts))
    yield from (f"/admin/order/?{one}&page=2" for one in asked)
    yield from (f"/admin/order/?sort={sort}" for sort in order_list.SORTS)
    yield from (f"/admin/order/?{one}&sort=email" for one in asked)


def addresses(app: Flask, rule: Rule, given: dict[str, list[Any]]) -> Iterator[str]:
    choices = {name: getattr(rule._converters[name], "items", None) or given.get(name) for name in rule.arguments}
    if not all(choices.values()):
        return
    for chosen in product(*choices.values()):
        path = app.url_map.bind("localhost").build(rule.endpoint, dict(zip(choices, chosen, strict=True)))
        yield path + ("?id=1" if rule.endpoint.endswith(("edit_view", "details_view")) else "")


def may_read_much(path: str) -> bool:
    return path.startswith(tuple(EXCEPTIONS))


def is_still_read(fault: str) -> bool:
    """Whether nothing else is wrong with the statement than what is known."""
    read = re.findall(r"^    (.+): \d+ rows$", fault, re.MULTILINE)
    return bool(read) and set(read) <= set(STILL_READ)


@pytest.fixture(scope="module")
def shop_of_kind(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Flask, dict[str, list[Any]]]]:
    """Made once per database, and used by one test after the other."""

    @cache
    def of_kind(kind: str) -> tuple[Flask, dict[str, list[Any]]]:
        database: Database = Sqlite(tmp_path_factory.mktemp("plans")) if kind == "sqlite" else Postgresql()
        database.renew()
        with database.app.app_context():
            given = fill()
        return database.app, given

    return of_kind


@pytest.fixture
def low_caps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Counts that are written once know the cap from then on."""
    write_anew()
    for name, module in list(sys.modules.items()):
        if name.startswith("app.") and hasattr(module, "COUNT_CAP"):
            monkeypatch.setattr(module, "COUNT_CAP", CAP)
    monkeypatch.setattr(order_list, "FEW", CAP)
    monkeypatch.setattr(order_list, "NEAR", 5 * CAP)
    monkeypatch.setattr(neighbours, "LOOKED_THROUGH", CAP)
    monkeypatch.setattr(record_search, "NEAR_ROWS", 3 * CAP)  # each takes four look-ups, its own words among them
    monkeypatch.setattr(record_search, "NEWEST", CAP)
    yield
    write_anew()


def write_anew() -> None:
    for written_once in (order_list.view_counts, loading.around_order, loading.around_draft):
        written_once.cache_clear()


@pytest.mark.parametrize(
    ("database_kind", "statistics"),
    [("sqlite", with_statistics), ("sqlite", without_statistics), ("postgresql", with_statistics)],
    indirect=["database_kind"],
)
def test_no_page_and_no_background_work_reads_a_table_that_grows(
    database_kind: str,
    shop_of_kind: Any,
    statistics: Callable[[], None],
    low_caps: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if database_kind == "postgresql" and not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    if database_kind == "sqlite":
        monkeypatch.setattr(ListLooks, "usual_rows", ROWS_A_PAGE)
    app, given = shop_of_kind(database_kind)
    app.config["METRICS_TOKEN"] = METRICS_TOKEN
    with app.app_context():
        statistics()
        engine = db.engine
    browser, watch = sign_in(app, "owner"), Watch()
    event.listen(engine, "before_cursor_execute", watch.note)
    try:
        for path in paths(app, given):
            visit(browser, path, watch)
        work(app, watch)
    finally:
        event.remove(engine, "before_cursor_execute", watch.note)

    searched = {view.url for view in app.extensions["admin"][0]._views if getattr(view, "searched", None)}
    faults = [fault for fault in watch.faults.values() if not may_read_much(fault) and not is_still_read(fault)]
    if database_kind == "postgresql":
        faults = [fault for fault in faults if not fault.startswith(STILL_WALKED)]
    assert searched == {"/admin/order", *(f"/admin/{kind}" for kind in SEARCHED_LISTS)}
    assert len(watch.seen) > 300
    assert not faults, "\n\n".join(faults)


def visit(browser: Client, path: str, watch: Watch) -> None:
    watch.page = path
    stated = {"Authorization": f"Bearer {METRICS_TOKEN}"} if path == "/metrics" else {}
    assert browser.get(path, headers=stated, buffered=True).status_code < 500, path


def work(app: Flask, watch: Watch) -> None:
    """One turn of everything that the worker does, but printing, and the check by night, which reads all there is."""
    for duty in duties(Postman()):
        if duty.name not in ("documents", "books"):
            watch.page = f"worker: {duty.name}"
            with app.app_context():
                duty.do()
                db.session.commit()
