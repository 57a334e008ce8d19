"""How WooCommerce answers: lists in pages, refusals with a code, moments in two zones, amounts as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from tests.simulators.serving import Answer

#: An object as the API writes it.
Shape = dict[str, Any]

MOST_PER_PAGE = 100
WHOLE = Decimal("0.000001")  # inside, the shop counts so exactly

LINK = {"Link": '<{home}/wp-json/>; rel="https://api.w.org/"'}


class Refused(Exception):
    """The API says no."""

    def __init__(self, answer: Answer):
        self.answer = answer


def refusal(number: int, code: str, message: str, data: Any = None) -> Answer:
    return Answer(number, {"code": code, "message": message, "data": data or {"status": number}})


def no_route() -> Refused:
    return Refused(refusal(404, "rest_no_route", "No route was found matching the URL and request method."))


def no_such(kind: str, number: int = 404) -> Refused:
    return Refused(refusal(number, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID."))


def wrong_parameter(name: str, code: str, message: str) -> Refused:
    data = {
        "status": 400,
        "params": {name: message},
        "details": {name: {"code": code, "message": message, "data": None}},
    }
    return Refused(refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}", data))


# --- values ---------------------------------------------------------------------------------------------------------


def money(amount: Decimal, decimals: int) -> str:
    return str(amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def moments(prefix: str, moment: datetime | None, zone: tzinfo) -> Shape:
    """`<prefix>` in the shop's own time and `<prefix>_gmt`, both without a zone."""
    if moment is None:
        return {prefix: None, f"{prefix}_gmt": None}
    return {
        prefix: moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        f"{prefix}_gmt": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
    }


def moment_of(name: str, text: str, zone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong_parameter(name, "rest_invalid_date", "Invalid date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


# --- lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListQuery:
    """What a list is asked for."""

    values: dict[str, list[str]]
    zone: tzinfo

    @classmethod
    def of(cls, pairs: list[tuple[str, str]], zone: tzinfo) -> ListQuery:
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if not name.startswith("oauth_"):
                values.setdefault(name.split("[")[0], []).extend(value.split(",") if name != "search" else [value])
        is_gmt = values.get("dates_are_gmt", ["false"])[0].lower() in ("true", "1", "yes")
        return cls(values, UTC if is_gmt else zone)

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, [default])[0]

    def whole(self, name: str, default: int, *, least: int, most: int | None) -> int:
        text = self.text(name, str(default))
        if not text.lstrip("-").isdigit():
            raise wrong_parameter(name, "rest_invalid_type", f"{name} is not of type integer.")
        if most and not least <= int(text) <= most:
            message = f"{name} must be between {least} (inclusive) and {most} (inclusive)"
            raise wrong_parameter(name, "rest_out_of_bounds", message)
        if int(text) < least:
            message = f"{name} must be greater than or equal to {least}"
            raise wrong_parameter(name, "rest_out_of_bounds", message)
        return int(text)

    def chosen(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        text = self.text(name, default)
        if text not in choices:
            message = f"{name} is not one of {', '.join(choices[:-1])}, and {choices[-1]}."
            raise wrong_parameter(name, "rest_not_in_enum", message)
        return text

    def ids(self, name: str) -> list[int]:
        return [int(one) for one in self.values.get(name, []) if one.strip().isdigit()]

    def moment(self, name: str) -> datetime | None:
        return moment_of(name, self.text(name), self.zone) if self.text(name) else None


@dataclass(frozen=True)
class Paged:
    """A page of what was found, as an answer with its headers."""

    found: list[Any]
    query: ListQuery
    address: str

    def answer(self, shape: Callable[[Any], Shape]) -> Answer:
        size = self.query.whole("per_page", 10, least=1, most=MOST_PER_PAGE)
        page = self.query.whole("page", 1, least=1, most=None)
        start = int(self.query.text("offset") or (page - 1) * size)
        pages = -(-len(self.found) // size)
        headers = {"X-WP-Total": str(len(self.found)), "X-WP-TotalPages": str(pages), "Allow": "GET, POST"}
        others = [(page - 1, "prev")] * (page > 1) + [(page + 1, "next")] * (page < pages)
        if others:
            headers["Link"] = ", ".join(f'<{self._address_of(number)}>; rel="{rel}"' for number, rel in others)
        return Answer(200, [shape(one) for one in self.found[start : start + size]], headers)

    def _address_of(self, page: int) -> str:
        values = [(name, ",".join(texts)) for name, texts in self.query.values.items() if name != "page"]
        return f"{self.address}?{urlencode([*values, ('page', page)])}"
