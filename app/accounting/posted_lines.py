"""What of a statement's line stands in the books beside the payments that it was booked as: fees and payouts."""

from __future__ import annotations

from decimal import Decimal

from app.amounts.money import ZERO
from app.models import SetAside, StatementFormat, StatementLine

#: What of the lines that are set aside stands in the books as it is.
POSTED_ASIDE = (SetAside.FEE, SetAside.PAYOUT)

#: Where the amount of a line is what it was before its fee. Of the other formats it is what moved on the account.
BEFORE_FEE = (StatementFormat.PAYOUT, StatementFormat.CSV)


def fee_in_books(line: StatementLine, form: StatementFormat) -> Decimal:
    return line.fee if form in BEFORE_FEE else ZERO


def is_posted_aside(line: StatementLine, form: StatementFormat, why: SetAside | None) -> bool:
    """Also what a provider kept of a payment that is in the books already, because its shop told of it."""
    kept = form == StatementFormat.PAYOUT and why == SetAside.NOT_OURS and line.fee != 0
    return kept or why in POSTED_ASIDE
