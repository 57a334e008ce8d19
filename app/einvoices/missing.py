"""What an e-invoice can't be made without: each a sentence for the shop, and where it is entered."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.errors import ActionRefused
from app.extensions import ShownText


class EntryPlace(StrEnum):
    """Where a missing fact is entered; nowhere, where the document is fixed as it is."""

    COMPANY = "company"
    SETTING = "einvoices"
    BUYER = "buyer"
    SENDING = "shipments"
    NOWHERE = ""


class Missing(StrEnum):
    BUSINESS = "business"
    SELLER_NAME = "seller_name"
    SELLER_COUNTRY = "seller_country"
    SELLER_ADDRESS = "seller_address"
    SELLER_VAT_ID = "seller_vat_id"
    SELLER_ID = "seller_id"
    SELLER_KVK = "seller_kvk"
    SELLER_CONTACT = "seller_contact"
    SELLER_PEPPOL = "seller_peppol"
    SELLER_IBAN = "seller_iban"
    BUYER_NAME = "buyer_name"
    BUYER_COUNTRY = "buyer_country"
    BUYER_ADDRESS = "buyer_address"
    BUYER_VAT_ID = "buyer_vat_id"
    BUYER_PEPPOL = "buyer_peppol"
    BUYER_REFERENCE = "buyer_reference"
    BUYER_EMAIL = "buyer_email"
    DELIVERED_ON = "delivered_on"
    ZERO_RATE = "zero_rate"
    OUTSIDE_VAT = "outside_vat"
    RATE = "rate"
    OTHER_RATE = "other_rate"
    TWO_TAXES = "two_taxes"
    DIFFERENCE = "difference"
    DECIMALS = "decimals"
    SUMS = "sums"


MISSING_SAID: dict[Missing, tuple[EntryPlace, ShownText]] = {
    Missing.BUSINESS: (
        EntryPlace.BUYER,
        _l("The buyer is no business: it has neither a company name nor a VAT number."),
    ),
    Missing.SELLER_NAME: (EntryPlace.COMPANY, _l("Your company’s name is missing.")),
    Missing.SELLER_COUNTRY: (EntryPlace.COMPANY, _l("Your company’s country is missing.")),
    Missing.SELLER_ADDRESS: (EntryPlace.COMPANY, _l("Your company’s street, postcode or city is missing.")),
    Missing.SELLER_VAT_ID: (EntryPlace.COMPANY, _l("It charges VAT, but your VAT number is missing.")),
    Missing.SELLER_ID: (
        EntryPlace.COMPANY,
        _l("Your VAT number and your registration number are missing: one is needed."),
    ),
    Missing.SELLER_KVK: (
        EntryPlace.COMPANY,
        _l("Your number at the Dutch chamber of commerce (KvK, eight digits) is missing."),
    ),
    Missing.SELLER_CONTACT: (EntryPlace.COMPANY, _l("Your company’s phone number or e-mail address is missing.")),
    Missing.SELLER_PEPPOL: (
        EntryPlace.COMPANY,
        _l("Your address on Peppol is unknown: it follows from your VAT number."),
    ),
    Missing.SELLER_IBAN: (EntryPlace.COMPANY, _l("It is to be paid, but your IBAN is missing.")),
    Missing.BUYER_NAME: (EntryPlace.BUYER, _l("The buyer’s name is missing.")),
    Missing.BUYER_COUNTRY: (EntryPlace.BUYER, _l("The buyer’s country is missing.")),
    Missing.BUYER_ADDRESS: (EntryPlace.BUYER, _l("The buyer’s street, postcode or city is missing.")),
    Missing.BUYER_VAT_ID: (EntryPlace.BUYER, _l("VAT is reversed to the buyer, whose VAT number is missing.")),
    Missing.BUYER_PEPPOL: (
        EntryPlace.BUYER,
        _l("The buyer’s address on Peppol is unknown: it follows from a right VAT number."),
    ),
    Missing.BUYER_REFERENCE: (
        EntryPlace.BUYER,
        _l("The buyer reference is missing: the Leitweg-ID of a German authority, or what else the buyer wants named."),
    ),
    Missing.BUYER_EMAIL: (
        EntryPlace.BUYER,
        _l("The buyer has neither a Leitweg-ID, nor a VAT number, nor an e-mail address to send it to."),
    ),
    Missing.DELIVERED_ON: (
        EntryPlace.SENDING,
        _l("The day the goods went is missing, and a VAT-free supply inside the EU names it. Send them first."),
    ),
    Missing.ZERO_RATE: (EntryPlace.SETTING, _l("It is not said what the zero rate of VAT stands for in your shop.")),
    Missing.OUTSIDE_VAT: (
        EntryPlace.COMPANY,
        _l("German rules want a rate of VAT on it, and a seller who is registered for VAT."),
    ),
    Missing.RATE: (EntryPlace.NOWHERE, _l("The rate of a VAT on it is unknown.")),
    Missing.OTHER_RATE: (EntryPlace.NOWHERE, _l("The VAT that the outside shop stated is not its rate of the amount.")),
    Missing.TWO_TAXES: (EntryPlace.NOWHERE, _l("Two taxes are on the same goods, and e-invoices know one.")),
    Missing.DIFFERENCE: (EntryPlace.NOWHERE, _l("The total that the outside shop stated is too far from the lines.")),
    Missing.DECIMALS: (EntryPlace.NOWHERE, _l("Amounts of e-invoices have two decimals, and one of these has more.")),
    Missing.SUMS: (EntryPlace.NOWHERE, _l("Its lines don’t add up to its VAT.")),
}


class Incomplete(ActionRefused):
    """What is missing for an e-invoice, all of it."""

    def __init__(self, missing: Iterable[Missing]) -> None:
        self.missing = tuple(dict.fromkeys(missing))
        super().__init__(_("This can’t be an e-invoice. %(reasons)s", reasons=self.reasons))

    @property
    def reasons(self) -> str:
        return " ".join(str(MISSING_SAID[one][1]) for one in self.missing)

    @property
    def places(self) -> list[EntryPlace]:
        return list(dict.fromkeys(MISSING_SAID[one][0] for one in self.missing if MISSING_SAID[one][0]))
