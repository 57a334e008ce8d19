"""Which orders somebody is looking at: search, filters, order, page. One source for list, counts and bulk actions.

Pages are found by keyset: a link carries the first row shown, so the next page is an index seek however deep it is.
Ids come from a covering index, then the page's rows are fetched by id, in one statement together with the counts.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    GenerativeSelect,
    Integer,
    Label,
    Row,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    Subquery,
    TextClause,
    UnaryExpression,
    and_,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.operators import custom_op

from app.amounts.money import BadAmount, parse
from app.columns import Moment, now
from app.extensions import db
from app.models import (
    OPEN_ORDERS,
    ORDERS_WITH_MEMO,
    ORDERS_WITH_QUESTION,
    ORDERS_WITH_TASK,
    UNPAID_ORDERS,
    WITHOUT_VAT_BUT_NUMBER,
    Invoice,
    InvoiceKind,
    Memo,
    Order,
    OrderLine,
    OrderStatus,
    PaymentStatus,
    Shipment,
    ShipmentStatus,
)
from app.queries import concerns, keyset, search
from app.queries.concerns import Concern, as_indexed
from app.queries.counting import COUNT_CAP, count_capped, rows_in
from app.queries.keyset import (
    Anchor,
    ListSort,
    PagePlace,
    SortColumn,
    SortValue,
    cut_page,
    each_for_few,
    for_few,
    put_in_order,
    read_anchor,
    write_anchor,
)
from app.queries.neighbours import Listing
from app.queries.records import shop

#: Up to so many orders are fetched and sorted without more ado: to look for a page of them on the way takes longer.
FEW = 4_000

#: Of more than that, an index in the list's order is followed when its next so many orders hold a whole page.
NEAR = 10_000

#: One that no list reaches.
NO_LIMIT = 2**31 - 1

#: So many orders tell how common a word is.
SAMPLE = 100

#: What a list reads besides.
MoreColumn: TypeAlias = SQLColumnExpression[str] | SQLColumnExpression[int]

#: The columns below, each of a type of its own, and the counts after them.
ListRow = Row[*tuple[Any, ...]]

#: Drafts have a list of their own. Every view and every order status says already that an order is none. It is the
#: condition of the list's indexes.
NO_DRAFT: ColumnElement[bool] = Order.is_draft.is_(False)


#: The tabs above the list.
VIEWS: dict[str, ColumnElement[bool]] = {
    "open": as_indexed(OPEN_ORDERS),
    "unpaid": as_indexed(UNPAID_ORDERS),
    "to_ship": Order.status == literal_column("'awaiting_shipment'"),
    **{concern.value: condition for concern, condition in concerns.ORDERS_OF.items()},
}

INDEXES = {
    "open": "ix_orders_open_placed_at",
    "unpaid": "ix_orders_unpaid_placed_at",
    **{concern.value: index for concern, index in concerns.INDEXES.items()},
}

#: Views that are there only as long as an order is in them.
WHEN_ANY = tuple(concern.value for concern in concerns.ORDERS_OF)

STATUSES = [status for status in OrderStatus if status != OrderStatus.DRAFT]

#: What is asked of unpaid orders: at least so many days overdue; so many reminders sent, or more than that.
OVERDUE, REMINDED = ("1", "31", "61", "91"), ("0", "1", "2", "3")

#: What hangs on an order, each with an index.
HAS: dict[str, ColumnElement[bool]] = {
    "memo": as_indexed(ORDERS_WITH_MEMO),
    "task": as_indexed(ORDERS_WITH_TASK),
    "question": as_indexed(ORDERS_WITH_QUESTION),
}

#: What an order says by itself and is chosen from those that there are: part of the address, and column.
SAID: dict[str, InstrumentedAttribute[str]] = {
    "country": Order.country,
    "payment_method": Order.payment_method_title,
    "shipping_method": Order.shipping_method_title,
    "channel": Order.channel,
}

#: Of which VAT is reversed to the buyer, as far as the amounts say so.
REVERSED = "reversed"
WITHOUT_VAT = as_indexed(WITHOUT_VAT_BUT_NUMBER)

#: Where VAT is reversed: as orders write their countries, Greece as GR, Northern Ireland as XI.
MEMBER_STATES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK XI".split()
)

#: As `Order.has_open_slip`.
OPEN_SLIP = exists().where(Shipment.order_id == Order.id, Shipment.sent_at.is_(None), Shipment.withdrawn_at.is_(None))

#: Of the memos of an order the newest.
MEMO_OF = aliased(Memo)
NEWEST_MEMO = select(func.max(MEMO_OF.id)).where(MEMO_OF.order_id == Order.id).correlate(Order).scalar_subquery()
MEMO_TEXT = select(Memo.text).where(Memo.id == NEWEST_MEMO).correlate(Order).scalar_subquery()

#: What a list shows of an order, where somebody wants it, that is no column of its own.
MORE: dict[str, tuple[MoreColumn, ...]] = {
    "memo": (
        func.coalesce(MEMO_TEXT, "").label("memo"),
        func.coalesce(NEWEST_MEMO, 0).label("memo_id"),
    ),
}

SORTS: dict[str, ListSort] = {
    "number": ListSort(Order.number),
    "placed_at": ListSort(Order.placed_at),
    "customer_name": ListSort(Order.customer_name),
    "total": ListSort(Order.total),
    "payment_status": ListSort(Order.payment_status, (Order.placed_at,)),
    "shipment_status": ListSort(Order.shipment_status, (Order.placed_at,)),
    "status": ListSort(Order.status, (Order.placed_at,)),
    "payment_method_title": ListSort(Order.payment_method_title, (Order.placed_at,)),
    "shipping_method_title": ListSort(Order.shipping_method_title, (Order.placed_at,)),
    **each_for_few(Order.email, Order.phone, Order.vat_id, Order.purchase_order, Order.external_number),
    "discount_codes": for_few(cast(Order.discount_codes, String)),
    "memo": for_few(MEMO_TEXT),
}

#: What a row says of its place.
SORTED_BY = "sorted_by"

COLUMNS = (
    Order.id,
    Order.number,
    Order.external_number,
    Order.placed_at,
    Order.customer_name,
    Order.company,
    Order.country,
    Order.currency,
    Order.total,
    Order.invoiced,
    Order.credited,
    Order.status,
    Order.payment_status,
    Order.shipment_status,
    Order.custom_status_id,
    Order.outside_shop_id,
    Order.is_pick_up,
    Order.has_memo,
    Order.has_open_task,
    Order.has_unanswered_ticket,
    Order.is_demo,
    OPEN_SLIP.label("has_open_slip"),
)


def columns_of(name: str) -> tuple[MoreColumn, ...]:
    """What a list reads for a column that somebody wants besides."""
    return MORE.get(name) or (getattr(Order, name),)


@dataclass(frozen=True)
class Question:
    """What is asked of the list; every part of it stands in the address."""

    search: str = ""
    view: str = ""
    status: str = ""
    payment: str = ""
    shipment: str = ""
    custom: str = ""  # id of a custom status
    shop: str = ""  # id of an outside shop
    country: str = ""
    payment_method: str = ""  # as the order says it
    shipping_method: str = ""
    channel: str = ""
    amount_from: Decimal | None = None  # of the total
    amount_to: Decimal | None = None
    product: str = ""  # its SKU
    vat: str = ""  # REVERSED
    has: str = ""  # of HAS
    overdue: str = ""  # least days since an unpaid invoice fell due, of OVERDUE
    reminders: str = ""  # how many were sent, of REMINDED
    since: date | None = None
    until: date | None = None
    sort: str = "placed_at"
    descending: bool = True
    page: int = 0
    size: int = 25
    anchor: Anchor | None = None
    usual_size: int = 25  # of the person who asks
    unread: tuple[tuple[str, str], ...] = ()  # of the address: what no list of orders knows, and then none is meant

    @property
    def place(self) -> PagePlace:
        return PagePlace(self.page, self.size, self.anchor)

    @property
    def is_narrowed(self) -> bool:
        chosen = (self.status, self.payment, self.shipment, self.custom, self.shop, self.overdue, self.reminders)
        said = (*(getattr(self, name) for name in SAID), self.vat, self.has)
        is_said = any(chosen) or any(said) or self.has_no_order
        return bool(self.search or is_said or self.since or self.until or self.unread)

    @property
    def has_no_order(self) -> bool:
        """Whether it asks for what has an index that is not in the order of any list."""
        return bool(self.product) or self.amount_from is not None or self.amount_to is not None


@dataclass(frozen=True)
class Page:
    """The rows of a page and what stands round them."""

    rows: list[ListRow]
    count: int  # at most COUNT_CAP + 1
    views: dict[str, int]
    has_next: bool

    @property
    def first(self) -> ListRow | None:
        return self.rows[0] if self.rows else None


# --- reading the address --------------------------------------------------------------------------------------------


def read_question(args: Mapping[str, str], usual_size: int = 25) -> Question:
    """The question that a query string asks. What makes no sense in it is kept as unread."""
    sort = args.get("sort", "placed_at")
    sort = sort if sort in SORTS else "placed_at"
    question = Question(
        search=args.get("search", "").replace("\0", "").strip()[:200],
        view=one_of(args.get("view"), VIEWS),
        status=one_of(args.get("status"), STATUSES),
        payment=one_of(args.get("payment"), list(PaymentStatus)),
        shipment=one_of(args.get("shipment"), list(ShipmentStatus)),
        custom=str(as_int(args.get("custom"), most=10**9) or ""),
        shop=str(as_int(args.get("shop"), most=10**9) or ""),
        country=args.get("country", "").upper() if args.get("country", "").isalpha() else "",
        payment_method=as_filter_text(args.get("payment_method")),
        shipping_method=as_filter_text(args.get("shipping_method")),
        channel=as_filter_text(args.get("channel")),
        amount_from=as_typed_amount(args.get("amount_from")),
        amount_to=as_typed_amount(args.get("amount_to")),
        product=as_filter_text(args.get("product")),
        vat=one_of(args.get("vat"), (REVERSED,)),
        has=one_of(args.get("has"), HAS),
        overdue=one_of(args.get("overdue"), OVERDUE),
        reminders=one_of(args.get("reminders"), REMINDED),
        since=as_date(args.get("since")),
        until=as_date(args.get("until")),
        sort=sort,
        descending=args.get("desc", "1" if sort == "placed_at" else "0") != "0",
        page=as_int(args.get("page"), most=10**7),
        size=as_int(args.get("page_size"), most=100) or usual_size,
        usual_size=usual_size,
    )
    return replace(question, anchor=read_anchor(args.get("a", ""), SORTS[sort].key), unread=unread_of(args, question))


#: What no list of orders is narrowed by.
NO_FILTERS = frozenset(("search", "sort", "desc", "page", "page_size", "a", "url"))
FILTERS = (
    "view",
    "status",
    "payment",
    "shipment",
    "custom",
    "shop",
    *SAID,
    "amount_from",
    "amount_to",
    "product",
    "vat",
    "has",
    "overdue",
    "reminders",
    "since",
    "until",
)


def unread_of(args: Mapping[str, str], question: Question) -> tuple[tuple[str, str], ...]:
    """What is no filter, and what is asked of one that it has no answer to."""
    asked = [(name, value) for name, value in args.items() if value and name not in NO_FILTERS]
    return tuple((name, value) for name, value in asked if name not in FILTERS or getattr(question, name) in ("", None))


def one_of(value: str | None, allowed: Container[str]) -> str:
    return value if value in allowed else ""  # type: ignore[return-value]


def as_filter_text(value: str | None) -> str:
    return (value or "").replace("\0", "").strip()[:255]


def as_typed_amount(value: str | None) -> Decimal | None:
    """As people write it: 12,50 or 12.50. None for what is no amount, or could be more than one."""
    text = (value or "").strip()
    if not text or text.count(",") + text.count(".") > 1:
        return None
    try:
        return parse(text.replace(",", "."))
    except BadAmount:
        return None


def as_date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        return None


def as_int(value: str | None, *, most: int) -> int:
    return min(int(value), most) if value and value.isascii() and value.isdigit() and len(value) < 10 else 0


def anchor_text(question: Question, row: ListRow) -> str:
    return write_anchor(question.page, row.id, getattr(row, SORTED_BY))


# --- asking the database --------------------------------------------------------------------------------------------


def settle_sort(question: Question) -> Question:
    """A long list stays in an order that an index has."""
    usual = replace(question, sort="placed_at", descending=True, anchor=None)
    return question if sorts_many(question, question.sort) or count_matching(usual) <= COUNT_CAP else usual


def sorts_many(question: Question, sort: str) -> bool:
    """Whether a long list is put in that order. By a status only all orders: those wanted may all stand at its end."""
    by = SORTS[sort]
    return not (by.is_for_few or (by.then and (question.view or question.is_narrowed)))


def count_matching(question: Question) -> int:
    return db.session.scalar(select(count_of(question, shop().time_zone))) or 0


def find(question: Question, time_zone: str, more: Sequence[MoreColumn] = ()) -> Page:
    """The page that is asked for, with more columns if wanted, its count and the counts of the tabs."""
    plan = plan_for(question, time_zone)
    counts: list[ColumnElement[int]] = [*view_counts(db.engine.dialect.name)]
    if plan.count is None and question.is_narrowed:
        counts.append(count_to_cap(plan.where_to_count))
    rows, found = ([], None) if plan.count == 0 else rows_and_counts(question, plan, counts, more)
    if found is None:
        found = db.session.execute(select(*counts)).one()
    views: dict[str, int] = dict(zip(("", *VIEWS), found, strict=False))
    known = found[-1] if question.is_narrowed else views[question.view]
    return Page(
        rows=rows[: question.size],
        count=known if plan.count is None else plan.count,
        views=views,
        has_next=len(rows) > question.size,
    )


@cache
def view_counts(dialect: str) -> list[ColumnElement[int]]:
    """Of all orders and of each view, as SQL: SQLAlchemy would take as long to look through them as to ask them."""
    counts = [count_to_cap([NO_DRAFT]), *(count_view(name, dialect) for name in VIEWS)]
    return [write_out(count).label(f"count_{at}") for at, count in enumerate(counts)]


def count_view(name: str, dialect: str) -> ScalarSelect[int]:
    """What names its orders elsewhere is counted there, no further than the cap."""
    if name in concerns.NAMED_ELSEWHERE:
        return count_capped(concerns.NAMED_ELSEWHERE[Concern(name)].distinct())
    return count_to_cap([VIEWS[name]], INDEXES.get(name), dialect)


def write_out(count: ScalarSelect[int]) -> ColumnElement[int]:
    """As SQL, its values in it. A "%" is doubled where the driver wants that, which the whole statement does again."""
    sql = str(count.compile(db.engine, compile_kwargs={"literal_binds": True}))
    return literal_column(sql.replace("%%", "%") if "format" in db.engine.dialect.paramstyle else sql, Integer)


def rows_and_counts(
    question: Question,
    plan: Plan,
    counts: Sequence[ColumnElement[int]],
    more: Sequence[MoreColumn] = (),
) -> tuple[list[ListRow], Sequence[int] | None]:
    """In one statement; a page without rows has no place for counts."""
    sort = SORTS[question.sort]
    ids = page_ids(question, plan, sort if plan.sort is None else plan.sort)
    statement = select(*COLUMNS, *more, sort.key.label(SORTED_BY), *counts).join(ids, ids.c.id == Order.id)
    statement = put_in_order(statement, sort, Order.id, descending=question.descending)
    rows: list[ListRow] = list(db.session.execute(statement))
    return rows, rows[0][-len(counts) :] if rows else None


@dataclass(frozen=True)
class Plan:
    """How a question is put to the database, chosen by how many orders its parts match."""

    where: list[ColumnElement[bool]]  # for the rows of a page
    where_to_count: list[ColumnElement[bool]]
    count: int | None = None  # of all that match, where that is known already
    sort: ListSort | None = None  # what a page is sorted by, when that is not the column itself
    probes: Sequence[ColumnElement[bool]] = ()  # asked of one order after the other once they are sorted


def plan_for(question: Question, time_zone: str) -> Plan:
    """A planner can't know: that depends on the word that is searched for, and on which filters go with which sort."""
    where, match = filters(question, time_zone), search.matching(question.search)
    is_sorted_otherwise = is_out_of_order(question, where)
    if not (question.is_narrowed or is_sorted_otherwise):
        return Plan(where, where)
    listed, hits = sizes(where, match, rows_to_count(question, time_zone))
    found = where if match is None else [*where, Order.id.in_(match)]
    probes = [] if match is None else [search.has_words(question.search)]
    known = listed if match is None else hits if is_all(where) else None
    count = None if known is None else min(known, COUNT_CAP + 1)
    way, met = ([NO_DRAFT], [*row_by_row(question, time_zone), *probes]) if is_sorted_otherwise else (where, probes)
    is_list_shorter = count is None and (hits > listed or (listed > COUNT_CAP and are_many(where, probes)))
    fitting = [*where, *probes] if is_list_shorter else found
    if min(hits, listed) > FEW and met and is_page_near(question, way, met):
        return Plan([*way, *met], fitting, count)
    if not is_sorted_otherwise:
        return Plan(fitting, fitting, count)
    sort = fetched_first(SORTS[question.sort])
    return Plan(where, fitting, count, sort, probes) if is_list_shorter else Plan(found, found, count, sort)


