"""What goes in and out: marshmallow schemas of our records. Amounts and quantities are exact decimals as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Required, TypedDict

from marshmallow import Schema, ValidationError, fields, post_load, validate

from app.accounting.tax_bases import taxes_on
from app.accounting.tax_rows import Rows, highest_first, rows_of_order, said_rows
from app.actions.lines import EditedLine
from app.amounts.money import BadAmount, parse, plain
from app.columns import split_addresses
from app.mails.addresses import is_address
from app.models import InvoiceKind, OrderStatus, PaymentStatus, Shipment, ShipmentStatus
from app.queries import shortages
from app.queries.lost_parcels import replaced_by
from app.queries.payment_links import payment_link

#: Ids are 32-bit numbers in PostgreSQL.
ID_LIMIT = 2**31


class Exactly(fields.Field[Decimal]):
    """An exact decimal, written as text: "12.50". A JSON number is taken as it is written."""

    def _serialize(self, value: Decimal | None, attr: str | None, obj: object, **kwargs: object) -> str | None:
        return None if value is None else f"{plain(Decimal(value)):f}"

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> Decimal:
        try:
            return parse(repr(value) if isinstance(value, float) else value)
        except BadAmount as bad:
            raise ValidationError(f'{bad}. Write it as text, such as "12.50".') from None


class Derived(fields.List):
    """A list that follows from the record."""

    def __init__(self, shape: type[Schema], derive: Callable[[Any], Sequence[object]]) -> None:
        super().__init__(fields.Nested(shape), dump_only=True)
        self.derive = derive

    def get_value(self, obj: object, attr: str, accessor: object = None, default: object = None) -> Any:
        return self.derive(obj)


class NumbersOf(fields.List):
    """The numbers of records that follow from the record."""

    def __init__(self, derive: Callable[[Any], Sequence[Shipment]], *, metadata: dict[str, str]) -> None:
        super().__init__(fields.String(), dump_only=True, metadata=metadata)
        self.derive = derive

    def get_value(self, obj: object, attr: str, accessor: object = None, default: object = None) -> Any:
        return [one.number for one in self.derive(obj)]


def words(most: int, *, least: int = 0, **how: Any) -> fields.String:
    """A text of so many letters, without NUL, which no database keeps; `validate` asks for more."""
    checks = [validate.Length(least, most), validate.ContainsNoneOf("\0", error="No NUL, please.")]
    more = [how.pop("validate")] if "validate" in how else []
    return fields.String(validate=[*checks, *more], **how)


def email_addresses(text: str) -> None:
    """One, or several with a comma between them."""
    for address in split_addresses(text):
        if not is_address(address):
            raise ValidationError(f"“{address}” is not an e-mail address.")


class AddressShape(Schema):
    name = words(255)
    company = words(255)
    street = words(255, metadata={"description": "As it is printed, with the house number"})
    house_number = words(
        60, metadata={"description": "Empty where it isn’t known apart; one that the street lacks is put behind it"}
    )
    house_extension = words(60, metadata={"description": "Such as A or bis"})
    street2 = words(255)
    postcode = words(60)
    city = words(255)
    region = words(255)
    country = words(2, metadata={"description": "Two letters, as ISO 3166 has them"})
    phone = words(60)


class LineGiven(TypedDict, total=False):
    """What may be said of a line; `EditedLine` has the rest by itself."""

    id: int | None
    product_id: int | None
    sku: str
    name: Required[str]
    quantity: Required[Decimal]
    unit_price: Required[Decimal]
    discount: Decimal
    rate: Decimal | None


class EditedLineShape(Schema):
    """A line as it is to be; without an id it is a new one."""

    id = fields.Integer(allow_none=True, validate=validate.Range(0, ID_LIMIT - 1))
    product_id = fields.Integer(allow_none=True, validate=validate.Range(0, ID_LIMIT - 1))
    sku = words(120)
    name = words(500, required=True)
    quantity = Exactly(required=True)
    unit_price = Exactly(required=True)
    discount = Exactly()
    rate = Exactly(allow_none=True, metadata={"description": "VAT in percent; null: the taxes stay as they are"})

    @post_load
    def as_line(self, data: LineGiven, **_how: object) -> EditedLine:
        return EditedLine(**data)


class TaxShape(Schema):
    name = fields.String()
    rate = fields.String(allow_none=True, metadata={"description": "Percent"})
    amount = fields.String()
    base = Exactly(metadata={"description": "The part of the line's net amount that it is on"})


class VatShape(Schema):
    """A tax with what it is on, in the whole document. Unless taxes overlap, all bases add up to the net amount."""

    name = fields.String(metadata={"description": "Empty where the rate says it"})
    rate = fields.String(allow_none=True, metadata={"description": "Percent"})
    base = Exactly()
    tax = Exactly()


def listed(rows: Rows) -> list[dict[str, object]]:
    return [{"name": name, "rate": rate, "base": row.base, "tax": row.tax} for (name, rate), row in highest_first(rows)]


class LineShape(Schema):
    """What was ordered, and what comes on top; the counters say how far it is."""

    id = fields.Integer()
    kind = fields.String()
    sku = fields.String()
    name = fields.String()
    variant = fields.String()
    quantity = Exactly()
    unit_price = Exactly()
    discount = Exactly()
    total = Exactly()
    taxes = Derived(TaxShape, lambda line: taxes_on(line) if line.taxes else [])
    tax_total = Exactly()
    invoiced = Exactly()
    shipped = Exactly()
    packed = Exactly(metadata={"description": "On packing slips that are not sent"})
    to_pack = Exactly(metadata={"description": "Still to go, and on no packing slip"})
    dropped = Exactly(metadata={"description": "Will never go: credited before it was sent, or cancelled"})
    credited = Exactly()
    returned = Exactly()
    not_restocked = Exactly(metadata={"description": "Pieces that somebody said are not put back in stock"})


class PaymentShape(Schema):
    id = fields.Integer()
    kind = fields.String()
    amount = Exactly()
    method = fields.String()
    reference = fields.String()
    reason = fields.String()
    paid_at = fields.AwareDateTime()


class InvoiceShape(Schema):
    """An invoice, or a credit note with what it takes off."""

    number = fields.String()
    kind = fields.String(validate=validate.OneOf([kind.value for kind in InvoiceKind]))
    order_number = fields.String(attribute="order.number")
    issued_at = fields.AwareDateTime()
    due_on = fields.Date(allow_none=True)
    currency = fields.String()
    net_total = Exactly()
    tax_total = Exactly()
    total = Exactly()
    vat = Derived(VatShape, lambda invoice: listed(said_rows(invoice)))
    delivery_time = fields.String()
    paid_at = fields.AwareDateTime(allow_none=True)
    sent_at = fields.AwareDateTime(allow_none=True)


class PackedShape(Schema):
    line_id = fields.Integer(attribute="order_line_id")
    quantity = Exactly()


class InParcelShape(PackedShape):
    lost = Exactly(metadata={"description": "Of them; they don't count as shipped"})


class ShipmentShape(Schema):
    """A packing slip, and the parcel once it is sent. Of one that is withdrawn, nothing is packed."""

    number = fields.String()
    order_number = fields.String(attribute="order.number")
    method = fields.String(attribute="method_title")
    tracking_code = fields.String()
    tracking_url = fields.String()
    revision = fields.Integer(metadata={"description": "Counts how often its contents changed, from 1 on"})
    created_at = fields.AwareDateTime()
    sent_at = fields.AwareDateTime(allow_none=True)
    lost_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When something of it was found lost; its lines say how much"}
    )
    replaces = NumbersOf(replaced_by, metadata={"description": "The lost parcels that this one replaces"})
    not_sent_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When Sent was last taken back; the parcel may have been sent since"}
    )
    told_code = fields.String(metadata={"description": "The Track & Trace code that the customer was mailed"})
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    lines = fields.List(fields.Nested(InParcelShape))


class ReturnShape(Schema):
    """Goods that come back."""

    number = fields.String()
    order_number = fields.String(attribute="order.number")
    status = fields.String()
    reason = fields.String()
    action = fields.String()
    note = fields.String()
    created_at = fields.AwareDateTime()
    credit_note = fields.String(attribute="credit_note.number", dump_default=None, allow_none=True)
    lines = fields.List(fields.Nested(PackedShape))


class ShortageShape(Schema):
    """A product of which more is sold than there is; of a draft, as it would be once it is placed."""

    product_id = fields.Integer()
    sku = fields.String()
    name = fields.String()
    needed = Exactly(metadata={"description": "By this order"})
    stock = Exactly(metadata={"description": "As it stands"})
    short = Exactly(metadata={"description": "Over all orders"})


class OutsideShopShape(Schema):
    """The shop that an order comes from."""

    id = fields.Integer()
    title = fields.String()


INVOICE_WAITS = "Its invoice is due, and waits until the shop’s own name, address and VAT number are entered"


class OrderShape(Schema):
    """An order with its money; its parts only where it is asked for by itself."""

    number = fields.String()
    source = fields.String()
    shop = fields.Nested(
        OutsideShopShape,
        attribute="outside_shop",
        allow_none=True,
        metadata={"description": "`external_id` is its own there; null for orders of programs and of the back office"},
    )
    program = fields.String(
        metadata={"description": "That placed it, by the title of its key: `external_id` is its own; else empty"}
    )
    external_id = fields.String()
    external_number = fields.String()
    placed_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    status = fields.String(validate=validate.OneOf([status.value for status in OrderStatus]))
    payment_status = fields.String(validate=validate.OneOf([status.value for status in PaymentStatus]))
    shipment_status = fields.String(validate=validate.OneOf([status.value for status in ShipmentStatus]))
    currency = fields.String()
    prices_include_tax = fields.Boolean()
    language = fields.String()
    customer_id = fields.Integer(allow_none=True)
    customer_name = fields.String()
    company = fields.String()
    vat_id = fields.String()
    buyer_reference = fields.String(metadata={"description": "Invoices name it: a Leitweg-ID, a cost centre"})
    purchase_order = fields.String(metadata={"description": "The buyer’s own number of the order; invoices name it"})
    email = fields.String()
    phone = fields.String()
    country = fields.String()
    payment_method = fields.String(attribute="payment_method_title")
    shipping_method = fields.String(attribute="shipping_method_title")
    is_pick_up = fields.Boolean()
    net_total = Exactly()
    tax_total = Exactly()
    total = Exactly()
    invoiced = Exactly()
    credited = Exactly()
    paid = Exactly()
    refunded = Exactly()
    adjusted = Exactly()
    open_amount = Exactly()
    invoiced_elsewhere_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Another shop or program invoices it: no invoice is made here"}
    )
    elsewhere_number = fields.String(metadata={"description": "Of the invoice that was made elsewhere, if known"})
    invoice_waits = fields.Boolean(metadata={"description": INVOICE_WAITS})


class WholeOrderShape(OrderShape):
    """An order with all its parts."""

    customer_note = fields.String()
    payment_link = fields.Function(
        payment_link, metadata={"type": "string", "description": "Of its shop, while something is open; else empty"}
    )
    discount_codes = fields.List(fields.String())
    billing_address = fields.Nested(AddressShape, attribute="billing", allow_none=True)
    shipping_address = fields.Nested(AddressShape, attribute="shipping", allow_none=True)
    lines = fields.List(fields.Nested(LineShape))
    vat = Derived(VatShape, lambda order: listed(rows_of_order(order)))
    short_of_stock = Derived(ShortageShape, shortages)
    payments = fields.List(fields.Nested(PaymentShape))
    invoices = fields.List(fields.Nested(InvoiceShape))
    shipments = fields.List(fields.Nested(ShipmentShape))
    returns = fields.List(fields.Nested(ReturnShape))


class BriefOrderShape(Schema):
    """What a program that may not read orders is told of one: its number, and how it stands."""

    number = fields.String()
    status = fields.String()
    payment_status = fields.String()
    shipment_status = fields.String()
    invoice_waits = fields.Boolean(metadata={"description": INVOICE_WAITS})
    version = fields.Integer()


class CustomerShape(Schema):
    id = fields.Integer(dump_only=True)
    name = words(255)
    company = words(255)
    vat_id = words(60)
    buyer_reference = words(60)
    email = words(255)
    phone = words(60)
    language = words(5)
    notes = words(10_000)
    created_at = fields.AwareDateTime(dump_only=True)
    billing_address = fields.Nested(AddressShape, attribute="billing", allow_none=True)
    shipping_address = fields.Nested(AddressShape, attribute="shipping", allow_none=True)


class MessageShape(Schema):
    is_from_customer = fields.Boolean()
    author = fields.String()
    text = fields.String()
    written_at = fields.AwareDateTime()


class TicketShape(Schema):
    """A customer's question."""

    id = fields.Integer()
    subject = fields.String()
    status = fields.String()
    order_number = fields.String(attribute="order.number", dump_default=None, allow_none=True)
    customer_id = fields.Integer(allow_none=True)
    name = fields.String()
    email = fields.String()
    created_at = fields.AwareDateTime()
    last_message_at = fields.AwareDateTime()


class WholeTicketShape(TicketShape):
    """A customer's question with all that was said."""

    messages = fields.List(fields.Nested(MessageShape))


def page_of(item: type[Schema]) -> type[Schema]:
    """A page of a list: its items, and where the next ones are."""
    name = item.__name__.removesuffix("Shape")
    parts = {
        "items": fields.List(fields.Nested(item)),
        "next": fields.String(allow_none=True, metadata={"description": "Address of the next page; null at the end"}),
    }
    return Schema.from_dict(parts, name=f"{name}Page")  # type: ignore[arg-type]
