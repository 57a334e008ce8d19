"""Goods under the margin scheme (articles 311 to 343 of Directive 2006/112/EC): their VAT is in the margin.

The margin of an article is what it was sold for, with its share of shipping and discounts, less what it was bought for;
one that is negative is 0, and takes nothing off another (article 315, the individual method). No document says the VAT:
it is fixed beside what the document says, once, when it is issued. A credit note turns back what its invoice had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypedDict, cast

from flask_babel import gettext as _
from sqlalchemy import select, text

from app.accounting.crediting import credit_notes_of
from app.accounting.tax_bases import overlap
from app.accounting.tax_rows import Key, TaxRow, highest_first, is_margin, is_untaxed, once, said_rows
from app.accounting.vat_rates import load_rates
from app.amounts.money import ZERO, included_tax, plain, rounded, split
from app.extensions import db, remember
from app.models import PRODUCTS_UNDER_MARGIN_SCHEME, Invoice, LineKind, MarginScheme, Order, OrderLine, Product, Shop


class MarginSaid(TypedDict):
    """An article on a document, amounts as text; those of a credit note take back. No customer sees it."""

    order_line: int
    scheme: str
    name: str
    sku: str
    quantity: str
    sold: str  # for how much, with its share of shipping and discounts
    bought: str
    taxed: str  # of the margin, with the VAT in it
    rate: str  # percent
    vat: str


# --- what the lines of an order are sold under -----------------------------------------------------------------------


def take_margins(order: Order, shop: Shop) -> None:
    """Fix on lines that no document has yet under which scheme they are sold, and for what they were bought.

    That a product is of such goods is said with it, or by the shop of all that it sells without VAT. What was sold with
    VAT, or by a small business, is not under the scheme (article 319). A price in the shop's currency says nothing of
    an order in another.
    """
    own = [line for line in order.lines if line.kind == LineKind.PRODUCT]
    if not any(line.margin_scheme or (can_be_margin(line, order, shop) and sells_such_goods(shop)) for line in own):
        return  # as nearly always: neither products nor what was billed are looked up
    billed = {bill.order_line_id for document in order.invoices for bill in document.lines}
    lines = [line for line in own if line.id not in billed]
    products = find_products(line for line in lines if can_be_margin(line, order, shop))
    for line in lines:
        product = products.get(line.product_id or 0)
        known = price_known(line, product, order, shop)
        scheme = scheme_of(product, known, shop) if can_be_margin(line, order, shop) else MarginScheme.NONE
        if line.margin_scheme != scheme:
            line.margin_scheme = scheme
        if scheme and line.purchase_price != known:
            line.purchase_price = known


def line_under_scheme(order: Order, shop: Shop) -> OrderLine | None:
    """One that is not invoiced yet and would be under a scheme by what its product and the shop say now."""
    lines = [line for line in order.lines if line.kind == LineKind.PRODUCT and can_be_margin(line, order, shop)]
    if not lines or not sells_such_goods(shop):
        return None
    products = find_products(lines)
    for line in lines:
        product = products.get(line.product_id or 0)
        if scheme_of(product, price_known(line, product, order, shop), shop):
            return line
    return None


def price_known(line: OrderLine, product: Product | None, order: Order, shop: Shop) -> Decimal | None:
    """That of the product as it is now, for it may have been mended since the order was quoted."""
    price = product.purchase_price if product and order.currency == shop.currency else None
    return line.purchase_price if price is None else price


def sells_such_goods(shop: Shop) -> bool:
    """Asked once for many orders. What is being written meanwhile is no product."""
    if by_shop(shop):
        return True
    with db.session.no_autoflush:
        query = select(Product.id).where(text(PRODUCTS_UNDER_MARGIN_SCHEME)).limit(1)
        return remember("margin goods", lambda: db.session.scalar(query) is not None)


def by_shop(shop: Shop) -> MarginScheme:
    """Under which it says that all stands that it sells without VAT."""
    return next((one for one in MarginScheme if one and one.value == shop.zero_rate.value), MarginScheme.NONE)


def scheme_of(product: Product | None, price: Decimal | None, shop: Shop) -> MarginScheme:
    """A shop that says it of all its goods was not asked before what they cost: it is reckoned where that is known."""
    if product and product.margin_scheme:
        return product.margin_scheme
    return by_shop(shop) if price is not None else MarginScheme.NONE


def can_be_margin(line: OrderLine, order: Order, shop: Shop) -> bool:
    return is_untaxed(line) and not (shop.is_small_business or order.before_reversal or overlap(order))


def find_products(lines: Iterable[OrderLine]) -> dict[int, Product]:
    ids = {line.product_id for line in lines if line.product_id}
    if not ids:
        return {}
    return {one.id: one for one in db.session.scalars(select(Product).where(Product.id.in_(ids)))}


def why_no_purchase_price(order: Order, shop: Shop, wanted: Iterable[int] | None = None) -> str:
    """Which of these lines, or of all that are not invoiced yet, can't be: nobody knows what it was bought for."""
    ids = None if wanted is None else set(wanted)
    for line in order.lines:
        is_wanted = line.to_invoice > 0 if ids is None else line.id in ids
        if is_wanted and line.margin_scheme and line.purchase_price is None:
            if order.currency != shop.currency:
                return _(
                    "“%(name)s” is sold under the margin scheme, and its purchase price is not in %(currency)s: nobody "
                    "can reckon the VAT in its margin. Take the scheme off the product, or sell it in %(own)s.",
                    name=line.name,
                    currency=order.currency,
                    own=shop.currency,
                )
            return _(
                "“%(name)s” is sold under the margin scheme: enter its purchase price first, on the page of the "
                "product.",
                name=line.name,
            )
    return ""