def is_out_of_order(question: Question, where: list[ColumnElement[bool]]) -> bool:
    """Whether no index that finds the orders has them in the order of the list."""
    is_sorted_otherwise = question.sort != "placed_at" and not is_all(where)
    return question.has_no_order or begins_so(question) or is_sorted_otherwise


def begins_so(question: Question) -> bool:
    """Whether its words are too short to look up, and are those that something begins with."""
    return bool(question.search) and search.matching(question.search) is None


def row_by_row(question: Question, time_zone: str) -> list[ColumnElement[bool]]:
    """The filters as they are asked of one order after the other."""
    return [*map(search.hide_from_indexes, filters(question, time_zone, is_asked=True))]


def rows_to_count(question: Question, time_zone: str) -> GenerativeSelect:
    """What the filters match, to be counted: of a product its lines, of which not all are read."""
    if not question.product:
        return rows_in(Order, *filters(question, time_zone))
    others = filters(replace(question, product=""), time_zone)
    lines = select(OrderLine.order_id).join(Order, Order.id == OrderLine.order_id)
    return lines.where(*others, *of_product(question.product)).distinct()


def of_product(sku: str) -> tuple[ColumnElement[bool], ...]:
    """As its index knows them."""
    return OrderLine.sku == sku, OrderLine.sku != literal_column("''")


