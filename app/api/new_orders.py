"""An order as a program states it, read into our words. What it leaves out is added up from what it says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.amounts.money import MOST_PIECES, ZERO, is_currency, rounded
from app.api.shapes import AddressShape, Exactly, email_addresses, words
from app.columns import in_utc, now
from app.intake_readers.addresses import read_house
from app.intake_readers.by_rate import add_taxes, spread_discounts
from app.intake_readers.new_order import NewAddress, NewCustomer, NewLine, NewOrder, NewPayment, NewTax
from app.intake_readers.reading import IDENTIFIER, why_not_identifier
from app.models import LineKind, Source
from app.queries import shop


class KnownMoment(fields.AwareDateTime):
    """One that every clock can show."""

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> datetime:
        try:
            return in_utc(super()._deserialize(value, attr, data, **kwargs))
        except ValidationError:
            raise
        except (ValueError, OverflowError):
            raise self.make_error("invalid", input=value, obj_type="datetime") from None


def identifier(**how: Any) -> fields.String:
    """An id or number; what a spreadsheet made of a longer one is refused."""
    field = words(IDENTIFIER, **how)
    field.validators.append(check_identifier)
    return field


def check_identifier(text: str) -> None:
    if reason := why_not_identifier(text, IDENTIFIER):
        raise ValidationError(reason)


class NewTaxShape(Schema):
    name = words(60, load_default="VAT")
    rate = Exactly(load_default=None, allow_none=True, metadata={"description": "Percent"})
    amount = Exactly(required=True)


class NewLineShape(Schema):
    """`total` is after the discount, for the whole quantity; prices include VAT when `prices_include_tax` says so."""

    kind = fields.String(
        load_default=LineKind.PRODUCT.value, validate=validate.OneOf([kind.value for kind in LineKind])
    )
    external_id = identifier(load_default="")
    sku = words(120, load_default="")
    name = words(500, required=True)
    variant = words(255, load_default="")
    quantity = Exactly(
        load_default=Decimal(1),
        validate=validate.Range(min=0, min_inclusive=False, max=MOST_PIECES, max_inclusive=False),
    )
    unit_price = Exactly(required=True)
    discount = Exactly(load_default=ZERO, validate=validate.Range(min=0))
    total = Exactly(metadata={"description": "Left out: quantity × unit_price − discount"})
    vat_rate = Exactly(validate=validate.Range(min=0, max=100), metadata={"description": "Percent; instead of `taxes`"})
    taxes = fields.List(fields.Nested(NewTaxShape), load_default=list)


class NewPaymentShape(Schema):
    amount = Exactly(required=True, validate=validate.Range(min=0, min_inclusive=False))
    paid_at = KnownMoment(load_default=None, allow_none=True)
    method = words(255, load_default="")
    reference = words(255, load_default="")
    external_id = identifier(load_default="")


class NewCustomerShape(Schema):
    external_id = identifier(load_default="")
    name = words(255, load_default="")
    company = words(255, load_default="")
    vat_id = words(60, load_default="")
    buyer_reference = words(60, load_default="")
    email = words(255, load_default="", validate=email_addresses)
    phone = words(60, load_default="")
    language = words(5, load_default="")


class NewAddressShape(AddressShape):
    email = words(255, validate=email_addresses)


class NewOrderShape(Schema):
    external_id = identifier(
        least=1, required=True, metadata={"description": "Your own id of the order; other programs may have the same"}
    )
    number = identifier(load_default="", metadata={"description": "The number that the customer knows"})
    placed_at = KnownMoment(load_default=None, allow_none=True, metadata={"description": "Left out: now"})
    currency = words(3, load_default="", metadata={"description": "ISO 4217; left out: the shop's"})
    prices_include_tax = fields.Boolean(load_default=True)
    total = Exactly(metadata={"description": "As stated; left out: what lines and VAT add up to"})
    language = words(5, load_default="")
    channel = words(255, load_default="")
    customer = fields.Nested(NewCustomerShape, load_default=None, allow_none=True)
    billing_address = fields.Nested(NewAddressShape, load_default=None, allow_none=True)
    shipping_address = fields.Nested(NewAddressShape, load_default=None, allow_none=True)
    payment_method = words(255, load_default="")
    shipping_method = words(255, load_default="")
    pick_up = fields.Boolean(load_default=False)
    customer_note = words(10_000, load_default="")
    purchase_order = words(60, load_default="", metadata={"description": "The buyer’s own number of it"})
    discount_codes = fields.List(words(60), load_default=list, validate=validate.Length(max=50))
    lines = fields.List(fields.Nested(NewLineShape), required=True, validate=validate.Length(1, 1000))
    payments = fields.List(fields.Nested(NewPaymentShape), load_default=list, validate=validate.Length(max=100))
    notify = fields.Boolean(load_default=True, metadata={"description": "Mail the order confirmation"})

    @validates_schema
    def check_currency(self, data: dict[str, Any], **_: object) -> None:
        if data.get("currency") and not is_currency(data["currency"]):
            raise ValidationError("Not a currency of ISO 4217, such as EUR.", "currency")


def read(given: dict[str, Any], *, program: str) -> tuple[NewOrder, bool]:
    """The program's order, and whether the customer is told. Raises ValidationError when it adds up to too much."""
    currency = given["currency"] or shop().currency
    included = given["prices_include_tax"]
    lines = read_lines(given, currency, included=included)
    tax, summed = taxes_of(lines), sum_of(lines, included=included)
    placed_at = given["placed_at"] or now()
    return NewOrder(
        source=Source.API,
        program=program,
        external_id=given["external_id"],
        number=given["number"] or given["external_id"],
        placed_at=placed_at,
        currency=currency,
        total=given.get("total", summed),
        prices_include_tax=included,
        lines=lines,
        tax_total=tax,
        language=given["language"],
        channel=given["channel"],
        customer=NewCustomer(**given["customer"]) if given["customer"] else None,
        billing=read_address(given["billing_address"]),
        shipping=read_address(given["shipping_address"]),
        payment_method=given["payment_method"],
        shipping_method=given["shipping_method"],
        pick_up=given["pick_up"],
        customer_note=given["customer_note"],
        purchase_order=given["purchase_order"],
        discount_codes=given["discount_codes"],
        payments=[
            NewPayment(**{**payment, "paid_at": payment["paid_at"] or placed_at}) for payment in given["payments"]
        ],
    ), given["notify"]


