"""Finding the customer of an order that comes in, or making one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from app.actions.addresses import stated_address, written_address
from app.columns import first_address
from app.errors import ActionRefused
from app.extensions import db, remember
from app.history import Actor, Happened, changes, record
from app.intake_readers.new_order import NewCustomer, NewOrder
from app.mails.addresses import is_address
from app.models import AddressKind, Customer, CustomerAddress, ShopKey
from app.queries import known_by

#: Under this number PostgreSQL keeps the locks on addresses of customers to be.
ADDRESSES = 4_010
HOUSE = ("house_number", "house_extension")
CUSTOMER_FIELDS = ("name", "company", "vat_id", "buyer_reference", "email", "phone", "language", "notes")


def customer_of(new: NewOrder, shop: ShopKey | None, *, demo: bool = False) -> Customer | None:
    """The customer by their id at the shop, else by e-mail; a new one when there is none. Nobody without either."""
    external_id, email = reach_of(new)
    if not (external_id or email):
        return None
    known, person = (shop, new.source, external_id, email, demo, new.program), new.customer or NewCustomer()
    if found := known_customer(*known):
        return found
    if hold_addresses([email]):  # whoever was quicker is there by now
        remember(Answers, Answers).forget(shop, new.source, external_id, email)
        if found := known_customer(*known):
            return found
    return added_once(new_customer(new, shop, person, email, demo), known)


def reach_of(new: NewOrder) -> tuple[str, str]:
    """The customer's id at the shop and the first e-mail address that is stated, "" for none."""
    person = new.customer or NewCustomer()
    stated = (said.email for said in (person, new.billing, new.shipping) if said)
    return person.external_id, next((text for text in stated if text.strip()), "")


def added_once(customer: Customer, known: tuple[ShopKey | None, str, str, str, bool, str]) -> Customer:
    """The customer, or the twin that another transaction has just added: the unique key decides, in a savepoint.

    Who has no id at the shop has no key; they are written down together with what they ordered.
    """
    shop, source, external_id, email, _demo, _program = known
    remember(Answers, Answers).forget(shop, source, external_id, email)
    if customer.external_id is None:
        db.session.add(customer)
        return customer
    try:
        with db.session.begin_nested():
            db.session.add(customer)
    except IntegrityError:
        twin = known_customer(*known)
        if twin is None:
            raise
        return twin
    return customer


def known_customer(
    shop: ShopKey | None, source: str, external_id: str, email: str, demo: bool, program: str = ""
) -> Customer | None:
    """Demo customers and real ones never mix. One that was merged answers with the one it was merged into.

    Whoever is found isn't merged into another one until this transaction ends.
    """
    same = known_customers(demo).limit(1)
    answers = Answers() if demo else remember(Answers, Answers)
    found, id_there, first = None, external_id[:60], first_address(email).lower()
    if id_there:
        by_id = same.where(known_by(Customer, shop, source, id_there, program=program))
        key = (shop, source, id_there)
        found = answers.by_id[key] if key in answers.by_id else db.session.scalar(by_id)
    if first and found is None:
        by_email = same.where(func.lower(Customer.email) == first)
        found = answers.by_email[first] if first in answers.by_email else db.session.scalar(by_email)
    return the_one_now(found) if found else None


def known_customers(demo: bool) -> Select[Customer]:
    """The one that is here longest comes first."""
    same = select(Customer).where(Customer.is_demo == demo).order_by(Customer.id)
    return same.with_for_update(read=True).execution_options(populate_existing=True)


@dataclass
class Answers:
    """Who was found for many orders at once, by the id at a shop and by e-mail address; None where there is nobody."""

    by_id: dict[tuple[ShopKey | None, str, str], Customer | None] = field(default_factory=dict)
    by_email: dict[str, Customer | None] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)  # addresses of which nobody else makes a customer meanwhile

    def forget(self, shop: ShopKey | None, source: str, external_id: str, email: str) -> None:
        """Somebody is added by this id and address."""
        self.by_id.pop((shop, source, external_id[:60]), None)
        self.by_email.pop(first_address(email).lower(), None)
        if not email.isascii():  # databases differ in what the small letter of another one is
            self.by_email.clear()


def hold_addresses(emails: Iterable[str]) -> list[str]:
    """Let nobody else make a customer of these addresses until this transaction ends; answers those it waited for.

    No unique index could: several customers may have one address, such as those of before, or of a household. SQLite
    has one writer anyway.
    """
    if db.engine.dialect.name != "postgresql":
        return []
    held = remember(Answers, Answers).held
    wanted = sorted({first_address(email).lower() for email in emails} - held - {""})
    for address in wanted:  # in one order, so that two files at once never wait for each other
        db.session.execute(select(func.pg_advisory_xact_lock(ADDRESSES, func.hashtext(address))))
    held.update(wanted)
    return wanted


