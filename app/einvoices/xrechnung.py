"""XRechnung 3.0: UBL as German authorities want it, and what is missing for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stdnum.de import leitweg

from app.documents.einvoice_facts import Category, Says
from app.einvoices.facts import EInvoiceSaid, Identifier, PaymentAsked, TradeParty
from app.einvoices.missing import Missing
from app.einvoices.reading import AS_AGREED, has_address, is_for_business
from app.einvoices.ubl import write_ubl

XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"

#: An e-mail address as electronic address, where a party has no other.
MAIL = "EM"

#: BR-DE-27 and BR-DE-28: what can be a phone number and an e-mail address.
PHONE, EMAIL = re.compile(r"(.*\d){3}"), re.compile(r"[^@\s.][^@\s]*[^@\s.]@[^@\s.][^@\s]*[^@\s.]")


def has_use_for_xrechnung(says: Says) -> bool:
    """Whether the buyer is a business or authority in Germany, or goes by a Leitweg-ID."""
    is_german = is_for_business(says) and says["buyer"]["country"].upper() == "DE"
    return is_german or leitweg.is_valid(str(says.get("buyer_reference") or ""))


def write_xrechnung(document: EInvoiceSaid) -> bytes:
    return write_ubl(fill_for_xrechnung(document), by_rules_of=XRECHNUNG)


def fill_for_xrechnung(document: EInvoiceSaid) -> EInvoiceSaid:
    """With what it wants and others do without: a means of payment in any case, and an address to send it to."""
    return replace(
        document,
        seller=with_address(document.seller),
        buyer=with_address(document.buyer),
        payment=document.payment or PaymentAsked(AS_AGREED, document.number, "", ""),
    )


def with_address(party: TradeParty) -> TradeParty:
    return party if party.address or not party.email else replace(party, address=Identifier(MAIL, party.email))


def xrechnung_missing(document: EInvoiceSaid, says: Says) -> Iterator[Missing]:
    """What it wants besides EN 16931: the rules BR-DE-1 to 28, and Peppol's on addresses."""
    whole = fill_for_xrechnung(document)
    seller, buyer, to = whole.seller, whole.buyer, whole.ship_to
    if not says.get("buyer_reference"):
        yield Missing.BUYER_REFERENCE
    if not (PHONE.search(seller.phone) and EMAIL.fullmatch(seller.email)):
        yield Missing.SELLER_CONTACT
    if not has_address(seller):
        yield Missing.SELLER_ADDRESS
    if not has_address(buyer) or (to and not has_address(to)):
        yield Missing.BUYER_ADDRESS
    if not buyer.address:
        yield Missing.BUYER_EMAIL
    if any(one.tax.code == Category.OUTSIDE_VAT for one in document.taxes):
        yield Missing.OUTSIDE_VAT
