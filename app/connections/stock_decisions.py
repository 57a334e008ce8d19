"""What becomes of a difference between a shop's number of pieces and ours. It only reckons, and knows no table.

What a shop should have is what it was told (`base`), and what moved since of which it told us itself (`own`): a sale
there lowers its number before we hear of it. The rest is unexplained: a sale that was not read yet, or somebody who
changed the number there. Which of the two it is, is known once the shop's orders were read since.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from app.amounts.money import ZERO
from app.models import StockMode, StockSide


@dataclass(frozen=True)
class Numbers:
    """Pieces of one product, there and here."""

    there: Decimal
    ours: Decimal
    base: Decimal | None = None  # None: it was never compared
    own: Decimal = ZERO
    is_counted_here: bool = True  # somebody counted it; else ours is no number to tell


@dataclass(frozen=True)
class Rules:
    """How a connection wants it."""

    mode: StockMode
    buffer: int = 0
    wins: StockSide = StockSide.US

    def told_of(self, ours: Decimal) -> Decimal:
        """What the shop may sell: whole pieces, less those that are kept back, never less than none."""
        return max(ZERO, ours.to_integral_value(ROUND_FLOOR) - self.buffer)


class Verdict(StrEnum):
    AGREE = "agree"
    TELL = "tell"  # the shop is told `number`
    WAIT = "wait"  # until its orders were read
    TAKE_OVER = "take_over"  # `number` pieces more are here, or less


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    number: Decimal = ZERO
    base: Decimal | None = None  # what the shop has then, as far as it is explained
    differs: bool = False  # something is still unexplained


def decide(rules: Rules, numbers: Numbers, *, orders_are_read: bool) -> Decision:
    """`orders_are_read`: its orders were read since the difference was seen first, so that none explains it."""
    if rules.mode == StockMode.SHOP:
        return follow_shop(numbers, orders_are_read)
    target = rules.told_of(numbers.ours)
    if numbers.there == target or (target == 0 and numbers.there <= 0):  # sold out is sold out
        return Decision(Verdict.AGREE, base=numbers.there)
    if numbers.base is None:
        return compare_first(rules, numbers, target, orders_are_read)
    unexplained = numbers.there - numbers.base - numbers.own
    is_overwritten = 0 < unexplained <= -numbers.own  # a sale came between reading their number and telling ours
    if unexplained == 0 or is_overwritten:
        return Decision(Verdict.TELL, target, base=target)
    if rules.wins == StockSide.US and (orders_are_read or unexplained > 0):
        return Decision(Verdict.TELL, target, base=target)
    if orders_are_read:
        return Decision(Verdict.TAKE_OVER, unexplained, base=numbers.there)
    return keep_apart(numbers, target, unexplained)


def follow_shop(numbers: Numbers, orders_are_read: bool) -> Decision:
    difference = numbers.there - numbers.ours
    if difference == 0:
        return Decision(Verdict.AGREE, base=numbers.there)
    if orders_are_read:
        return Decision(Verdict.TAKE_OVER, difference, base=numbers.there)
    return Decision(Verdict.WAIT, differs=True)


def compare_first(rules: Rules, numbers: Numbers, target: Decimal, orders_are_read: bool) -> Decision:
    """The side that wins settles it; but what nobody ever counted here sells out no shop: its number begins ours."""
    is_ours = rules.wins == StockSide.US and numbers.is_counted_here
    if is_ours or numbers.there == numbers.ours:  # the same, and some of it is kept back
        return Decision(Verdict.TELL, target, base=target)
    if orders_are_read:
        return Decision(Verdict.TAKE_OVER, numbers.there - numbers.ours, base=numbers.there)
    return Decision(Verdict.WAIT, differs=True)


def keep_apart(numbers: Numbers, target: Decimal, unexplained: Decimal) -> Decision:
    """Tell what moved here, and leave what is unexplained as it is there: sold is not put up for sale again."""
    number = max(ZERO, target + unexplained)
    if number == numbers.there:
        return Decision(Verdict.WAIT, differs=True)
    return Decision(Verdict.TELL, number, base=number - unexplained, differs=True)
