"""Rows that workers take in hand, each under a lease, by any number of workers at once.

A worker claims a row, does the work without holding anything, and writes down what came of it while it still holds
the row. One that dies leaves a lease that runs out, and another one takes over. Each function is a step inside a short
transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, or_, select, true, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.interfaces import ORMOption

from app.columns import At, MaybeAt, Text255, now
from app.extensions import db


class Leased:
    """What a row has that workers take in hand."""

    if TYPE_CHECKING:
        id: Mapped[int]

    due_at: Mapped[At]
    attempts: Mapped[int] = mapped_column(default=0)  # begun since it was queued, or since it last came further
    leased_until: Mapped[MaybeAt]
    worker: Mapped[Text255]  # who holds it; "" is nobody


Held = TypeVar("Held", bound=Leased)


@dataclass(frozen=True, eq=False)
class LeasedQueue(Generic[Held]):
    """A table whose rows are taken in hand, and how."""

    table: type[Held]
    unfinished: ColumnElement[bool]
    lease: timedelta  # longer than any one step takes; a worker that died is replaced when it is over
    most_attempts: int
    pause_after: Callable[[int], timedelta]  # so many attempts
    allowed: ColumnElement[bool] = field(default_factory=true)  # what may be begun at all
    turn: Sequence[SQLColumnExpression[object]] = ()  # whose turn comes first; else that of the row due longest
    taken: Mapping[str, object] = field(default_factory=dict)  # what is written on a row that is taken in hand
    options: Sequence[ORMOption] = ()  # how a row that is held is loaded

    def due(self) -> ColumnElement[bool]:
        """Unfinished, its time has come, and nobody works on it: none has begun, or who had has died."""
        unheld = or_(self.table.leased_until.is_(None), self.table.leased_until < now())
        return and_(self.unfinished, self.allowed, self.table.due_at <= now(), unheld)

    def is_any_due(self) -> bool:
        return bool(db.session.scalar(select(exists().where(self.due()))))

    def claim(self, worker: str, *, most: int = 1, row_id: int | None = None) -> list[Held]:
        """Take the rows whose turn it is, or that one if it is due, in one statement.

        Two workers never take the same: PostgreSQL skips rows that another one has locked, SQLite has one writer.
        """
        turn = self.turn or (self.table.due_at, self.table.id)
        mine = select(self.table.id).where(self.due()).order_by(*turn).limit(most)
        if row_id is not None:
            mine = mine.where(self.table.id == row_id)
        chosen = mine.with_for_update(skip_locked=True, of=self.table).cte("chosen")
        taken = (
            update(self.table)
            .where(self.table.id.in_(select(chosen.c.id)))
            .values(worker=worker, leased_until=now() + self.lease, attempts=self.table.attempts + 1, **self.taken)
        )
        how = {"synchronize_session": False, "populate_existing": True}
        rows = db.session.scalars(taken.returning(self.table).execution_options(**how)).all()
        return sorted(rows, key=lambda row: row.id)

    def held_by(self, worker: str, row_id: int) -> Held | None:
        """The row, locked, while this worker still holds it; nobody else may write down what came of it."""
        query = select(self.table).where(self.table.id == row_id, self.table.worker == worker, self.unfinished)
        return db.session.scalars(query.options(*self.options).with_for_update()).one_or_none()

    def renew(self, row: Held, more: timedelta = timedelta(0)) -> None:
        """Keep it for the next step; one that takes long needs `more`."""
        row.leased_until = now() + self.lease + more

    def retry(self, row: Held, *, most: int | None = None) -> bool:
        """Let go of it until a pause is over; False when it has had its last attempt and is to be given up."""
        if row.attempts >= (most or self.most_attempts):
            return False
        free(row)
        row.due_at = now() + self.pause_after(row.attempts)
        return True


def free(row: Leased) -> None:
    """Let go of it."""
    row.worker, row.leased_until = "", None


def end_leases_of(worker: str) -> int:
    """Let others take over what a worker that is gone had in hand; answers how much that was."""
    count, at = 0, now()
    for table in Leased.__subclasses__():
        in_hand = update(table).where(table.worker == worker, table.leased_until > at).values(leased_until=at)
        count += db.session.execute(in_hand).rowcount  # type: ignore[attr-defined]
    return count
