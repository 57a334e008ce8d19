"""Reading the lines of an order from its rows in a CSV file: products, and what the order adds and takes off."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from app.amounts.money import ZERO, BadAmount, included_tax, parse, rounded
from app.intake_readers import by_rate
from app.intake_readers.csv.order_rows import Cells, OrderRows, more_tax_than_total, the_same
from app.intake_readers.csv.rate_columns import RateForm
from app.intake_readers.csv.several import parts_of, split_row
from app.intake_readers.new_order import NewLine, NewTax
from app.intake_readers.reading import NAME, SKU
from app.intake_readers.shopify_lines import share_tax
from app.models import LineKind

#: Fields that make a row a line of its order.
TELLING = ("line_name", "line_sku", "line_price", "line_total")


def lines(rows: OrderRows) -> tuple[list[NewLine], Decimal, bool]:
    """The lines of an order, its total, and whether its prices include tax."""
    mapping = rows.rows[0].mapping
    has_prices = "line_price" in mapping or "line_total" in mapping
    told = [row for row in rows.rows if has_prices and any(row[name] for name in TELLING)]
    told = without_own_row(told, rows.currency)
    refuse_nameless(told)
    told = fitting(rows, told)
    products = [product_line(row, rows.currency) for row in told]
    extra = extra_lines(rows, products)
    if not products:
        products = [products_as_one(rows, extra)]
    is_gross = prices_include_tax(rows, told, products, extra)
    add_taxes(rows, told, products, extra, is_gross=is_gross)
    refuse_more_tax_than_price(rows, told, products)
    found = [*products, *extra]
    total = rows.maybe_amount("total")
    if total is None:
        total = exact(rows.rows[0], "total", net_sum(found) + (ZERO if is_gross else taxes_of(found)))
    return found, total, is_gross


def fitting(rows: OrderRows, told: list[Cells]) -> list[Cells]:
    """A row for each product; as they stand where that alone comes to the total, for a set may be called "2 x Mug"."""
    parts = [part for row in told for part in split_row(row, rows.currency)]
    total = rows.maybe_amount("total")
    if parts == told or len(parts) > len(told) or total is None:
        return parts
    sums = [sum_before_tax(rows, one) for one in (parts, told)]
    fits = {total, total - rows.amount("tax_total")}
    return told if sums[1] in fits and sums[0] not in fits else parts


def sum_before_tax(rows: OrderRows, told: list[Cells]) -> Decimal:
    products = [product_line(row, rows.currency) for row in told]
    return net_sum([*products, *extra_lines(rows, products)])


def without_own_row(told: list[Cells], currency: str) -> list[Cells]:
    """The lines without a first row that names no product, and only states what all those below it come to."""
    first, below = told[:1], told[1:]
    if not below or first[0]["line_name"] or first[0]["line_sku"] or not all(row["line_name"] for row in below):
        return told
    stated = first[0].maybe_amount("line_total", currency) or first[0].maybe_amount("line_price", currency)
    is_sum = stated is None or stated == sum((product_line(row, currency).total for row in below), ZERO)
    if not is_sum:
        raise first[0].unreadable("line_price", _("what the products below it come to, or the name of a product"))
    return below


def refuse_nameless(told: list[Cells]) -> None:
    """A row below the first one of its order that has an amount and no product is a total that nobody knows of."""
    if not any(row["line_name"] or row["line_sku"] for row in told):
        return
    for row in told[1:]:
        if not (row["line_name"] or row["line_sku"] or row["number"]):
            reason = _("This row has an amount and no product. Name the product, or remove the row if it is a total.")
            raise row.refusal("line_name" if "line_name" in row.mapping else "line_sku", reason)


def refuse_more_tax_than_price(rows: OrderRows, told: list[Cells], products: list[NewLine]) -> None:
    for row, line in zip(told, products, strict=False):
        if (tax := row.maybe_amount("line_tax", rows.currency) or ZERO) > abs(line.total):
            raise row.refusal("line_tax", more_tax_than_total(tax, line.total))
    for name, of in (("shipping_tax", "shipping_cost"), ("fee_tax", "fee")):
        if (tax := rows.amount(name)) > abs(cost := rows.amount(of)):
            raise rows.first(name).refusal(name, more_tax_than_total(tax, cost))


def product_line(row: Cells, currency: str) -> NewLine:
    """A line of its row. A total that is stated counts; what is lacking to the full price is its discount."""
    quantity = row.maybe_amount("line_quantity", currency)
    quantity = Decimal(1) if quantity is None else quantity
    if quantity < 0:
        raise row.unreadable("line_quantity", _("a quantity of 0 or more"))
    price, total = (row.maybe_amount(name, currency) for name in ("line_price", "line_total"))
    discount = abs(row.maybe_amount("line_discount", currency) or ZERO)
    if price is None and total is None and quantity == 0:
        total = ZERO  # nothing of it is left
    if price is None and total is None:
        raise row.refusal("line_price", _("This is missing. Expected %(expected)s.", expected=_("a price or a total")))
    if price is None:
        assert total is not None
        price = exact(row, "line_total", (total + discount) / quantity) if quantity else total
    full = exact(row, "line_price", price * quantity)
    if total is None:
        total = exact(row, "line_price", full - discount)
    elif not discount:
        discount = max(exact(row, "line_price", full - total), ZERO)
    return NewLine(
        name=row.text("line_name", longest=NAME) or row.text("line_sku", longest=NAME) or products_of(row),
        quantity=quantity,
        unit_price=price,
        total=total,
        discount=discount,
        sku=row.identifier("line_sku", longest=SKU),
        variant=row.text("line_variant"),
    )


def extra_lines(rows: OrderRows, products: list[NewLine]) -> list[NewLine]:
    """Shipping, the payment method's cost, fees, and the discount as far as no line accounts for it."""
    found = []
    shipping, tax = rows.amount("shipping_cost"), rows.amount("shipping_tax")
    if shipping or rows.text("shipping_method"):
        taxes = [NewTax("Tax", tax)] if tax else []
        found.append(cost(rows.text("shipping_method", longest=NAME) or "Shipping", shipping, LineKind.SHIPPING, taxes))
    if amount := rows.amount("payment_cost"):
        found.append(cost(rows.text("payment_method", longest=NAME) or "Payment", amount, LineKind.PAYMENT))
    if amount := rows.amount("fee"):
        taxes = [NewTax("Tax", tax)] if (tax := rows.amount("fee_tax")) else []
        found.append(cost("Fee", amount, LineKind.FEE, taxes))
    if amount := abs(rows.amount("shipping_discount")):
        found.append(cost("Discount on shipping", -amount, LineKind.DISCOUNT))
    left = abs(rows.amount("discount")) - sum((line.discount for line in products), ZERO)
    if left > 0:
        found.append(cost(rows.text("discount_code", longest=NAME) or "Discount", -left, LineKind.DISCOUNT))
    return found


