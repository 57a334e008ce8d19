"""The company behind the demo shop: lent to a shop that has entered nothing yet, and taken back with the demo."""

from __future__ import annotations

from app.queries import shop

#: An invented company at the address of a town hall; the IBAN is the usual example, which no bank has given out.
COMPANY = {
    "name": "Huis & Haard",
    "street": "Stadhuisplein 1",
    "postcode": "3811 LM",
    "city": "Amersfoort",
    "vat_id": "NL001234567B01",
    "registration": "KvK 00000000",
    "email": "shop@example.com",
    "phone": "+31 33 555 0100",
    "website": "shop.example.com",
    "iban": "NL91ABNA0417164300",
    "footer": "Thank you for your order. Not what you expected? Send it back within 14 days.",
}


def lend() -> None:
    """Fill in the company as long as the shop has no address and no VAT id of its own."""
    own = shop()
    if own.street or own.city or own.vat_id or own.iban:
        return
    for name, value in COMPANY.items():
        setattr(own, name, value)


def take_back() -> None:
    """Empty what is still the demo's; what the owner changed stays."""
    own = shop()
    for name, value in COMPANY.items():
        if getattr(own, name) == value:
            setattr(own, name, "My shop" if name == "name" else "")
