"""What looking an address up can come to: a place, perhaps with doubts, or no place and the reason.

Each carries its sentence for the person at the screen, in the reader's language when it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.extensions import ShownText


class Address(Protocol):
    """What an address must have to be looked up; the records of an order's and a customer's address have it."""

    @property
    def street(self) -> str: ...

    @property
    def street2(self) -> str: ...

    @property
    def postcode(self) -> str: ...

    @property
    def city(self) -> str: ...

    @property
    def region(self) -> str: ...

    @property
    def country(self) -> str: ...  # ISO 3166 code of two letters


class Reason(StrEnum):
    """Why there is no map."""

    NO_ADDRESS = "no_address"
    UNKNOWN_COUNTRY = "unknown_country"
    UNKNOWN_PLACE = "unknown_place"
    SEVERAL_PLACES = "several_places"
    POSTCODE_NOT_OF_COUNTRY = "postcode_not_of_country"
    POSTCODE_NOT_IN_CITY = "postcode_not_in_city"


class Doubt(StrEnum):
    """What is odd about an address that was found all the same."""

    NO_HOUSE_NUMBER = "no_house_number"
    UNKNOWN_POSTCODE = "unknown_postcode"
    UNKNOWN_CITY = "unknown_city"


class Precision(StrEnum):
    POSTCODE = "postcode"  # a village, or some streets
    CITY = "city"


@dataclass(frozen=True)
class Note:
    doubt: Doubt
    sentence: ShownText


@dataclass(frozen=True)
class Place:
    """Where an address is, in degrees north and east (WGS 84), and what to call it."""

    latitude: float
    longitude: float
    name: str
    precision: Precision
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class NoPlace:
    reason: Reason
    sentence: ShownText
    notes: tuple[Note, ...] = ()