def read_lines(given: dict[str, Any], currency: str, *, included: bool) -> list[NewLine]:
    """The lines with their taxes: as stated, else by their rates, on the sum per rate.

    A discount without either is taken off each rate, unless a stated total says that it takes no tax off.
    """
    lines = [read_line(line, currency) for line in given["lines"]]
    rates = [None if line["taxes"] else line.get("vat_rate") for line in given["lines"]]
    add_taxes(lines, rates, currency, name="VAT", included=included)
    without = sum_of(lines, included=included)
    spread = spread_discounts(lines, currency, name="VAT", included=included)
    if given.get("total") == without != sum_of(lines, included=included):
        for line in spread:
            line.taxes = []
    return lines


def read_line(given: dict[str, Any], currency: str) -> NewLine:
    copied = {name: value for name, value in given.items() if name not in ("vat_rate", "taxes", "total")}
    total = given.get("total")
    if total is None:
        total = rounded(given["quantity"] * given["unit_price"] - given["discount"], currency)
    return NewLine(total=total, taxes=[NewTax(**tax) for tax in given["taxes"]], **copied)


def taxes_of(lines: list[NewLine]) -> Decimal:
    return sum((tax.amount for line in lines for tax in line.taxes), ZERO)


def sum_of(lines: list[NewLine], *, included: bool) -> Decimal:
    return sum((line.total for line in lines), ZERO) + (ZERO if included else taxes_of(lines))


def read_address(given: dict[str, Any] | None) -> NewAddress | None:
    if not given:
        return None
    house = read_house(*[given.get(name, "") for name in ("street", "house_number", "house_extension")])
    return NewAddress(**{**given, **house, "country": given.get("country", "").upper()})
