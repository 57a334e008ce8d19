"""Which clock the screen goes by."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from app import queries
from app.security.identity import current_staff


def zone_here() -> ZoneInfo:
    """The time zone of the person at the screen, where they have chosen one; else the shop's."""
    staff = current_staff()
    return ZoneInfo((staff.time_zone if staff else "") or queries.shop().time_zone)
