"""Finding the customer of an order that comes in, or making one."""

from __future__ import annotations

from sqlalchemy import func, select

from app.extensions import db
from app.intake.new_order import NewAddress, NewCustomer, NewOrder
from app.models import Customer, CustomerAddress


def customer_of(new: NewOrder, *, demo: bool = False) -> Customer | None:
    """The customer by the source's own id, else by e-mail; a new one when there is none. Nobody without either."""
    person = new.customer or NewCustomer()
    email = person.email or next((a.email for a in (new.billing, new.shipping) if a and a.email), "")
    if not (person.external_id or email):
        return None
    return known_customer(new.source, person.external_id, email, demo) or new_customer(new, person, email, demo)


def known_customer(source: str, external_id: str, email: str, demo: bool) -> Customer | None:
    """Demo customers and real ones never mix."""
    same = select(Customer).where(Customer.is_demo == demo).order_by(Customer.id).limit(1)
    if external_id:
        by_id = same.where(Customer.source == source, Customer.external_id == external_id[:60])
        if found := db.session.scalar(by_id):
            return found
    return db.session.scalar(same.where(func.lower(Customer.email) == email.lower())) if email else None


def new_customer(new: NewOrder, person: NewCustomer, email: str, demo: bool) -> Customer:
    billing, shipping = new.billing or new.shipping, new.shipping or new.billing
    customer = Customer(
        source=new.source if person.external_id and not demo else None,
        external_id=(person.external_id[:60] or None) if not demo else None,
        name=(person.name or (billing.name if billing else ""))[:255],
        company=(person.company or (billing.company if billing else ""))[:255],
        vat_id=person.vat_id[:60],
        email=email[:255],
        phone=(person.phone or (billing.phone if billing else ""))[:60],
        language=(person.language or new.language)[:5],
        is_demo=demo,
        addresses=[own_address(kind, a) for kind, a in (("billing", billing), ("shipping", shipping)) if a],
    )
    db.session.add(customer)
    return customer


def own_address(kind: str, given: NewAddress) -> CustomerAddress:
    texts = {name: getattr(given, name)[:255] for name in ("name", "company", "street", "street2", "city", "region")}
    return CustomerAddress(
        kind=kind, postcode=given.postcode[:60], country=given.country, phone=given.phone[:60], **texts
    )
