"""What BigCommerce's answers mean: lists that are empty or wrapped, refusals of either version, and its quota."""

from __future__ import annotations

import json
from collections.abc import Iterator

from app.connections.client import ShopAnswer, failure_in
from app.connections.failures import ShopFailure
from app.connections.platform import PulledOrder
from app.intake_readers.payloads import payloads
from app.models import Trouble
from app.security.json_input import read_json

NO_CONTENT = 204

#: Of an order whose customer got as far as paying, and no further.
INCOMPLETE = 0

#: Requests that have to be left in the window for the next page, whatever other programs of the shop ask for.
RESERVE = 90


def told_objects(answer: ShopAnswer) -> list[dict[str, object]]:
    """A list of V2, or what V3 has under "data"; one object is a list of one, and no content is none."""
    told = answer.json
    if isinstance(told, dict) and "data" in told and "id" not in told:
        told = told["data"]
    found = [one for one in (told if isinstance(told, list) else [told]) if isinstance(one, dict)]
    if not found and told != [] and answer.status != NO_CONTENT:
        raise ShopFailure(Trouble.UNREADABLE)
    return found


def placed_orders(answer: ShopAnswer) -> Iterator[PulledOrder]:
    """Each order with its own text, word for word, but those that their customer never placed."""
    if answer.status == NO_CONTENT:
        return
    if not isinstance(answer.json, list | dict):
        raise ShopFailure(Trouble.UNREADABLE)
    for payload in payloads(answer.text):
        facts = payload.value
        if not isinstance(facts, dict) or not facts.get("id"):
            raise ShopFailure(Trouble.UNREADABLE)
        if facts.get("status_id") != INCOMPLETE:
            yield PulledOrder(str(facts["id"]), payload.raw)


def refusal_in(answer: ShopAnswer) -> ShopFailure | None:
    """What it refuses, in its own words; None leaves it to the status."""
    if answer.status < 400 or answer.is_page:
        return None
    failure = failure_in(answer, "")
    if failure is None:
        return None
    failure.detail = f"HTTP {answer.status} {refusal_words(answer)}".strip()[:300]
    if answer.status == 429 and failure.retry_after is None:
        failure.retry_after = window_of(answer)
    return failure


def refusal_words(answer: ShopAnswer) -> str:
    """Of [{"status": 400, "message": "…"}] in V2, of {"title": "…", "errors": {…}} in V3."""
    try:
        told = read_json(answer.body)
    except ValueError:
        return ""
    first = told[0] if isinstance(told, list) and told else told
    if not isinstance(first, dict):
        return ""
    said = [str(first[key]) for key in ("message", "title", "error") if first.get(key)][:1]
    more = first.get("errors") or first.get("details")
    return " ".join([*said, json.dumps(more, ensure_ascii=False)] if more else said)


def pause_of(answer: ShopAnswer) -> float:
    """Seconds until the next page can be asked for without running dry."""
    left = answer.number("X-Rate-Limit-Requests-Left")
    return (window_of(answer) or 1.0) if left is not None and left < RESERVE else 0.0


def window_of(answer: ShopAnswer) -> float | None:
    """Seconds until the quota is full again, where it says so."""
    milliseconds = answer.number("X-Rate-Limit-Time-Reset-Ms")
    return None if milliseconds is None else max(1.0, milliseconds / 1000)
