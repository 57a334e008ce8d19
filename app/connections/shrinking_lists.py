"""Where to go on in a list that is read page by page, while some of it may leave the list.

What stood behind them moved up, so that reading goes on as far back as so many fill. What comes twice then is known.
"""

from __future__ import annotations

from app.connections.platform import Place


def count_gone(place: Place, total: int | None) -> int:
    """How many left the list since the page before, by what is listed now in all."""
    before = place.get("total")
    return max(0, int(before) - total) if before is not None and total is not None else 0


def page_number(place: Place) -> int:
    return int(place.get("page", 1))


def place_after(place: Place, total: int | None, *, page_size: int, is_last: bool) -> Place | None:
    """Of a list with numbered pages; None when it ends here."""
    number, gone = page_number(place), count_gone(place, total)
    if is_last and not gone:
        return None
    following = max(1, number - -(-gone // page_size)) if gone else number + 1
    return {"page": following} if total is None else {"page": following, "total": total}
