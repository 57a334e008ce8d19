"""SWIFT MT940, as Dutch, German and other banks write it; several statements may stand in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.statements.statement import (
    BankLine,
    BankStatement,
    compact_account,
    compact_reference,
    find_structured,
    has_iban_digits,
    make_iban,
    refuse_cut_off,
    refuse_wrong_sum,
    wrong_line,
)
from app.statements.tagged import cut_labelled, cut_numbered, cut_words

TAG = re.compile(r":(\d{2}[A-Z]?):(.*)")

#: Value date, booking day, mark, letter of the currency, amount, kind of booking, payer's and bank's reference.
MOVEMENT = re.compile(r"(\d{6})(\d{4})?(R?[CD])([A-Z])?(\d+(?:,\d*)?) ?(?:[A-Z][A-Z0-9]{3})?(.*?)(?://(.*))?")
BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d+,\d*)")

#: What takes a credit back lowers what is there, and the other way round.
SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1}


@dataclass
class Field:
    """A field with the lines that follow it, and where it stands."""

    tag: str
    lines: list[str]
    number: int


@dataclass
class Block:
    """The fields of one statement."""

    fields: dict[str, Field] = field(default_factory=dict)
    movements: list[tuple[Field, Field | None]] = field(default_factory=list)


def read_mt940(text: str) -> list[BankStatement]:
    blocks: list[Block] = []
    for one in fields_in(text):
        if one.tag == "20":
            blocks.append(Block())
        if not blocks:
            raise wrong_line(one.number)
        place_field(one, blocks[-1])
    return [read_block(block) for block in blocks]


def fields_in(text: str) -> Iterator[Field]:
    found: Field | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if match := TAG.match(line):
            if found:
                yield found
            found = Field(match[1], [match[2]], number)
        elif line.startswith(("{", "-}", ":940:")) or line.strip() == "-":
            continue
        elif found:
            found.lines.append(line)
    if found:
        yield found


def place_field(one: Field, block: Block) -> None:
    """Fields 64 and 65 say what will be available, and some banks fill them with "null"."""
    if one.tag == "61":
        block.movements.append((one, None))
    elif one.tag == "86" and block.movements and "62" not in {tag[:2] for tag in block.fields}:
        block.movements[-1] = (block.movements[-1][0], one)
    else:
        block.fields.setdefault(one.tag, one)


def read_block(block: Block) -> BankStatement:
    named = block.fields.get("25")
    opening = block.fields.get("60F") or block.fields.get("60M")
    closing = block.fields.get("62F") or block.fields.get("62M")
    if not named or not opening or not closing:
        missing = ":25:" if not named else ":60F:" if not opening else ":62F:"
        raise refuse_cut_off(_("the field %(field)s is missing", field=missing))
    currency, before = read_balance(opening)
    _currency, after = read_balance(closing)
    number = block.fields.get("28C")
    statement = BankStatement(
        account=read_account(named.lines[0]),
        currency=currency,
        lines=tuple(read_movement(line, info) for line, info in block.movements),
        opening=before,
        closing=after,
        number=number.lines[0].strip() if number else "",
    )
    return refuse_wrong_sum(statement)


def read_account(text: str) -> str:
    """ "NL70INGB0700000909EUR", "37040044/0099000011" (bank and account, of Germany), or a bare number."""
    if match := re.fullmatch(r"(\d{8})/(\d{1,10})(?: ?[A-Z]{3})?", text.strip()):
        return make_iban("DE", match[1] + match[2].zfill(10))
    account = compact_account(text)
    without_currency = re.sub(r"[A-Z]{3}$", "", account)
    return without_currency if has_iban_digits(without_currency) else account


def read_balance(one: Field) -> tuple[str, Decimal]:
    match = BALANCE.fullmatch(one.lines[0].strip())
    if not match:
        raise wrong_line(one.number)
    amount = as_decimal(match[4])
    return match[3], amount if match[1] == "C" else -amount


def read_movement(one: Field, info: Field | None) -> BankLine:
    match = MOVEMENT.fullmatch(one.lines[0].rstrip())
    if not match:
        raise wrong_line(one.number)
    valued_on = read_short_day(match[1], one.number)
    beside = "".join(one.lines[1:])
    words = cut_info(info.lines) if info else {}
    charged = re.search(r"/CHGS/[A-Z]{3}(\d+,\d*)", beside)
    text, reference = words.get("text", ""), words.get("reference", "")
    iban = compact_account(words.get("iban", ""))
    if not iban and has_iban_digits(beside.strip()):
        iban = beside.strip()
    return BankLine(
        booked_on=booking_day(match[2], valued_on, one.number),
        amount=SIGNS[match[3]] * as_decimal(match[5]),
        valued_on=valued_on,
        name=words.get("name", ""),
        iban=iban,
        text=text,
        reference=compact_reference(reference) or find_structured(text),
        bank_reference=(match[7] or "").strip(),
        end_to_end=words.get("end_to_end", ""),
        fee=as_decimal(charged[1]) if charged else ZERO,
        is_reversal=match[3] in ("RC", "RD") or "return" in words,
    )


def cut_info(lines: list[str]) -> dict[str, str]:
    """Marked texts go on in the next line where they were cut."""
    whole = "".join(lines)
    return cut_numbered(whole) or cut_words(whole) or cut_labelled(lines)


def as_decimal(text: str) -> Decimal:
    """ "500," is five hundred."""
    return Decimal(text.replace(",", ".").rstrip(".") or "0")


def read_short_day(text: str, number: int) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise wrong_line(number) from None


def booking_day(text: str | None, valued_on: date, number: int) -> date:
    """Month and day, of the year that is nearest to the value date."""
    if not text:
        return valued_on
    near = []
    for year in (valued_on.year - 1, valued_on.year, valued_on.year + 1):
        try:
            near.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not near:
        raise wrong_line(number)
    return min(near, key=lambda day: abs(day - valued_on))
