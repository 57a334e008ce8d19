"""Who ordered: the order's own copy of the customer's data, and which customer it belongs to. No price ever changes."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.addresses import change_address, why_not_change_address
from app.actions.customers import known_customer, the_one_now
from app.actions.declaration import Input, action
from app.actions.usual_methods import take_usual_methods
from app.columns import first_address
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, changes, record
from app.mails.queueing import given_addresses
from app.models import ADDRESS_FIELDS, AddressKind, Customer, CustomerAddress, Order, OrderAddress
from app.queries import STAFF, document_languages, search, shop

#: The order's fields, and what the customer's record calls them.
CUSTOMER_FIELDS = {
    "customer_name": "name",
    "company": "company",
    "vat_id": "vat_id",
    "buyer_reference": "buyer_reference",
    "email": "email",
    "phone": "phone",
    "language": "language",
}
ON_ORDER = (*CUSTOMER_FIELDS, "purchase_order", "customer_note")


def why_not_change_customer(order: Order) -> str:
    if order.is_draft:
        return _("The draft is discarded. Reopen it first.") if order.cancelled_at else ""
    return why_not_change_address(order)


def languages_of(order: Order) -> list[str]:
    return list(dict.fromkeys([order.language, *document_languages(shop())]))


def customer_data(order: Order) -> dict[str, str]:
    return {name: getattr(order, name) for name in ON_ORDER}


def has_no_address_yet(order: Order) -> bool:
    return order.is_draft and not order.addresses


def own_country(order: Order) -> dict[str, str]:
    return {"country": shop().country}


@action(
    title=_l("Edit"),
    group="orders",
    icon="pencil",
    done=_l("Customer saved"),
    why_not=why_not_change_customer,
    inputs=(
        Input("customer_name", _l("Name")),
        Input("company", _l("Company")),
        Input("vat_id", _l("VAT number"), most=60),
        Input("buyer_reference", _l("Buyer reference"), most=60),
        Input("purchase_order", _l("Buyer’s order number"), most=60),
        Input("email", _l("E-mail")),
        Input("phone", _l("Phone"), most=60),
        Input("language", _l("Language"), kind="language", choices=languages_of),
        Input("customer_note", _l("The customer’s note"), kind="long_text", most=5000),
        Input("address", _l("Address"), kind="address", initial=own_country, is_asked=has_no_address_yet),
        Input("also_on_record", _l("Also on the customer’s record"), kind="tick"),
    ),
    initial=customer_data,
    right_title=_l("Change an order’s customer data"),
    dialog="customer",
    edits=True,
    stands="block",
)
def change_customer(
    order: Order,
    *,
    by: Actor,
    customer_name: str | None = None,
    company: str | None = None,
    vat_id: str | None = None,
    buyer_reference: str | None = None,
    purchase_order: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    customer_note: str | None = None,
    address: dict[str, str] | None = None,
    also_on_record: bool = False,
) -> Order:
    """Change the order's own data of its customer; with a tick also the customer's record, made if there is none.

    What is None stays as it is.

    Args:
        address: of a draft that has none yet, to bill it and to ship it there; a country alone says nothing.
    """
    said = (customer_name, company, vat_id, buyer_reference, email, phone, language)
    new = {
        name: " ".join(text.split())[:255] for name, text in zip(CUSTOMER_FIELDS, said, strict=True) if text is not None
    }
    if purchase_order is not None:
        new["purchase_order"] = " ".join(purchase_order.split())[:60]
    if customer_note is not None:
        new["customer_note"] = customer_note.strip()
    new |= {"email": ", ".join(given_addresses(new["email"]))} if new.get("email") else {}
    if language is not None and language != order.language:
        new["language"] = language_for(language)
    changed = changes(order, ON_ORDER, new)
    for name in changed:
        setattr(order, name, new[name])
    search.index(order)

    if changed:
        record(Happened.CUSTOMER_CHANGED, order, by, changes=changed)
    if (
        address
        and has_no_address_yet(order)
        and any(text.strip() for name, text in address.items() if name != "country")
    ):
        write_addresses(order, address, by)
    if also_on_record:
        put_on_record(order, by)
    return order


def write_addresses(draft: Order, address: dict[str, str], by: Actor) -> None:
    """Bill it and ship it to this address, in the customer's name unless it has its own."""
    named = {
        **address,
        "name": address.get("name") or draft.customer_name,
        "company": address.get("company") or draft.company,
    }
    for kind in AddressKind:
        change_address(draft, by=by, kind=kind, address=named)


