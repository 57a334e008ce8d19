"""The company behind the demo shop: lent while its stories are told, so that its invoices and mails are whole.

The shop itself stays as it is: no real invoice may ever name an invented company.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm.attributes import set_committed_value

from app.queries import shop

#: At the address of a town hall; the IBAN is the usual example, which no bank has given out.
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


@contextmanager
def lent_company() -> Iterator[None]:
    """The shop under the demo's name and address, until the block ends."""
    own = shop()
    before = {name: getattr(own, name) for name in COMPANY}
    put(COMPANY)
    yield
    put(before)


def put(company: dict[str, str]) -> None:
    """In memory only: nothing of it is ever written to the shop's row."""
    for name, value in company.items():
        set_committed_value(shop(), name, value)
