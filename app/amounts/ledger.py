"""The money of an order in sums: what adds up to what is still open, to the smallest unit."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from app.amounts.money import ZERO


class Ledger(NamedTuple):
    """What an order claims and what was done about it, each in the order's currency and 0 or more.

    Of an order by which the shop owes its customer, claim, invoiced and credited are below 0.
    `claim` is the order's total; of a cancelled order, what its invoices say.
    """

    claim: Decimal
    invoiced: Decimal
    credited: Decimal
    paid: Decimal
    refunded: Decimal
    elsewhere: Decimal = ZERO  # the part of the claim that another shop or program invoices
    adjusted: Decimal = ZERO  # beside the claim: below 0 what was written off of it, above 0 what of a plus

    @property
    def due(self) -> Decimal:
        """What is to be paid if nothing is credited."""
        return self.claim + self.adjusted

    @property
    def kept(self) -> Decimal:
        """What came in and did not go back."""
        return self.paid - self.refunded

    @property
    def went_back(self) -> Decimal:
        """What was paid back beyond what came in too much."""
        return max(self.refunded - max(self.paid - self.due, ZERO), ZERO) if self.refunded else ZERO

    @property
    def no_longer_owed(self) -> Decimal:
        """What was paid back though no credit note and no overpayment called for it: it lowers the claim."""
        back = self.went_back
        return max(back - max(self.credited, ZERO), ZERO) if back else ZERO

    @property
    def open(self) -> Decimal:
        """What the customer still owes, the sum of all rows; negative when there is something to pay back."""
        return self.due - self.credited - self.no_longer_owed - self.paid + self.refunded

    @property
    def is_settled(self) -> bool:
        """Nothing is open: by money, because all is credited, or because there was nothing to pay."""
        return self.open <= 0 and (self.paid > 0 or self.credited > 0 or self.claim <= 0)

    @property
    def rows(self) -> list[tuple[str, Decimal]]:
        """The lines as people read them, each with its sign."""
        return [
            ("invoiced", self.invoiced),
            ("invoiced_elsewhere", self.elsewhere),
            ("not_yet_invoiced", self.claim - self.invoiced - self.elsewhere),
            ("credited", -self.credited),
            ("no_longer_owed", -self.no_longer_owed),
            ("adjusted", self.adjusted),
            ("paid", -self.paid),
            ("paid_back", self.refunded),
        ]