def is_all(where: list[ColumnElement[bool]]) -> bool:
    return len(where) == 1 and where[0] is NO_DRAFT


def fetched_first(sort: ListSort) -> ListSort:
    """The sort such that no database follows its index, in the hope that enough orders on the way fulfil the rest."""
    if isinstance(sort.type, Moment):
        return replace(sort, key=moment_fetched_first(sort.key))
    operator, nothing = ("||", "''") if isinstance(sort.type, String) else ("+", "0")
    return replace(sort, key=sort.key.op(operator, return_type=sort.type)(literal_column(nothing)))


def moment_fetched_first(key: SortColumn) -> ColumnElement[SortValue]:
    """SQLite leaves texts as they are behind a plus."""
    if db.engine.dialect.name == "sqlite":
        column: Label[SortValue] = key.label(None)
        return UnaryExpression(column.element, operator=custom_op("+"), type_=column.type)
    return key.op("+", return_type=key.label(None).type)(literal_column("interval '0'"))


def is_page_near(question: Question, way: list[ColumnElement[bool]], met: list[ColumnElement[bool]]) -> bool:
    """Whether the next orders on the way are enough for a page. The open ones are not where the oldest are."""
    near = next_ids(question, select(Order.id.label("id")).where(*way), SORTS[question.sort]).limit(NEAR)
    return met_among(near, met, enough=question.size + 1)


