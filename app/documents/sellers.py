"""Who sells, as far as the law wants it on an invoice: Directive 2006/112/EC, article 226, points 3 and 5."""

from __future__ import annotations

from app.documents.vat import EU
from app.models import Shop

#: The name of a shop that nobody has named yet.
UNNAMED = "My shop"

#: Columns of the shop: its full name and address, and the number under which it charges VAT.
DEMANDED = ("name", "street", "postcode", "city", "country", "vat_id")

#: Countries without postcodes.
WITHOUT_POSTCODES = frozenset(
    "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CM DJ DM ER FJ GD GM GY HK KI KM KN KP ML MO MR MW NR QA RW SB SC "
    "SL SR ST SY TG TO TT TV UG VU YE ZW".split()
)
#: Where a seller who charges VAT has a number that invoices must name: member states, and some of their neighbours.
WITH_VAT_NUMBERS = (EU - {"EL"}) | frozenset("GR GB XI NO CH LI MC IS".split())


def missing_of_seller(shop: Shop) -> list[str]:
    """The columns of the shop that are empty and may not be; a small business that is exempt needs no VAT number."""
    needed = (name for name in DEMANDED if not is_spared(name, shop))
    return [name for name in needed if not getattr(shop, name).strip() or getattr(shop, name) == UNNAMED]


def is_spared(name: str, shop: Shop) -> bool:
    if name == "vat_id":
        return shop.is_small_business or shop.country not in WITH_VAT_NUMBERS
    return name == "postcode" and shop.country in WITHOUT_POSTCODES
