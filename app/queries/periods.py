"""Days from and until, in the shop's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, SQLColumnExpression


@dataclass(frozen=True)
class Period:
    """Both days belong to it; None: without end."""

    since: date | None
    until: date | None
    time_zone: str

    def of(
        self, moment: SQLColumnExpression[datetime] | SQLColumnExpression[datetime | None]
    ) -> list[ColumnElement[bool]]:
        """The conditions on a column that holds moments."""
        where = []
        if self.since:
            where.append(moment >= self.start_of(self.since))
        if self.until:
            where.append(moment < self.start_of(self.until + timedelta(days=1)))
        return where

    def start_of(self, day: date) -> datetime:
        """Midnight of the shop's clock, in UTC."""
        return datetime.combine(day, time(), ZoneInfo(self.time_zone)).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.time_zone)).date()