def look_up_customers(orders: Iterable[NewOrder], shop: ShopKey) -> None:
    """Within `remembering`: find the customers of these orders of a shop with two statements."""
    answers = remember(Answers, Answers)
    ids: dict[str, set[str]] = {}
    for new in orders:
        external_id, email = reach_of(new)
        if external_id:
            ids.setdefault(new.source, set()).add(external_id[:60])
        if first := first_address(email).lower():
            answers.by_email[first] = None
    for source, of_source in ids.items():
        answers.by_id |= dict.fromkeys((shop, source, external_id) for external_id in of_source)
        by_id = known_customers(demo=False).where(known_by(Customer, shop, source, of_source))
        for customer in db.session.scalars(by_id):
            answers.by_id[shop, source, str(customer.external_id)] = customer
    look_up_addresses(answers, list(answers.by_email))
    look_up_addresses(answers, hold_addresses(one for one, found in answers.by_email.items() if found is None))


def look_up_addresses(answers: Answers, addresses: list[str]) -> None:
    lowered = func.lower(Customer.email)
    by_email = known_customers(demo=False).add_columns(lowered).where(lowered.in_(addresses))
    for customer, first in db.session.execute(by_email).all() if addresses else ():
        answers.by_email[first] = answers.by_email[first] or customer


def the_one_now(customer: Customer) -> Customer:
    """The customer whom this one was merged into, else the customer."""
    if customer.merged_into_id is None:
        return customer
    return db.session.get_one(Customer, customer.merged_into_id)


def new_customer(new: NewOrder, shop: ShopKey | None, person: NewCustomer, email: str, demo: bool) -> Customer:
    billing, shipping = new.billing or new.shipping, new.shipping or new.billing
    has_id = bool(person.external_id) and not demo
    return Customer(
        source=new.source if has_id else None,
        outside_shop_id=shop.id if shop and has_id else None,
        program=new.program if has_id else "",
        external_id=person.external_id[:60] if has_id else None,
        name=(person.name or (billing.name if billing else ""))[:255],
        company=(person.company or (billing.company if billing else ""))[:255],
        vat_id=person.vat_id[:60],
        buyer_reference=person.buyer_reference[:60],
        email=email,
        phone=(person.phone or (billing.phone if billing else ""))[:60],
        language=(person.language or new.language)[:5],
        is_demo=demo,
        addresses=[
            CustomerAddress(kind=kind, **stated_address(stated))
            for kind, stated in ((AddressKind.BILLING, billing), (AddressKind.SHIPPING, shipping))
            if stated
        ],
    )


def create_customer(given: dict[str, Any], *, by: Actor) -> Customer:
    """Add a customer: CUSTOMER_FIELDS, and the addresses billing and shipping."""
    texts = {name: (given.get(name) or "").strip() for name in CUSTOMER_FIELDS}
    if not (texts["name"] or texts["company"] or texts["email"]):
        raise ActionRefused(_("name: give a name, a company or an e-mail address at least."))
    if texts["email"] and not is_address(texts["email"]):
        raise ActionRefused(_("email: “%(address)s” is not an e-mail address. Correct it.", address=texts["email"]))
    hold_addresses([texts["email"]])
    if texts["email"] and (known := known_customer(None, "", "", texts["email"], demo=False)):
        raise ActionRefused(
            _("email: %(email)s is the address of customer %(id)s already.", email=texts["email"], id=known.id)
        )
    addresses = [
        CustomerAddress(kind=kind, **new)
        for kind in AddressKind
        if any((new := written_address(None, given.get(kind) or {})).values())
    ]
    customer = Customer(**texts, addresses=addresses)
    db.session.add(customer)
    db.session.flush()

    record(Happened.RECORD_CREATED, None, by, subject=customer, record=str(customer))
    return customer


def change_own_address(customer: Customer, *, by: Actor, addresses: dict[str, dict[str, str]]) -> Customer:
    """Change the customer's own billing and shipping address, for orders to come."""
    changed = {}
    for kind in AddressKind:
        given = addresses.get(kind) or {}
        current = next((a for a in customer.addresses if a.kind == kind), None)
        if current is None:
            if not any(given.values()):
                continue
            current = CustomerAddress(customer=customer, kind=kind)
            db.session.add(current)
            db.session.flush()
        new = {name: text for name, text in written_address(current, given).items() if name in given or name in HOUSE}
        for name, (old, text) in changes(current, new, new).items():
            changed[f"{kind} {name}"] = [old, text]
            setattr(current, name, text)
    db.session.flush()

    if changed:
        record(Happened.RECORD_CHANGED, None, by, subject=customer, record=str(customer), changes=changed)
    return customer
