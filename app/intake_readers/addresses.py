"""Addresses as platforms write them: with first and last name apart, and some with the number of the house apart."""

from __future__ import annotations

from app.intake_readers.new_order import NewAddress
from app.intake_readers.reading import TEXT, Fields
from app.postal.house_numbers import House


def read_address(given: Fields | None, *, street: str, street2: str, postcode: str, country: str) -> NewAddress | None:
    """None where nothing is said of it. `street` and the others are what the platform calls these fields."""
    if given is None:
        return None
    new = NewAddress(
        name=given.words("first_name", "last_name"),
        company=given.text("company"),
        street=given.text(street),
        street2=given.text(street2),
        postcode=given.text(postcode, longest=60),
        city=given.text("city"),
        region=given.text("state"),
        country=given.country(country),
        phone=given.text("phone", longest=60),
        email=given.identifier("email", longest=TEXT),
    )
    return None if new == NewAddress() else new


def read_house(street: str, number: str = "", extension: str = "") -> dict[str, str]:
    """The line of the street with the house in it, and both parts, for an address; from texts as they are stated."""
    parts = (" ".join(text.split())[:60] for text in (number, extension))
    return House(street, *parts).joined(TEXT)._asdict()