def are_many(way: list[ColumnElement[bool]], met: list[ColumnElement[bool]]) -> bool:
    """Whether half of all orders on the way fulfil the rest, by a sample."""
    return met_among(select(Order.id.label("id")).where(*way).limit(SAMPLE), met, enough=SAMPLE // 2)


def met_among(ids: Select[int], met: list[ColumnElement[bool]], *, enough: int) -> bool:
    """One order after the other, until enough have met the conditions."""
    near = ids.subquery()
    is_met = select(and_(*met)).where(Order.id == near.c.id).correlate(near).scalar_subquery()
    some = select(near.c.id).where(is_met).limit(enough).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) == enough


def sizes(
    where: list[ColumnElement[bool]], match: Select[int] | None, rows: GenerativeSelect | None = None
) -> tuple[int, int]:
    """How many orders the filters match, and how many the search, up to one more than few. NO_DRAFT matches all."""
    rows = rows_in(Order, *where) if rows is None else rows
    every: ColumnElement[int] = literal_column(str(FEW + 1))
    listed = every if match is not None and is_all(where) else count_capped(rows, FEW + 1)
    hits = every if match is None else count_capped(match.where(search.is_no_draft()), FEW + 1)
    return tuple(db.session.execute(select(listed, hits)).one())  # type: ignore[return-value]


