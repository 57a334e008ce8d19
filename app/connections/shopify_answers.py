"""What Shopify's answers mean: refusals come with HTTP 200 too, what a question costs, and data that is withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.connections.client import ShopAnswer
from app.connections.failures import ShopFailure
from app.models import Trouble
from app.security.json_input import read_json

#: What Shopify calls it, and what it is to us.
TROUBLES = {
    "THROTTLED": Trouble.TOO_BUSY,
    "IDEMPOTENCY_CONCURRENT_REQUEST": Trouble.TOO_BUSY,  # the same is being done just now
    "ACCESS_DENIED": Trouble.NO_RIGHT,
    "SHOP_INACTIVE": Trouble.NO_API,
    "INTERNAL_SERVER_ERROR": Trouble.OUT_OF_ORDER,
    "TIMEOUT": Trouble.OUT_OF_ORDER,
}

#: A question that costs more than Shopify ever answers at once.
TOO_DEAR = "MAX_COST_EXCEEDED"

#: A shop whose owner doesn't pay, and one that is closed.
CLOSED = (402, 423)


@dataclass(frozen=True)
class Cost:
    """Points: what a question asks for, what is left, and how many come back each second."""

    asked: float
    left: float
    restored: float

    @property
    def pause(self) -> float:
        """Seconds until the same question can be paid for again."""
        return max(0.0, (self.asked - self.left) / self.restored) if self.restored > 0 else 1.0


def cost_in(told: Mapping[str, object]) -> Cost:
    cost = object_in(object_in(told, "extensions"), "cost")
    bucket = object_in(cost, "throttleStatus")
    return Cost(
        number_of(cost, "requestedQueryCost"),
        number_of(bucket, "currentlyAvailable", 2000),
        number_of(bucket, "restoreRate", 100),
    )


def object_in(told: Mapping[str, object], name: str) -> dict[str, object]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def objects_in(told: Mapping[str, object], name: str) -> list[dict[str, object]]:
    found = told.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def number_of(told: Mapping[str, object], name: str, default: float = 0) -> float:
    found = told.get(name)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else default


def graphql_failure(answer: ShopAnswer) -> ShopFailure | None:
    """What it refuses, whatever the status is; None leaves it to the status."""
    if answer.status in CLOSED:
        return ShopFailure(Trouble.REFUSED_BEFORE, f"HTTP {answer.status}")
    if answer.status in (401, 404) and not answer.is_page:
        return ShopFailure(Trouble.WRONG_KEY if answer.status == 401 else Trouble.NO_API)
    if answer.status != 200 or answer.is_page:
        return None
    told = told_in(answer)
    errors = objects_in(told, "errors")
    if not errors or is_answered(told):
        return None
    code = str(object_in(errors[0], "extensions").get("code", ""))
    said = str(errors[0].get("message", ""))
    trouble = TROUBLES.get(code, Trouble.ASKED_WRONGLY)
    pause = cost_in(told).pause if trouble == Trouble.TOO_BUSY else None
    return ShopFailure(trouble, said, retry_after=pause, code=code)


def is_answered(told: Mapping[str, object]) -> bool:
    """All that was asked for is there: what the errors are about is a field within, null because it is withheld."""
    data = object_in(told, "data")
    listed = [data.get("nodes"), object_in(data, "orders").get("nodes")]
    is_gap = any(isinstance(nodes, list) and None in nodes for nodes in listed)
    return bool(data) and not is_gap and all(value is not None for value in data.values())


def told_in(answer: ShopAnswer) -> dict[str, object]:
    try:
        told = read_json(answer.body)
    except ValueError:
        raise ShopFailure(Trouble.UNREADABLE) from None
    if not isinstance(told, dict):
        raise ShopFailure(Trouble.UNREADABLE)
    return told
