"""The pick list on paper: what is fetched for several parcels, shelf by shelf, with boxes to tick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from app.documents.drawing import ONE_PAGE, PageLayout, draw_slip
from app.documents.layout import share, widest
from app.documents.pages import render_page
from app.documents.snapshots import looks_of
from app.documents.wording import Writing
from app.models import Shop
from app.queries.packing import Pick

#: Of how many pieces, in points, as the template has it.
BIG = 15


def draw_pick_list(picks: Sequence[Pick], shop: Shop, language: str, *, at: datetime) -> bytes:
    """As PDF; drawn for whoever goes to the shelves now, and kept nowhere. Raises RenderFailed."""
    return draw_slip(partial(pick_list_page, picks, shop, language, at), picks, at=at).pdf


def pick_list_page(
    picks: Sequence[Pick], shop: Shop, language: str, at: datetime, layout: PageLayout = ONE_PAGE
) -> str:
    """The document in HTML."""
    writing = Writing(language)
    numbers = dict.fromkeys(number for pick in picks for number in pick.parcels)
    return render_page(
        "pick_list.html",
        writing,
        {"name": shop.name, "website": shop.website, **looks_of(shop)},
        picks=picks,
        day=at.astimezone(ZoneInfo(shop.time_zone)).date(),
        parcels=len(numbers),
        quantity_width=max(10, share(widest([writing.number(pick.quantity) for pick in picks], BIG, bold=True))),
        pages=layout.pages,
    )