# --- what a document has of it ---------------------------------------------------------------------------------------


class Bill(NamedTuple):
    """What of a line of a document is under a scheme."""

    ordered: OrderLine
    quantity: Decimal
    scheme: str
    amount: Decimal


@dataclass(frozen=True)
class Sold:
    """What an invoice and its credit notes so far have of an article."""

    quantity: Decimal = ZERO
    sold: Decimal = ZERO
    bought: Decimal = ZERO
    taxed: Decimal = ZERO
    vat: Decimal = ZERO

    def __add__(self, one: MarginSaid) -> Sold:
        return Sold(
            self.quantity + Decimal(one["quantity"]),
            self.sold + Decimal(one["sold"]),
            self.bought + Decimal(one["bought"]),
            self.taxed + Decimal(one["taxed"]),
            self.vat + Decimal(one["vat"]),
        )


def margins_said(document: Invoice) -> list[MarginSaid]:
    return cast("list[MarginSaid]", (document.snapshot or {}).get("margins", []))


def sold_so_far(documents: Iterable[Invoice]) -> dict[int, Sold]:
    found: dict[int, Sold] = {}
    for document in documents:
        for one in margins_said(document):
            found[one["order_line"]] = found.get(one["order_line"], Sold()) + one
    return found


def margins_of(
    document: Invoice, shop: Shop, bills: Sequence[Bill], original: Invoice | None, *, is_export: bool
) -> list[MarginSaid]:
    """What is fixed at issue: of each article what was sold, bought and taxed; of a credit note what is taken back."""
    if original:
        notes = [note for note in credit_notes_of(original) if note is not document]
        had, rates = sold_so_far([original, *notes]), rates_said(original)
    else:
        had, rates = {}, margin_rates(document, shop, bills, is_export=is_export)
    articles = articles_of(bills, original, document.currency)
    if original:
        close_rests(articles, had)
    return [
        say_margin(one, had.get(one.line.id, Sold()), rates.get(one.line.id, ZERO), document.currency)
        for one in articles
    ]


def close_rests(articles: list[Article], had: Mapping[int, Sold]) -> None:
    """Where all is taken back in all, all is taken back of each, whatever rounding left of shares."""
    rest = sum((one.sold for one in had.values()), ZERO) + sum((one.amount for one in articles), ZERO)
    left = {line_id: one.quantity for line_id, one in had.items()}
    for one in articles:
        left[one.line.id] = left.get(one.line.id, ZERO) + one.quantity
    if not rest and not any(left.values()):
        for one in articles:
            one.amount = -had.get(one.line.id, Sold()).sold


def rates_said(original: Invoice) -> dict[int, Decimal]:
    return {one["order_line"]: Decimal(one["rate"]) for one in margins_said(original)}


def margin_rates(document: Invoice, shop: Shop, bills: Sequence[Bill], *, is_export: bool) -> dict[int, Decimal]:
    """That of the product, else the standard rate of the seller's country; an export bears none (article 321)."""
    if is_export:
        return {}
    usual = load_rates(shop.country).standard(shop.country, document.issued_at.date()) or ZERO
    products = find_products(bill.ordered for bill in bills)
    own = {bill.ordered.id: products.get(bill.ordered.product_id or 0) for bill in bills}
    return {line_id: (product.vat_rate if product else ZERO) or usual for line_id, product in own.items()}


@dataclass
class Article:
    """What a document has of an article under a scheme."""

    line: OrderLine
    scheme: str
    quantity: Decimal = ZERO
    amount: Decimal = ZERO