def cost(name: str, amount: Decimal, kind: LineKind, taxes: list[NewTax] | None = None) -> NewLine:
    return NewLine(name, Decimal(1), unit_price=amount, total=amount, kind=kind, taxes=taxes or [])


def products_as_one(rows: OrderRows, extra: list[NewLine]) -> NewLine:
    """All products in one line, of a file that has a row for each order, or no prices: the rest of its total."""
    total = rows.maybe_amount("total")
    if total is None:
        raise rows.missing("total", _("an exact amount, such as 12.50"))
    rest = exact(rows.first("total"), "total", total - net_sum(extra))
    if single := single_product(rows, rest):
        return single
    names = ", ".join(filter(None, (row.text("line_name", longest=NAME) for row in rows.rows)))[:NAME]
    return cost(names or products_of(rows), rest, LineKind.PRODUCT)


def products_of(stated: Cells | OrderRows) -> str:
    """What a line is called whose file names no products."""
    return f"Products of {stated.text('number')}".removesuffix(" of ")


def single_product(rows: OrderRows, rest: Decimal) -> NewLine | None:
    """Of an order of one product, "2 x Mug": its price, where the rest of the total can be parted exactly."""
    named = [row for row in rows.rows if row["line_name"]]
    parts = parts_of(named[0]["line_name"]) if len(named) == 1 and not named[0]["line_quantity"] else []
    if len(parts) != 1 or not parts[0].quantity:
        return None
    price = rounded(rest / parts[0].quantity, rows.currency)
    if price * parts[0].quantity != rest:
        return None
    sku = named[0].identifier("line_sku", longest=SKU)
    return NewLine(parts[0].name[:NAME], Decimal(parts[0].quantity), unit_price=price, total=rest, sku=sku)


