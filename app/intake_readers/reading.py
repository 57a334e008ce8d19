"""Reading the fields of an outside order exactly: each value checked, each refusal naming the field's own path."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from flask_babel import gettext as _

from app.amounts.money import BadAmount, is_currency, parse
from app.columns import in_utc, storable
from app.extensions import ShownText, put_in_quotes
from app.intake_readers.new_order import UnreadableOrder

#: What the columns hold. Longer text is cut, for the raw payload keeps it all.
#: A longer identifier is refused: cut it would be another one.
IDENTIFIER = 60
SKU = 120
TEXT = 255
NAME = 500
NOTE = 10_000

#: Some exports write 2025-03-09 08:30:00 +0100.
SPACE_BEFORE_OFFSET = re.compile(r" (?=[+-]\d{2}:?\d{2}$)")

#: 5.27763E+12, 5,27763E+12 or 5E+12: what is left of a long number after a spreadsheet showed it. 24E1001 may be an id.
SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+E[+-]?|E\+)\d+", re.IGNORECASE)


def why_not_identifier(text: str, longest: int) -> str:
    """Why this is no id, number or code that can be kept whole."""
    if len(text) > longest:
        expected = _("at most %(longest)s characters", longest=longest)
        return _("Found %(found)s, expected %(expected)s.", found=in_short(text), expected=expected)
    if SCIENTIFIC.fullmatch(text):
        return _(
            "Found %(found)s: a spreadsheet has shortened a longer number, and its last digits are lost. "
            "Export it anew, and don’t save it in a spreadsheet, or make the column text there before.",
            found=in_short(text),
        )
    return ""


@dataclass(frozen=True)
class Fields:
    """An object of the payload, and where it stands: Fields({...}, "line_items[0]")."""

    value: Mapping[str, object]
    path: str = ""
    shop_currency: str = ""  # of an order that states none
    shop_zone: str = "UTC"  # of moments that state none

    def __contains__(self, key: str) -> bool:
        return key in self.value

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def unreadable(self, key: str, expected: str) -> UnreadableOrder:
        """The refusal of this field: what was found, and what is expected."""
        if self.is_empty(key):
            return UnreadableOrder(self.at(key), _("This is missing. Expected %(expected)s.", expected=expected))
        found = in_short(self.value[key])
        return UnreadableOrder(
            self.at(key), _("Found %(found)s, expected %(expected)s.", found=found, expected=expected)
        )

    def is_empty(self, key: str) -> bool:
        """Platforms write "nothing" as null, "", false, [] or {}."""
        value = self.value.get(key)
        return value is None or value is False or value in ("", [], {})

    def text(self, key: str, *, longest: int = TEXT) -> str:
        """The text, "" when there is none, cut to what its column holds."""
        if self.is_empty(key):
            return ""
        value = self.value[key]
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise self.unreadable(key, _("text"))
        return storable(str(value)).strip()[:longest].rstrip()

    def words(self, *keys: str, longest: int = TEXT) -> str:
        """Several fields as one text: a first and a last name, a street and a number."""
        return " ".join(filter(None, (self.text(key) for key in keys)))[:longest].rstrip()

    def identifier(self, key: str, *, longest: int = IDENTIFIER, required: bool = False) -> str:
        """An id, number or code: kept whole or refused."""
        value = self.text(key, longest=10 * TEXT)
        if reason := why_not_identifier(value, longest):
            raise UnreadableOrder(self.at(key), reason)
        if required and not value:
            raise self.unreadable(key, _("an id or number"))
        return value

    def find_id(self, *keys: str) -> str:
        """The first id that is stated under one of these, 0 being none; what is none is passed over, never refused."""
        stated = (str(self.value.get(key) or "") for key in keys)
        return next((one for one in stated if one.isalnum() and one.isascii() and one != "0" and len(one) <= 60), "")

    def amount(self, key: str, default: Decimal | None = None) -> Decimal:
        """An exact amount; the default when it isn't stated, refused when there is no default."""
        if self.is_empty(key):
            if default is None:
                raise self.unreadable(key, _("an exact amount, such as 12.50"))
            return default
        try:
            return parse(self.value[key])
        except BadAmount:
            raise self.unreadable(key, _("an exact amount, such as 12.50")) from None

    def maybe_amount(self, key: str) -> Decimal | None:
        return None if self.is_empty(key) else self.amount(key)

    def quantity(self, key: str) -> Decimal:
        quantity = self.amount(key)
        if quantity < 0:
            raise self.unreadable(key, _("a quantity of 0 or more"))
        return quantity

    def percent(self, key: str) -> Decimal | None:
        """A rate stated as a fraction, in percent: 0.23 -> 23."""
        fraction = self.maybe_amount(key)
        return None if fraction is None else self.exact(key, fraction * 100)

    def exact(self, key: str, number: Decimal) -> Decimal:
        """A number worked out from this field, held to what the columns can store."""
        try:
            return parse(number)
        except (BadAmount, InvalidOperation):
            raise self.unreadable(key, _("a number that leads to smaller amounts")) from None

    def moment(self, key: str, *, is_utc: bool = False) -> datetime:
        """A moment in ISO 8601, in UTC; without an offset it is refused, unless the field is known to be UTC."""
        try:
            moment = datetime.fromisoformat(SPACE_BEFORE_OFFSET.sub("", self.text(key)))
            if moment.tzinfo is None and not is_utc:
                raise ValueError("nobody knows when this is")
            return in_utc(moment.replace(tzinfo=moment.tzinfo or UTC))
        except (ValueError, OverflowError):
            raise self.unreadable(key, _("a moment such as 2024-05-31T14:00:00+02:00")) from None

    def shop_moment(self, key: str) -> datetime:
        """A moment that its shop states in its own time, in UTC."""
        try:
            moment = datetime.fromisoformat(SPACE_BEFORE_OFFSET.sub("", self.text(key)))
            return in_utc(moment.replace(tzinfo=moment.tzinfo or ZoneInfo(self.shop_zone)))
        except (ValueError, OverflowError):
            raise self.unreadable(key, _("a moment such as 2024-05-31 14:00:00")) from None

    def maybe_moment(self, key: str, *, is_utc: bool = False) -> datetime | None:
        return None if self.is_empty(key) else self.moment(key, is_utc=is_utc)

    def flag(self, key: str) -> bool:
        value = self.value.get(key)
        if value not in (None, "", True, False, 0, 1):
            raise self.unreadable(key, _("true or false"))
        return bool(value)

    def currency(self, key: str) -> str:
        code = self.text(key).upper() or self.shop_currency
        if not is_currency(code):
            raise self.unreadable(key, _("a currency of ISO 4217, such as EUR"))
        return code

    def country(self, key: str) -> str:
        """ISO 3166-1 alpha-2 in upper case, "" when not stated."""
        code = self.text(key).upper()
        if code and code not in countries():
            raise self.unreadable(key, _("a country of ISO 3166, such as NL"))
        return code

    def language(self, key: str) -> str:
        """The language of a locale such as pl, zh-TW or en_US; "" when it doesn't start with one."""
        match = re.match(r"([a-z]{2})(?![a-z])", self.text(key).lower())
        return match[1] if match else ""

    def object(self, key: str) -> Fields | None:
        if self.is_empty(key):
            return None
        found = self.value[key]
        if not isinstance(found, dict):
            raise self.unreadable(key, _("an object"))
        return Fields(found, self.at(key), shop_zone=self.shop_zone)

    def objects(self, key: str) -> list[Fields]:
        """The objects of a list; a single object where a list belongs counts as one."""
        if self.is_empty(key):
            return []
        stated = self.value[key]
        found = stated if isinstance(stated, list) else [stated]
        return [self.part(key, position, value) for position, value in enumerate(found)]

    def maybe_objects(self, key: str) -> list[Fields]:
        """The same of a field that no order depends on: what is no object is passed over."""
        found = self.value.get(key)
        return [Fields(one, self.at(key)) for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def maybe_text(self, key: str, *, longest: int = TEXT) -> str:
        """A text or number of such a field, "" where something else stands."""
        value = self.value.get(key)
        is_text = isinstance(value, (str, int)) and not isinstance(value, bool)
        return storable(str(value)).strip()[:longest].rstrip() if is_text else ""

    def part(self, key: str, position: int, value: builtins.object) -> Fields:
        place = self.at(key) if value is self.value[key] else f"{self.at(key)}[{position}]"
        if not isinstance(value, dict):
            raise UnreadableOrder(place, _("Found %(found)s, expected an object.", found=in_short(value)))
        return Fields(value, place, shop_zone=self.shop_zone)


def refuse_other_things(order: Fields, signs: Mapping[str, ShownText]) -> None:
    """Refuse what is clearly something else than an order; `signs` gives per telling field what has it."""
    keys = list(order.value)
    if len(keys) == 1 and keys[0].isidentifier() and isinstance(order.value[keys[0]], dict):
        signs = {keys[0]: re.sub("([A-Z])", r" \1", keys[0]).lower()[:60]}
    for key, thing in signs.items():
        if key in order:
            reason = _("This is not an order but something else: %(thing)s. Expected an order.", thing=thing)
            raise UnreadableOrder(key[:TEXT], reason)


def in_short(value: object) -> str:
    """What was found, short enough for a sentence."""
    if isinstance(value, dict):
        return _("an object")
    if isinstance(value, list):
        return _("a list")
    text = storable(str(value).lower() if isinstance(value, bool) else str(value))
    return put_in_quotes(text if len(text) <= 60 else text[:60] + "…")


@cache
def countries() -> frozenset[str]:
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - {"ZZ", "EU", "UN"}
