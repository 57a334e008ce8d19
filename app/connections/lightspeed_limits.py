"""How often Lightspeed lets itself be asked: three windows at once, of five minutes, an hour and a day.

Each answer says what is left: `X-RateLimit-Remaining: 299/2999/11999`, and in how many seconds each begins anew:
`X-RateLimit-Reset: 263/2063/23663`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.connections.client import ShopAnswer


@dataclass(frozen=True)
class Window:
    """Of so many requests so many are left, until it begins anew."""

    limit: int
    left: int
    seconds: int


def windows_in(answer: ShopAnswer) -> list[Window]:
    """None where the answer says nothing of them, or what can't be understood."""
    stated = [numbers_in(answer, name) for name in ("limit", "remaining", "reset")]
    if not stated[0] or len({len(one) for one in stated}) != 1:
        return []
    return [Window(*one) for one in zip(*stated, strict=True)]


def numbers_in(answer: ShopAnswer, name: str) -> list[int]:
    text = answer.headers.get(f"x-ratelimit-{name}", "").replace(" ", "")
    return [int(one) for one in text.split("/")] if re.fullmatch(r"\d{1,9}(/\d{1,9})*", text) else []


def pause_before(windows: Sequence[Window], *, needed: int, reserve: float) -> float:
    """Seconds until so many requests are left in every window, a share of each kept for others; 0 is now.

    A window that never holds so many is not waited for.
    """
    short = [one for one in windows if one.left < min(needed, one.limit * (1 - reserve)) + one.limit * reserve]
    return float(max((max(1, one.seconds) for one in short), default=0))
