"""What goes wrong between a shop and us, sorted by what is to be done about it, and said in a sentence.

*Wait*: it passes by itself. *Mend*: nothing works until somebody mends the connection. *Record*: only this one order
(product, shipment) is refused. *Ours*: we asked wrongly; trying again won't help.
"""

from __future__ import annotations

import re
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from app.extensions import ShownText
from app.models import Trouble

#: So much of what a shop says is kept.
LONGEST_DETAIL = 300


class Remedy(StrEnum):
    WAIT = "wait"
    MEND = "mend"
    RECORD = "record"
    OURS = "ours"


REMEDIES: dict[Trouble, Remedy] = {
    Trouble.NO_ANSWER: Remedy.WAIT,
    Trouble.TOO_SLOW: Remedy.WAIT,
    Trouble.TOO_BUSY: Remedy.WAIT,
    Trouble.OUT_OF_ORDER: Remedy.WAIT,
    Trouble.UNREADABLE: Remedy.WAIT,
    Trouble.TOO_LARGE: Remedy.WAIT,
    Trouble.REFUSED_BEFORE: Remedy.MEND,
    Trouble.CERTIFICATE: Remedy.MEND,
    Trouble.UNENCRYPTED: Remedy.MEND,
    Trouble.REDIRECTED: Remedy.MEND,
    Trouble.NO_API: Remedy.MEND,
    Trouble.WRONG_KEY: Remedy.MEND,
    Trouble.WRONG_CLOCK: Remedy.MEND,
    Trouble.NO_RIGHT: Remedy.MEND,
    Trouble.SEALED: Remedy.MEND,
    Trouble.NOT_THERE: Remedy.RECORD,
    Trouble.REFUSED: Remedy.RECORD,
    Trouble.OVER_THERE: Remedy.RECORD,
    Trouble.BY_HAND: Remedy.RECORD,
    Trouble.OTHER_ORDER: Remedy.RECORD,
    Trouble.GIVEN_UP: Remedy.RECORD,
    Trouble.ASKED_WRONGLY: Remedy.OURS,
    Trouble.OURS: Remedy.OURS,
}

SENTENCES: dict[Trouble, ShownText] = {
    Trouble.NO_ANSWER: _l("The shop does not answer. Toonbank tries again by itself."),
    Trouble.TOO_SLOW: _l("The shop took too long to answer. Toonbank tries again by itself."),
    Trouble.TOO_BUSY: _l("The shop asks to be asked less often. Toonbank waits, and goes on by itself."),
    Trouble.OUT_OF_ORDER: _l("The shop answers with an error of its own. Toonbank tries again by itself."),
    Trouble.UNREADABLE: _l("The shop’s answer was cut off or damaged. Toonbank tries again by itself."),
    Trouble.TOO_LARGE: _l("The shop’s answer was too large to be read. Toonbank tries again by itself."),
    Trouble.REFUSED_BEFORE: _l(
        "Something in front of the shop refused Toonbank: a firewall or a protection against robots. Allow the address "
        "of this machine there; Toonbank calls itself “Toonbank”."
    ),
    Trouble.CERTIFICATE: _l(
        "The shop’s certificate is not trusted. Renew it there; if the shop has one of its own making, enter the "
        "certificate of whoever issued it under Access."
    ),
    Trouble.UNENCRYPTED: _l("The key would travel unencrypted. Enter the shop’s address with https:// under Access."),
    Trouble.REDIRECTED: _l("The shop sends Toonbank on to another address. Enter that one under Access."),
    Trouble.NO_API: _l("There is no API of this shop system at that address. Check the address under Access."),
    Trouble.WRONG_KEY: _l(
        "The shop does not know this key, the secret is wrong, or the key may not read orders. Make a new key there, "
        "and enter it under Access."
    ),
    Trouble.WRONG_CLOCK: _l(
        "The shop refuses because its clock and that of this machine differ too much. Set the wrong one right."
    ),
    Trouble.NO_RIGHT: _l("The key lacks a right. Give it to the key in the shop, or make a new key there."),
    Trouble.SEALED: _l(
        "The key can’t be read: it was encrypted with another file credentials_key. Put that file back into the "
        "instance folder, or enter the key again under Access."
    ),
    Trouble.NOT_THERE: _l("That is not there any more in the shop."),
    Trouble.REFUSED: _l("The shop refuses that."),
    Trouble.OVER_THERE: _l("The order has another state there, which this does not fit."),
    Trouble.BY_HAND: _l("The shop can’t be told that by its API so that it comes out right. Do it there yourself."),
    Trouble.OTHER_ORDER: _l("This number belongs to another order there. Do it there yourself."),
    Trouble.GIVEN_UP: _l("The shop could not be told for a week."),
    Trouble.ASKED_WRONGLY: _l("The shop did not understand what Toonbank asked. Please report it."),
    Trouble.OURS: _l("An error that nobody expected. Please report it."),
}


class ShopFailure(Exception):
    """A shop could not be read or told. `detail` is its own words; no secret is in them."""

    def __init__(self, trouble: Trouble, detail: str = "", *, retry_after: float | None = None, code: str = ""):
        self.trouble, self.detail = trouble, in_short(detail)
        self.retry_after = retry_after  # seconds that the shop wants to be left alone for
        self.code = code  # what the shop calls it
        super().__init__(trouble.value)

    def __str__(self) -> str:
        return f"{self.trouble.value}: {self.detail}" if self.detail else self.trouble.value

    @property
    def remedy(self) -> Remedy:
        return REMEDIES[self.trouble]

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.trouble])


def in_short(detail: str) -> str:
    """Without tags, in one line, and no longer than is kept."""
    return " ".join(re.sub(r"<[^>]*>", " ", detail).split())[:LONGEST_DETAIL]
