"""Lines of "Try it" that are the same for all platforms."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _

from app.columns import now
from app.connections.client import ShopAnswer
from app.connections.failures import ShopFailure
from app.connections.platform import Check, CheckState

#: WooCommerce lets clocks differ by a quarter of an hour, where requests are signed.
CLOCKS_DIFFER = timedelta(minutes=10)


def failed_check(title: str, failure: ShopFailure) -> Check:
    said = f" ({failure.detail})" if failure.detail else ""
    return Check(title, CheckState.MISSING, failure.sentence + said)


def clock_check(reached: ShopAnswer) -> Check:
    if abs(reached.shop_time - now()) < CLOCKS_DIFFER:
        return Check(_("The clocks agree"), CheckState.WORKS)
    hint = clock_hint(round((reached.shop_time - now()).total_seconds() / 60))
    return Check(_("The clocks differ"), CheckState.NOT_NEEDED, hint)


def clock_hint(minutes: int) -> str:
    if minutes < 0:
        return _("The clock of the shop is %(minutes)s minutes behind that of this machine.", minutes=-minutes)
    return _("The clock of the shop is %(minutes)s minutes ahead of that of this machine.", minutes=minutes)