def put_on_record(order: Order, by: Actor) -> None:
    """Bring the customer's record to what the order says."""
    customer = order.customer
    if customer is None:
        order.customer = new_record(order, by)
        return
    new = {theirs: getattr(order, ours) for ours, theirs in CUSTOMER_FIELDS.items()}
    new["email"] = first_address(order.email)
    if changed := changes(customer, new, new):
        for name in changed:
            setattr(customer, name, new[name])
        record(Happened.RECORD_CHANGED, None, by, subject=customer, record=str(customer), changes=changed)


def new_record(order: Order, by: Actor) -> Customer:
    """A customer with the data and addresses of the order."""
    customer = Customer(
        **{theirs: getattr(order, ours) for ours, theirs in CUSTOMER_FIELDS.items()},
        is_demo=order.is_demo,
        addresses=[
            CustomerAddress(kind=one.kind, **{name: getattr(one, name) for name in ADDRESS_FIELDS})
            for one in order.addresses
        ],
    )
    db.session.add(customer)
    db.session.flush()
    record(Happened.RECORD_CREATED, None, by, subject=customer, record=str(customer))
    return customer


# --- another customer -----------------------------------------------------------------------------------------------


@action(
    title=_l("Choose customer"),
    group="orders",
    icon="users",
    done=_l("Customer chosen"),
    why_not=why_not_change_customer,
    inputs=(
        Input("customer_id", _l("Customer"), kind="record"),
        Input(
            "take_over",
            _l("Put their name, e-mail and addresses on the order"),
            kind="tick",
            initial=lambda order: order.is_draft,
        ),
    ),
    right_title=_l("Choose a draft’s customer"),
    dialog="choose_customer",
    stands="block",
)
def choose_customer(order: Order, *, by: Actor, customer_id: int, take_over: bool = False) -> Order:
    """Say that the order is another customer's; with a tick it gets their data and addresses too."""
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        raise ActionRefused(_("This customer is gone. Choose another one."))
    customer = the_one_now(customer)
    if customer.is_demo != order.is_demo:
        raise ActionRefused(_("Customers of the demo shop and real ones don’t mix."))
    before = {"customer": str(order.customer or ""), **{name: getattr(order, name) for name in CUSTOMER_FIELDS}}
    order.customer = customer
    if take_over:
        for kind, moved in take_data_of(customer, order).items():
            record(Happened.ADDRESS_CHANGED, order, by, kind=kind, changes=moved)
    db.session.flush()
    if take_over and order.is_draft:
        take_usual_methods(order, customer)
    search.index(order)

    after = {"customer": str(customer), **{name: getattr(order, name) for name in CUSTOMER_FIELDS}}
    if changed := {name: [before[name], value] for name, value in after.items() if before[name] != value}:
        record(Happened.CUSTOMER_CHANGED, order, by, changes=changed)
    return order


def take_data_of(customer: Customer, order: Order) -> dict[AddressKind, dict[str, list[object]]]:
    """Put the customer's own data and addresses on the order; answers what that changed of its addresses."""
    moved: dict[AddressKind, dict[str, list[object]]] = {}
    for ours, theirs in CUSTOMER_FIELDS.items():
        setattr(order, ours, getattr(customer, theirs))
    order.customer_name = customer.name or customer.company
    order.language = language_for(customer.language)
    known = {address.kind: address for address in order.addresses}
    for address in customer.addresses:
        if (copied := known.get(address.kind)) is None:
            copied = OrderAddress(kind=address.kind)
            order.addresses.append(copied)
        new = {name: getattr(address, name) for name in ADDRESS_FIELDS}
        changed = changes(copied, ADDRESS_FIELDS, new)
        for name, value in new.items():
            setattr(copied, name, value)
        if changed:
            moved[address.kind] = changed
    goes_to = order.shipping or order.billing
    order.country = goes_to.country if goes_to else ""
    return moved


def language_for(wanted: str) -> str:
    """The language where the shop offers it, else the shop's own."""
    own = shop()
    return wanted if wanted in document_languages(own) else own.language


def find_or_make_customer(order: Order, by: Actor) -> None:
    """An order with an e-mail address belongs to the customer of that address, as one that comes in does."""
    if order.customer is None and order.email:
        order.customer = known_customer(None, STAFF, "", order.email, order.is_demo) or new_record(order, by)
