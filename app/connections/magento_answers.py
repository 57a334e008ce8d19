"""What Magento's answers mean: pages of a search, and refusals whose words have their facts apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.columns import now
from app.connections.checks import CLOCKS_DIFFER
from app.connections.client import ShopAnswer, failure_in
from app.connections.failures import ShopFailure
from app.connections.platform import PulledOrder
from app.intake_readers.payloads import payloads
from app.models import Trouble
from app.security.json_input import read_json


def orders_listed(answer: ShopAnswer) -> Iterator[PulledOrder]:
    """Each order of a search with its own text, word for word."""
    if not items_told(answer):
        return
    for payload in payloads(answer.text):
        facts = payload.value
        if not isinstance(facts, dict) or not facts.get("entity_id"):
            raise ShopFailure(Trouble.UNREADABLE)
        yield PulledOrder(str(facts["entity_id"]), payload.raw)


def items_told(answer: ShopAnswer) -> list[dict[str, object]]:
    """What a search found, or a plain list; null where it found nothing."""
    told = answer.json
    if isinstance(told, dict) and "items" in told and "total_count" in told:
        told = told["items"] or []
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise ShopFailure(Trouble.UNREADABLE)
    return told


def total_told(answer: ShopAnswer) -> int | None:
    told = answer.json
    total = told.get("total_count") if isinstance(told, dict) else None
    return total if isinstance(total, int) else None


def refusal_of(answer: ShopAnswer) -> ShopFailure | None:
    """What it refuses, in its own words; None leaves it to the status.

    A key that is unknown and one that lacks a right look alike, and so does a token that may not stand alone.
    """
    if answer.status < 400 or answer.is_page:
        return None
    failure = failure_in(answer, "")
    if failure is None:
        return None
    failure.detail = f"HTTP {answer.status} {filled_in(answer)}".strip()[:300]
    if answer.status in (400, 401) and "timestamp" in failure.detail and is_clock_wrong(answer):
        failure.trouble = Trouble.WRONG_CLOCK
    elif answer.status in (401, 403):
        failure.trouble = Trouble.WRONG_KEY
    return failure


def is_clock_wrong(answer: ShopAnswer) -> bool:
    return abs(answer.shop_time - now()) > CLOCKS_DIFFER


def filled_in(answer: ShopAnswer) -> str:
    """{"message": "… %1 … %name", "parameters": ["a"] or {"name": "b"}} in words."""
    try:
        told = read_json(answer.body)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    said, given = str(told.get("message") or ""), told.get("parameters")
    named = {str(n): one for n, one in enumerate(given, start=1)} if isinstance(given, list) else given
    facts: Mapping[str, object] = named if isinstance(named, Mapping) else {}
    return re.sub(r"%(\w+)", lambda found: str(facts.get(found[1], found[0])), said)