def count_of(question: Question, time_zone: str) -> ColumnElement[int]:
    """How many orders match, as part of a statement."""
    plan = plan_for(question, time_zone)
    return count_to_cap(plan.where_to_count) if plan.count is None else literal_column(str(plan.count), Integer)


def matching_numbers(question: Question, time_zone: str, *, up_to: int) -> list[str]:
    """The numbers of all orders that match, in the list's order, but for those with an id above `up_to`."""
    numbers = select(Order.number).where(*conditions(question, time_zone), Order.id <= up_to)
    return list(
        db.session.scalars(put_in_order(numbers, SORTS[question.sort], Order.id, descending=question.descending))
    )


def find_sort_value(order: Order, question: Question) -> SortValue:
    """What the list is sorted by, of this order."""
    sort = SORTS[question.sort]
    if isinstance(sort.key, InstrumentedAttribute):
        value: SortValue = getattr(order, sort.key.key)
        return value
    return db.session.scalars(select(sort.key).where(Order.id == order.id)).one()


def listing_of(question: Question, time_zone: str) -> Listing:
    """The list as its next and previous orders are looked for: of a few orders among these, of many one by one."""
    where, match = filters(question, time_zone), search.matching(question.search)
    sort = SORTS[question.sort]
    is_sorted_otherwise = is_out_of_order(question, where)
    if not (question.is_narrowed or is_sorted_otherwise):
        return Listing(Order, Order.id, where, sort, question.descending)
    listed, hits = sizes(where, match, rows_to_count(question, time_zone))
    known = listed if match is None else hits if is_all(where) else None
    if match is not None:
        by_words = Order.id.in_(match) if hits <= FEW else search.has_words(question.search)
        where = [*(map(search.hide_from_indexes, where) if hits <= FEW else where), by_words]
    if min(listed, hits) > FEW or begins_so(question):  # in three columns: no index helps beside a place
        words = [] if match is None else [search.has_words(question.search)]
        met = [*row_by_row(question, time_zone), *words] if question.has_no_order else where
        return Listing(Order, Order.id, [NO_DRAFT], sort, question.descending, met)
    some = select(Order.id).where(*where).offset(0)  # looked up first: beside the row's place no index is used
    by = fetched_first(sort) if is_sorted_otherwise else sort
    return Listing(Order, Order.id, [Order.id.in_(some)], by, question.descending, count=known)


