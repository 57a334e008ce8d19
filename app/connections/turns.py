"""Whose turn it is to be read: claiming a pull, keeping its place, and writing down what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from app.columns import now
from app.connections.client import Access
from app.connections.failures import Remedy, ShopFailure
from app.connections.platform import Place
from app.connections.shops import open_access
from app.connections.taking_in import Brought, Intake
from app.encryption.sealed import Sealed
from app.extensions import db, read_only, transaction
from app.models import Connection, Fate, Look, Pull, PullKind, PullState, Trouble
from app.queues.leases import LeasedQueue

#: Seconds after which a slice lets others have their turn.
SLICE = 20
#: How soon a shop is tried again that somebody has to mend first.
UNTIL_MENDED = timedelta(minutes=30)
#: Lines of the log of a connection.
MOST_LOOKS = 100

PULLS = LeasedQueue(
    Pull,
    unfinished=Pull.state == PullState.WAITING,
    allowed=Pull.connection_id.in_(select(Connection.id).where(Connection.is_active, Connection.address != "")),
    lease=timedelta(minutes=5),  # longer than a slice, and the request that it may begin at its very end
    most_attempts=2**31 - 1,  # never given up: a shop may be away for a week
    pause_after=lambda attempts: timedelta(seconds=min(900, 15 * 2 ** min(attempts, 10))),
)


class LeaseLost(Exception):
    """Somebody paused it, or it took longer than its lease: what comes of it is no longer ours to write down."""


@dataclass
class Way:
    """How a connection is read, out of the database so that nothing is held meanwhile."""

    address: str
    sealed: Sealed
    certificate: str
    minutes: int
    catalogue_minutes: int
    stock_place: str
    intake: Intake
    hook_key: str
    hook_secret: str = field(repr=False)

    @classmethod
    def to(cls, connection: Connection) -> Way:
        return Way(
            address=connection.address,
            sealed=connection.credentials,
            certificate=connection.certificate,
            minutes=connection.poll_minutes,
            catalogue_minutes=connection.catalogue_minutes,
            stock_place=connection.stock_place,
            intake=Intake.of(connection),
            hook_key=connection.key,
            hook_secret=connection.secret,
        )


@dataclass
class Turn(Way):
    """A pull that a worker has in hand: how its shop is reached, how far it is, and what this slice brought."""

    worker: str
    pull_id: int
    kind: PullKind
    since_at: datetime | None
    until_at: datetime | None
    place: Place
    seen: dict[str, str]
    found: int
    taken: int
    total: int | None
    trouble: Trouble | None  # of last time
    attempts: int
    new: int = 0
    quarantined: int = 0
    missed: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def access(self) -> Access:
        """Raises ShopFailure when our key is another one."""
        return open_access(self.address, self.sealed, self.certificate)

    @property
    def seconds(self) -> int:
        return round(time.monotonic() - self.started)

    def count(self, brought: Brought) -> None:
        self.quarantined += brought.fate == Fate.QUARANTINED
        self.taken += brought.is_news
        self.new += brought.is_news


def ways_due() -> dict[int, Way]:
    """To the connections of which something is due, by their ids: where nothing is, nothing is written."""
    with read_only():
        due = select(Connection).where(Connection.id.in_(select(Pull.connection_id).where(PULLS.due())))
        found = {one.id: Way.to(one) for one in db.session.scalars(due.options(joinedload(Connection.outside_shop)))}
        db.session.rollback()
    return found


def claim_turn(worker: str, ways: Mapping[int, Way], pull_id: int | None = None) -> Turn | None:
    """Take the pull that is due longest, or that one; other workers pass it over until the lease ends."""
    for pull in PULLS.claim(worker, row_id=pull_id):
        way = ways.get(pull.connection_id) or Way.to(db.session.get_one(Connection, pull.connection_id))
        return Turn(
            **vars(way),
            worker=worker,
            pull_id=pull.id,
            kind=pull.kind,
            since_at=pull.since_at,
            until_at=pull.until_at,
            place=dict(pull.place),
            seen=dict(pull.seen),
            found=pull.found,
            taken=pull.taken,
            total=pull.total,
            trouble=pull.trouble,
            attempts=pull.attempts,
        )
    return None


# --- what came of it ------------------------------------------------------------------------------------------------


def note_taken(turn: Turn, brought: Sequence[Brought]) -> None:
    """In the transaction of these orders: how many they are. Whoever lost the pull meanwhile stores none of them."""
    taken = turn.taken + sum(one.is_news for one in brought)
    write_ours(turn, taken=taken, leased_until=now() + PULLS.lease)


def note_place(turn: Turn) -> None:
    """A page is stored: whoever goes on begins behind it."""
    write_down(
        turn,
        until_at=turn.until_at,
        place=turn.place,
        seen=turn.seen,
        found=turn.found,
        taken=turn.taken,
        total=turn.total,
        leased_until=now() + PULLS.lease,
        **works(),
    )


def note_rest(turn: Turn, pause: float = 0) -> None:
    """There is more: others first, and the shop has its rest."""
    write_down(turn, due_at=now() + timedelta(seconds=max(1, pause)), **free())
    note_look(turn)


def note_end(turn: Turn, due_at: datetime, **values: object) -> None:
    """All is read; the next time it begins anew."""
    rest: dict[str, object] = {"until_at": None, "place": {}, "found": 0, "taken": 0, "total": None}
    rest |= {"seen": turn.seen, "finished_at": now(), "due_at": due_at, **works(), **free(), **values}
    write_down(turn, **rest)
    note_look(turn)


def note_failure(turn: Turn, failure: ShopFailure) -> None:
    """When it is tried again: as the shop wants it, or after a pause that grows; its place stays as it was."""
    if failure.trouble == Trouble.NOT_THERE:  # a list of orders is no order that is gone
        failure = ShopFailure(Trouble.NO_API, failure.detail, retry_after=failure.retry_after)
    pause = PULLS.pause_after(turn.attempts) if failure.remedy == Remedy.WAIT else UNTIL_MENDED
    if failure.retry_after is not None:
        pause = timedelta(seconds=max(1, failure.retry_after))
    said = {"trouble": failure.trouble, "detail": failure.detail, "trouble_at": now()}
    try:
        write_down(turn, due_at=now() + pause, **said, worker="", leased_until=None)
    except LeaseLost:
        return
    note_look(turn, failure)


def works() -> dict[str, object]:
    return {"looked_at": now(), "trouble": None, "detail": "", "trouble_at": None, "attempts": 0}


def free() -> dict[str, object]:
    return {"worker": "", "leased_until": None}


def write_down(turn: Turn, **values: object) -> None:
    with transaction():
        write_ours(turn, **values)


def write_ours(turn: Turn, **values: object) -> None:
    """In one statement, and only while the pull is still ours. Raises LeaseLost."""
    ours = (Pull.id == turn.pull_id, Pull.worker == turn.worker, Pull.state == PullState.WAITING)
    this = update(Pull).where(*ours, Pull.leased_until.is_not(None)).values(**values).returning(Pull.id)
    if db.session.scalar(this.execution_options(synchronize_session=False)) is None:
        raise LeaseLost


# --- the log --------------------------------------------------------------------------------------------------------


def note_look(turn: Turn, failure: ShopFailure | None = None) -> None:
    """A line for what a slice brought, or for a failure that is new; a look that found nothing leaves none."""
    is_told = turn.new or turn.quarantined or turn.missed or (failure and failure.trouble != turn.trouble)
    if not is_told:
        return
    with transaction():
        db.session.add(
            Look(
                connection_id=turn.intake.connection_id,
                kind=turn.kind,
                looked_at=now(),
                seconds=turn.seconds,
                found=turn.found,
                taken=turn.new,
                quarantined=turn.quarantined,
                missed=turn.missed,
                trouble=failure.trouble if failure else None,
                detail=failure.detail if failure else "",
            )
        )
        forget_old_looks(turn.intake.connection_id)


def forget_old_looks(connection_id: int) -> None:
    of_it = Look.connection_id == connection_id
    oldest = select(Look.id).where(of_it).order_by(Look.id.desc()).offset(MOST_LOOKS).limit(1).scalar_subquery()
    db.session.execute(delete(Look).where(of_it, Look.id <= oldest).execution_options(synchronize_session=False))