def prices_include_tax(rows: OrderRows, told: list[Cells], products: list[NewLine], extra: list[NewLine]) -> bool:
    """As the mapping says; else the total shows it, being nearer to the lines with their tax or without."""
    if not told:
        return True
    chosen = rows.rows[0].mapping.prices_include_tax
    if chosen is not None:
        return chosen
    tax = stated_tax(rows, told, products)
    if not tax:
        return True
    total = rows.maybe_amount("total")
    if total is None:
        reason = _("Without a total nobody can tell whether prices include tax. Choose it.")
        raise rows.rows[0].refusal("total", reason)
    lines_sum = net_sum([*products, *extra])
    return abs(lines_sum - total) <= abs(lines_sum + tax - total)


def stated_tax(rows: OrderRows, told: list[Cells], products: list[NewLine]) -> Decimal:
    """The tax that would come on top of the lines, if it isn't in them."""
    stated = rows.maybe_amount("tax_total")
    if stated is not None:
        return stated
    on_lines = sum(
        (line_tax(row, line, rows.currency, is_gross=False) for row, line in zip(told, products, strict=True)), ZERO
    )
    return on_lines + rows.amount("shipping_tax") + rows.amount("fee_tax")


def line_tax(row: Cells, line: NewLine, currency: str, *, is_gross: bool) -> Decimal:
    """The tax of a line as stated, else by its rate."""
    stated = row.maybe_amount("line_tax", currency)
    if stated is not None:
        return stated
    rate = rate_of(row, currency)
    if not rate:
        return ZERO
    tax = included_tax(line.total, rate, currency) if is_gross else rounded(line.total * rate / 100, currency)
    return exact(row, "line_tax_rate", tax)


def rate_of(row: Cells, currency: str) -> Decimal | None:
    """A rate in percent: 21, "21 %", or 0.21 where the column writes parts of one."""
    given = row["line_tax_rate"].rstrip("% ")
    if not given:
        return None
    rate = replace(row, cells={"line_tax_rate": given}).maybe_amount("line_tax_rate", currency)
    assert rate is not None
    if not 0 <= rate <= 100:
        raise row.unreadable("line_tax_rate", _("a rate in percent, such as 21"))
    is_part = 0 < rate < 1 and "%" not in row["line_tax_rate"]
    if is_part and row.mapping.rates == RateForm.DOUBTED:
        raise row.unreadable("line_tax_rate", _("rates that are all written alike in this column, such as 21 or 0.21"))
    is_part = is_part and row.mapping.rates != RateForm.PERCENT
    return exact(row, "line_tax_rate", rate * 100 if is_part else rate)