def newest_id() -> int:
    """The id of the order that came in last; what comes later is above it."""
    return db.session.scalar(select(func.max(Order.id))) or 0


def known_numbers(numbers: Sequence[str]) -> list[str]:
    """Those of the numbers that orders have, each once, in the order given."""
    asked_for = [number for number in dict.fromkeys(numbers) if "\0" not in number]
    known = set(db.session.scalars(select(Order.number).where(Order.number.in_(asked_for))))
    return [number for number in asked_for if number in known]


def conditions(question: Question, time_zone: str) -> list[ColumnElement[bool]]:
    """What the orders of all pages fulfil."""
    where, match = filters(question, time_zone), search.matching(question.search)
    if match is None:
        return where
    _listed, hits = sizes([NO_DRAFT], match)
    return [*where, Order.id.in_(match) if hits <= FEW else search.has_words(question.search)]


def filters(question: Question, time_zone: str, *, is_asked: bool = False) -> list[ColumnElement[bool]]:
    """Everything but a search by words; as it is looked up, or as it is asked of one order after the other."""
    no_drafts = question.view or question.status or question.has or question.vat
    where: list[ColumnElement[bool]] = [] if no_drafts else [NO_DRAFT]
    if question.unread:
        where.append(false())
    if question.view:
        where.append(VIEWS[question.view])
    for column, wanted in (
        (Order.status, question.status),
        (Order.payment_status, question.payment),
        (Order.shipment_status, question.shipment),
        (Order.custom_status_id, int(question.custom or 0)),
        (Order.outside_shop_id, int(question.shop or 0)),
        *((column, getattr(question, name)) for name, column in SAID.items()),
    ):
        if wanted:
            where.append(column == wanted)
    where += said_by_amounts(question)
    if question.has:
        where.append(HAS[question.has])
    if question.product:
        lines = of_product(question.product)
        looked_up = Order.id.in_(select(OrderLine.order_id).where(*lines))
        where.append(exists().where(OrderLine.order_id == Order.id, *lines) if is_asked else looked_up)
    if question.overdue or question.reminders:
        where += unpaid_ones(question, time_zone)
    if question.since:
        where.append(Order.placed_at >= start_of(question.since, time_zone))
    if question.until:
        where.append(Order.placed_at < start_of(question.until + timedelta(days=1), time_zone))
    if begins_so(question):
        where.append(begins_with(question.search))
    return where


