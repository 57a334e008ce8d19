"""What a printed page says, and the shop that the tests print for."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pypdf import PdfReader

from app import queries
from app.extensions import db
from app.models import Shop

SHOP = {
    "name": "Aardewerk Delft",
    "street": "Oude Delft 12",
    "postcode": "2611 CC",
    "city": "Delft",
    "country": "NL",
    "vat_id": "NL001234567B01",
    "registration": "KvK 12345678",
    "email": "winkel@aardewerk.example",
    "phone": "+31 15 555 0100",
    "website": "www.aardewerk.example",
    "iban": "NL91ABNA0417164300",
    "bic": "ABNANL2A",
    "footer": "Our terms apply.\nReturns within 14 days.",
}


def shop_in_delft() -> Shop:
    shop = queries.shop()
    for name, value in SHOP.items():
        setattr(shop, name, value)
    db.session.flush()
    return shop


def day_in_delft(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo("Europe/Amsterdam")).date()


def lines_of(pdf: bytes) -> list[str]:
    """The lines of text, in the order in which they were drawn."""
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return [line.strip() for line in text.splitlines() if line.strip()]


def pages_in(pdf: bytes) -> int:
    return len(PdfReader(io.BytesIO(pdf)).pages)


def places(pdf: bytes) -> list[tuple[str, float, float, int]]:
    """Each text with where it begins, its line and its page."""
    found: list[tuple[str, float, float, int]] = []
    for number, page in enumerate(PdfReader(io.BytesIO(pdf)).pages):

        def note(text: str, outer: list[float], inner: list[float], _font: Any, _size: float, at: int = number) -> None:
            if text.strip():
                found.append((text.strip(), inner[4] + outer[4], inner[5] + outer[5], at))

        page.extract_text(visitor_text=note)
    return found