def add_taxes(
    rows: OrderRows, told: list[Cells], products: list[NewLine], extra: list[NewLine], *, is_gross: bool
) -> None:
    """Give each line its tax: as stated, else by its rate; one that is stated only for the order is shared by all."""
    rates: list[Decimal | None] = []
    for row, line in zip(told, products, strict=False):
        rate, tax = rate_of(row, rows.currency), row.maybe_amount("line_tax", rows.currency)
        if tax or (tax is not None and rate is not None):
            line.taxes.append(NewTax("Tax", tax, rate=rate))
        rates.append(rate if tax is None else None)
    by_rate.add_taxes(products[: len(rates)], rates, rows.currency, name="Tax", included=is_gross)
    if not told:
        add_taxes_of_order(rows, [*products, *extra], is_gross=is_gross)
    if not any(line.taxes for line in products):
        left = rows.amount("tax_total") - rows.amount("shipping_tax") - rows.amount("fee_tax")
        if left > 0:
            share_tax(NewTax("Tax", left), products, rows.currency)
        return
    spread_rates(rows, [*products, *extra], is_gross=is_gross)


def add_taxes_of_order(rows: OrderRows, found: list[NewLine], *, is_gross: bool) -> None:
    """The tax of an order that states its rate and no lines: on all of it."""
    stated = [(row, rate) for row in rows.rows if (rate := rate_of(row, rows.currency)) is not None]
    for row, rate in stated:
        if rate != stated[0][1]:
            raise row.unreadable("line_tax_rate", the_same())
    if stated and rows.maybe_amount("tax_total") is None:
        rates = [None if line.taxes else stated[0][1] for line in found]
        by_rate.add_taxes(found, rates, rows.currency, name="Tax", included=is_gross)


def spread_rates(rows: OrderRows, found: list[NewLine], *, is_gross: bool) -> None:
    """Shipping and other costs bear the rates of the products, and a discount on the whole order takes off of them.

    Where what the file states of the order fits better, only one of them does, or neither.
    """
    untaxed = [line for line in found if line.kind != LineKind.PRODUCT and line.total and not line.taxes]
    discounts = [line for line in untaxed if line.kind == LineKind.DISCOUNT]
    says_shipping = "shipping_tax" in rows.rows[0].mapping
    costs = [line for line in untaxed if line.kind in by_rate.COSTS]
    costs = [line for line in costs if line.kind != LineKind.SHIPPING or not says_shipping]
    ways = [(costs, discounts), ([], discounts), (costs, []), ([], [])]
    misfits = [misfit(rows, found, way, is_gross=is_gross) for way in ways]
    spread_both(rows, found, ways[misfits.index(min(misfits))], is_gross=is_gross)


def misfit(rows: OrderRows, found: list[NewLine], way: tuple[list[NewLine], ...], *, is_gross: bool) -> Decimal:
    """By how much the order would differ from its stated tax, or else from its stated total."""
    spread = spread_both(rows, found, way, is_gross=is_gross)
    stated_tax, stated_total = rows.maybe_amount("tax_total"), rows.maybe_amount("total")
    tax, total = taxes_of(found), net_sum(found) + (ZERO if is_gross else taxes_of(found))
    for line in spread:
        line.taxes = []
    now, stated = (tax, stated_tax) if stated_tax is not None else (total, stated_total)
    return ZERO if stated is None else abs(now - stated)


def spread_both(
    rows: OrderRows, found: list[NewLine], way: tuple[list[NewLine], ...], *, is_gross: bool
) -> list[NewLine]:
    return [
        line
        for untaxed in way
        for line in by_rate.spread_over_rates(found, untaxed, rows.currency, name="Tax", included=is_gross)
    ]


def net_sum(found: list[NewLine]) -> Decimal:
    return sum((line.total for line in found), ZERO)


def taxes_of(found: list[NewLine]) -> Decimal:
    return sum((tax.amount for line in found for tax in line.taxes), ZERO)


def exact(row: Cells, name: str, number: Decimal) -> Decimal:
    """A number worked out from a cell, held to what the columns can store."""
    try:
        return parse(number)
    except (BadAmount, InvalidOperation):
        raise row.unreadable(name, _("a number that leads to smaller amounts")) from None