def said_by_amounts(question: Question) -> Iterator[ColumnElement[bool]]:
    if question.amount_from is not None:
        yield Order.total >= question.amount_from
    if question.amount_to is not None:
        yield Order.total <= question.amount_to
    if question.vat:
        yield WITHOUT_VAT
        yield reversed_vat()


def reversed_vat() -> ColumnElement[bool]:
    """Of an order without VAT whose buyer has a number: it goes to another member state, and the shop would charge."""
    own = shop()
    if own.is_small_business:
        return false()
    return Order.country.in_(sorted(MEMBER_STATES - {own.country}))


def unpaid_ones(question: Question, time_zone: str) -> Iterator[ColumnElement[bool]]:
    """Of the unpaid orders, which an index knows, those that fell due so long ago, or were reminded so often."""
    yield as_indexed(UNPAID_ORDERS)
    if question.overdue:
        last = now().astimezone(ZoneInfo(time_zone)).date() - timedelta(days=int(question.overdue))
        unpaid = (Invoice.order_id == Order.id, Invoice.kind == InvoiceKind.INVOICE, Invoice.paid_at.is_(None))
        yield exists().where(*unpaid, Invoice.due_on <= last)
    if question.reminders:
        sent = int(question.reminders)
        yield Order.reminders >= sent if question.reminders == REMINDED[-1] else Order.reminders == sent


def start_of(day: date, time_zone: str) -> datetime:
    """Midnight in the shop's time zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def begins_with(start: str) -> ColumnElement[bool]:
    """For words too short to look up: where the number or the customer's name begins so, as typed or with a capital.

    Each part says that it is no draft: SQLite sees by that that it may use their indexes, and else reads all orders.
    """
    name = Order.customer_name
    beginnings = [(Order.number, start.upper()), (name, start), (name, start.capitalize())]
    return or_(*[and_(NO_DRAFT, search.begins_with(column, text)) for column, text in beginnings])


def page_ids(question: Question, plan: Plan, sort: ListSort) -> Subquery:
    """The ids of the page, and of one row more, which tells whether there is a next page."""
    ids = next_ids(question, select(Order.id.label("id")).where(*plan.where), sort)
    if plan.probes:
        ids = those_that_meet(plan.probes, ids)
    return cut_page(ids, question.place).subquery()


def those_that_meet(probes: Sequence[ColumnElement[bool]], ids: Select[int]) -> Select[int]:
    """In the order they have, until there are enough: the limit keeps databases from asking all of them first."""
    in_order = ids.limit(NO_LIMIT).subquery()
    is_met = select(and_(*probes)).where(Order.id == in_order.c.id).correlate(in_order).scalar_subquery()
    return select(in_order.c.id).where(is_met)


def next_ids(question: Question, ids: Select[int], sort: ListSort) -> Select[int]:
    return keyset.next_ids(ids, sort, Order.id, descending=question.descending, place=question.place)


def count_to_cap(where: list[ColumnElement[bool]], index: str | None = None, dialect: str = "") -> ScalarSelect[int]:
    """A count that stops at the cap. SQLite is told which partial index answers it: by itself it takes a larger one."""
    told = index and dialect == "sqlite"
    table: type[Order] | TextClause = text(f"orders INDEXED BY {index}") if told else Order
    return count_capped(rows_in(table, *where))
