"""What a shop is told, as whoever tells it needs it: a platform's writer knows no table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.connections.failures import ShopFailure
from app.connections.platform import Platform
from app.extensions import ShownText
from app.models import ShopWriteKind, Trouble


@dataclass(frozen=True)
class ParcelNews:
    """A parcel that went, or was handed over."""

    code: str
    carrier: str
    url: str  # where the code is followed; "" when nobody knows
    sent_at: datetime
    lines: Mapping[str, Decimal]  # id of the line there -> pieces
    goods: Sequence[str]  # in words: "2 × Stoneware mug"
    replaced_id: str = ""  # by which another code of this parcel was told
    external_id: str = ""  # of the parcel there; "" where the shop has told of none


@dataclass(frozen=True)
class RefundNews:
    """Money that went back."""

    amount: Decimal  # positive
    reason: str
    moves_money: bool  # it has not gone back yet: the shop pays it back
    in_all: Decimal = Decimal(0)  # with this, of all that went back of the order until now


@dataclass(frozen=True)
class News:
    """One thing that a shop is told of an order."""

    kind: ShopWriteKind
    external_id: str  # of the order there
    number: str  # by which people know it there; "" when nobody does
    language: str  # of its customer
    mails_customer: bool  # the shop writes to the customer, where it can be chosen; else it must not
    completes: bool  # with this, nothing is left to do of the order
    is_all_sent: bool  # with this, all of it went, be it paid or not
    key: str  # the same whenever this is told again, and of nothing else
    written_at: datetime  # what was written there before can't be this
    known_ids: frozenset[str] = frozenset()  # of what is there and known to be something else
    parcel: ParcelNews | None = None
    refund: RefundNews | None = None
    note: str = ""


class CalledOff(ShopFailure):
    """The order is in a state there in which it is told of nothing: nothing was written to it yet."""

    def __init__(self, state: str):
        super().__init__(Trouble.OVER_THERE, state)


@dataclass(frozen=True)
class WriteResult:
    """What came of it: what it is called there, and whether it was there before."""

    external_id: str = ""
    was_known: bool = field(default=False)


class Writer:
    """Tells one shop. Each verb looks first and writes only what is not there yet, so that it can be repeated after an
    answer that was lost. All of them raise ShopFailure; CalledOff only before they write anything.

    A platform that can't be told of something lacks the verb, and the kind in `kinds`: it is not offered then.
    """

    kinds: Collection[ShopWriteKind] = tuple(ShopWriteKind)  # of what its shops can be told
    can_pay_back = True  # whether they can be asked to pay a refund back, not only to record it
    hints: Mapping[str, ShownText] = {}  # what a choice means there, by the column of a connection that keeps it

    def __init__(self, shop: Platform):
        self.platform = shop

    def tell(self, news: News) -> WriteResult:
        verbs = {
            ShopWriteKind.SENT: self.tell_sent,
            ShopWriteKind.PAID: self.tell_paid,
            ShopWriteKind.CANCELLED: self.tell_cancelled,
            ShopWriteKind.REFUNDED: self.tell_refunded,
            ShopWriteKind.NOTE: self.tell_note,
        }
        try:
            return verbs[news.kind](news)
        except CalledOff:  # what the shop refuses once the code is written is a refusal
            if not (known_id := self.told_before(news)):
                raise
            return WriteResult(known_id, was_known=True)

    def told_before(self, news: News) -> str:
        """What the parcel is called there, whatever became of the order since its answer was lost; "" if it isn't."""
        if news.kind != ShopWriteKind.SENT or news.parcel is None or not news.parcel.code:
            return ""
        known_id = self.id_by_code(news, news.parcel.code)
        return "" if known_id in news.known_ids else known_id

    def id_by_code(self, news: News, code: str) -> str:
        """The id there of what holds this code; "" when nothing does."""
        raise NotImplementedError

    def tell_sent(self, news: News) -> WriteResult:
        """A parcel went, where there is one; and the order is completed, if this completes it."""
        raise NotImplementedError

    def tell_paid(self, news: News) -> WriteResult:
        raise NotImplementedError

    def tell_cancelled(self, news: News) -> WriteResult:
        raise NotImplementedError

    def tell_refunded(self, news: News) -> WriteResult:
        raise NotImplementedError

    def tell_note(self, news: News) -> WriteResult:
        raise NotImplementedError


def with_note(kept: str, note: str) -> str:
    """A note below what is kept in a field for people; "" where these words stand there already, however broken."""
    if " ".join(note.split()) in " ".join(kept.split()):
        return ""
    return f"{kept.rstrip()}\n{note}" if kept.strip() else note
