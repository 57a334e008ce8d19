"""The first steps of a new shop, as they are shown on Home."""

from __future__ import annotations

from app.history import Actor, Happened, record
from app.models import Shop


def put_away_steps(shop: Shop, *, by: Actor) -> None:
    """Show the first steps on Home no more."""
    if not shop.steps_put_away:
        shop.steps_put_away = True
        record(
            Happened.RECORD_CHANGED, None, by, subject=shop, record=str(shop), changes={"steps_put_away": [False, True]}
        )