def articles_of(bills: Sequence[Bill], original: Invoice | None, currency: str) -> list[Article]:
    """Each with its share of what came on top: a discount goes with the goods of the document.

    Shipping and fees go back to those articles that had them.
    """
    found: dict[int, Article] = {}
    for bill in bills:
        if bill.ordered.kind == LineKind.PRODUCT:
            article = found.setdefault(bill.ordered.id, Article(bill.ordered, bill.scheme))
            article.quantity += bill.quantity
            article.amount += bill.amount
    goods = {(one.scheme, line_id): one.amount for line_id, one in found.items()}
    for bill in bills:
        if bill.ordered.kind == LineKind.PRODUCT or not bill.amount:
            continue
        had = sold_under(bill.scheme, original)
        here = {line_id: price for (scheme, line_id), price in goods.items() if scheme == bill.scheme}
        goes_along = bill.ordered.kind == LineKind.DISCOUNT or not had
        among = (here if goes_along else {}) or had or {bill.ordered.id: Decimal(1)}
        shares = split(bill.amount, [abs(price) for price in among.values()], currency)
        by_id = {line.id: line for line in bill.ordered.order.lines}
        for line_id, share in zip(among, shares, strict=True):
            found.setdefault(line_id, Article(by_id[line_id], bill.scheme)).amount += share
    return list(found.values())


def sold_under(scheme: str, original: Invoice | None) -> dict[int, Decimal]:
    said = margins_said(original) if original else []
    return {one["order_line"]: Decimal(one["sold"]) for one in said if one["scheme"] == scheme}


def say_margin(article: Article, had: Sold, rate: Decimal, currency: str) -> MarginSaid:
    line = article.line
    after = reckon_margin(line, had.quantity + article.quantity, had.sold + article.amount, rate, currency)
    return {
        "order_line": line.id,
        "scheme": article.scheme,
        "name": line.name,
        "sku": line.sku,
        "quantity": str(plain(article.quantity)),
        "sold": str(plain(article.amount)),
        "bought": str(plain(after.bought - had.bought)),
        "taxed": str(plain(after.taxed - had.taxed)),
        "rate": str(plain(rate)),
        "vat": str(plain(after.vat - had.vat)),
    }


def reckon_margin(line: OrderLine, quantity: Decimal, sold: Decimal, rate: Decimal, currency: str) -> Sold:
    """Of so many articles that were sold for so much, and of what came on top without an article."""
    price = line.purchase_price if line.kind == LineKind.PRODUCT else None
    bought = rounded((price or ZERO) * quantity, currency)
    taxed = max(ZERO, sold - bought)
    return Sold(quantity, sold, bought, taxed, included_tax(taxed, rate, currency))


def wrong_margins(order: Order) -> Iterator[tuple[Invoice, str]]:
    """The documents whose margins are not what follows from what was sold and bought, with the article or scheme."""
    lines = {line.id: line for line in order.lines}
    so_far: dict[tuple[int, int], Sold] = {}
    for document in sorted(order.invoices, key=lambda one: one.id):
        said = margins_said(document)
        for row in document.snapshot.get("vat", ()):
            under = sum((Decimal(one["sold"]) for one in said if one["scheme"] == row["name"]), ZERO)
            if is_margin((row["name"], row["rate"])) and under != Decimal(row["base"]):
                yield document, row["name"]
        for one in said:
            place = (document.credits_id or document.id, one["order_line"])
            so_far[place] = now = so_far.get(place, Sold()) + one
            line = lines.get(one["order_line"])
            if line is None or now != reckon_margin(
                line, now.quantity, now.sold, Decimal(one["rate"]), document.currency
            ):
                yield document, one["name"]


# --- in the books ----------------------------------------------------------------------------------------------------


class BookedRow(NamedTuple):
    """A row of a document as it stands in the books; `net` as far as no row before has it, where taxes overlap."""

    key: Key
    net: Decimal
    row: TaxRow


def booked_rows(document: Invoice) -> Iterator[BookedRow]:
    """The rows of the document; of goods under the margin scheme what bears no VAT, and the margins with theirs."""
    rows = said_rows(document)
    own = once(rows, Decimal(document.snapshot["net"]))
    for key, row in highest_first(rows):
        if not is_margin(key):
            yield BookedRow(key, own[key], row)
            continue
        taxed = taxed_of_scheme(document, key[0])
        rest = TaxRow(row.base - sum((one.base + one.tax for one in taxed.values()), ZERO), row.tax)
        yield from (BookedRow((key[0], rate), one.base, one) for rate, one in taxed.items())
        yield BookedRow(key, rest.base, rest)


def taxed_of_scheme(document: Invoice, scheme: str) -> dict[str, TaxRow]:
    """By rate the margins without VAT, and the VAT in them."""
    found: dict[str, TaxRow] = {}
    for one in margins_said(document):
        if one["scheme"] == scheme and (Decimal(one["taxed"]) or Decimal(one["vat"])):
            taxed, vat = Decimal(one["taxed"]), Decimal(one["vat"])
            found[one["rate"]] = found.get(one["rate"], TaxRow()) + TaxRow(taxed - vat, vat)
    return {rate: row for rate, row in found.items() if Decimal(rate)}
