"""What a bank statement says, whatever its format: an account, what stood on it before and after, and its lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.models import Purpose


class UnreadableStatement(Exception):
    """A file that is taken in not at all. The text is for the person at the screen: what is wrong, and where."""


@dataclass(frozen=True)
class BankLine:
    """One movement on an account. A batch has parts, which add up to it."""

    booked_on: date
    amount: Decimal  # what came in; negative what went out
    valued_on: date | None = None
    name: str = ""  # of the other side
    iban: str = ""
    text: str = ""  # what the payer wrote
    reference: str = ""  # the structured one, without signs between
    bank_reference: str = ""  # by which the bank knows the movement
    end_to_end: str = ""  # the payer's own, which may repeat
    fee: Decimal = ZERO  # of the bank, held back from or added to what was paid; never negative
    purpose: Purpose = Purpose.PAYMENT
    is_reversal: bool = False  # takes back another movement, such as a returned direct debit
    parts: tuple[BankLine, ...] = ()


@dataclass(frozen=True)
class BankStatement:
    """`account` is the IBAN where it is known, else the bank's number of it, or the name of a payment provider."""

    account: str
    currency: str
    lines: tuple[BankLine, ...]
    opening: Decimal | None = None
    closing: Decimal | None = None
    number: str = ""


def refuse_wrong_sum(statement: BankStatement) -> BankStatement:
    """What stood there before and the lines come to what stands there after; where both are stated."""
    if statement.opening is None or statement.closing is None:
        return statement
    total = statement.opening + sum((line.amount for line in statement.lines), ZERO)
    if total != statement.closing:
        raise UnreadableStatement(
            _(
                "Statement %(number)s of account %(account)s does not add up: %(opening)s and its lines come to "
                "%(total)s, but it says %(closing)s. The file is damaged or cut off; fetch it anew from the bank.",
                number=statement.number or "–",
                account=statement.account,
                opening=statement.opening,
                total=total,
                closing=statement.closing,
            )
        )
    return statement


def refuse_cut_off(where: str) -> UnreadableStatement:
    return UnreadableStatement(
        _("This file is cut off or damaged: %(where)s. Fetch it anew from the bank.", where=where)
    )


def wrong_line(number: int) -> UnreadableStatement:
    return refuse_cut_off(_("line %(number)s can’t be read", number=number))


def tidy_text(text: str) -> str:
    return " ".join(text.split())


# --- accounts -------------------------------------------------------------------------------------------------------


def compact_account(text: str) -> str:
    return re.sub(r"[\s.\-/]", "", text).upper()


def has_iban_digits(account: str) -> bool:
    """By shape and check digits (ISO 13616). A list of banks is not asked: samples of textbooks are in none."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", account):
        return False
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1


def make_iban(country: str, number: str) -> str:
    """The IBAN of a bank's own number, all digits, of a country."""
    digits = "".join(str(int(sign, 36)) for sign in f"{number}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{number}"


#: An IBAN in a text, also one that is printed in groups of four.
IBAN_IN_TEXT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")


def find_iban(text: str) -> str:
    """The first IBAN that a text has; "" for none."""
    for found in IBAN_IN_TEXT.finditer(text):
        account = compact_account(found[0])
        if has_iban_digits(account):
            return account
    return ""


# --- structured references ------------------------------------------------------------------------------------------


def compact_reference(text: str) -> str:
    """ "+++000/0201/17089+++" and "RF03 2026 0117" as banks compare them."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def find_structured(text: str) -> str:
    """A Belgian structured communication in a text, between +++ or ***; "" for none."""
    found = re.search(r"([+*])\1\1\s*(\d{3}/\d{4}/\d{5})\s*\1{3}", text)
    return compact_reference(found[2]) if found else ""
