"""ISO 20022: statements (camt.053) and notices of bookings (camt.054), in every version, by the names without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.security.xml_input import UnreadableXml, read_xml
from app.statements.statement import (
    BankLine,
    BankStatement,
    UnreadableStatement,
    compact_account,
    compact_reference,
    find_structured,
    refuse_cut_off,
    refuse_wrong_sum,
    tidy_text,
)
from app.statements.tagged import cut_words

#: A statement, and a notice that details what a statement books.
CONTAINERS = ("Stmt", "Ntfctn")

OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)

#: What banks write where a payer gave nothing.
NOT_GIVEN = ("NOTPROVIDED", "NOTPROVIDED.", "NONREF")


def read_camt(content: bytes) -> list[BankStatement]:
    """`content` is the XML as it came. A document type, by which a file could grow or reach out, is refused."""
    try:
        root = read_xml(content)
    except UnreadableXml as error:
        if error.has_document_type:
            reason = _("This XML declares a document type. A bank’s statement has none; it is not read.")
            raise UnreadableStatement(reason) from error
        raise refuse_cut_off(_("line %(number)s can’t be read", number=error.line)) from error
    statements = [read_container(one) for name in CONTAINERS for one in find_all(root, name)]
    if not statements:
        raise UnreadableStatement(_("This XML is no statement (camt.053) and no notice of bookings (camt.054)."))
    return statements


def read_container(container: ElementTree.Element) -> BankStatement:
    account = find_text(container, "Acct", "Id", "IBAN") or find_text(container, "Acct", "Id", "Othr", "Id")
    if not account:
        raise refuse_cut_off(_("it names no account"))
    entries = list(children(container, "Ntry"))
    stated = find_text(container, "Acct", "Ccy") or next(
        (currency for entry in entries if (currency := amount_currency(entry))), ""
    )
    statement = BankStatement(
        account=compact_account(account),
        currency=stated,
        lines=tuple(read_entry(entry) for entry in entries if is_booked(entry)),
        opening=balance(container, OPENING),
        closing=balance(container, CLOSING),
        number=find_text(container, "Id"),
    )
    return refuse_wrong_sum(statement)


def is_booked(entry: ElementTree.Element) -> bool:
    """Pending ones may still change; older versions say it as text, later ones as a code."""
    status = find_text(entry, "Sts", "Cd") or find_text(entry, "Sts")
    return status in ("", "BOOK")


def balance(container: ElementTree.Element, codes: tuple[str, ...]) -> Decimal | None:
    for code in codes:
        for one in children(container, "Bal"):
            if find_text(one, "Tp", "CdOrPrtry", "Cd") == code:
                return read_amount(one) * sign_of(one)
    return None


def read_entry(entry: ElementTree.Element) -> BankLine:
    sign, amount = sign_of(entry), read_amount(entry)
    booked_on = read_day(entry, "BookgDt") or read_day(entry, "ValDt")
    if booked_on is None:
        raise refuse_cut_off(_("a booking of %(amount)s has no day", amount=amount))
    details = [one for group in children(entry, "NtryDtls") for one in children(group, "TxDtls")]
    reference = find_text(entry, "AcctSvcrRef")
    whole = BankLine(
        booked_on=booked_on,
        amount=sign * amount,
        valued_on=read_day(entry, "ValDt"),
        text=tidy_text(find_text(entry, "AddtlNtryInf")),
        bank_reference=reference,
        is_reversal=find_text(entry, "RvslInd") in ("true", "1"),
    )
    currency = amount_currency(entry)
    parts = [read_part(one, whole, currency) for one in details]
    if len(parts) == 1:
        return as_one(whole, parts[0])
    parts = [number_part(part, position) for position, part in enumerate(parts, 1)]
    fits = bool(parts) and sum((part.amount for part in parts), ZERO) == whole.amount
    return replace(whole, parts=tuple(parts) if fits else (), text=whole.text or join_texts(parts))


def as_one(whole: BankLine, part: BankLine) -> BankLine:
    """A movement of one payment: the booking's own amount counts; where the payment's differs, that is a fee."""
    fee = abs(abs(whole.amount) - abs(part.amount))
    reference = whole.bank_reference or part.bank_reference
    return replace(part, amount=whole.amount, fee=fee, bank_reference=reference)


def number_part(part: BankLine, position: int) -> BankLine:
    reference = f"{part.bank_reference}/{position}" if part.bank_reference else ""
    return replace(part, bank_reference=reference)


def join_texts(parts: list[BankLine]) -> str:
    return "; ".join(part.text for part in parts if part.text)


def read_part(details: ElementTree.Element, whole: BankLine, currency: str) -> BankLine:
    amount = part_amount(details, currency)
    sign = sign_of(details) if find_text(details, "CdtDbtInd") else 1 if whole.amount >= 0 else -1
    name, account = other_side(details, sign)
    text, words = read_remittance(details)
    reference = read_structured(details) or find_structured(text) or compact_reference(words.get("reference", ""))
    end_to_end = find_text(details, "Refs", "EndToEndId") or words.get("end_to_end", "")
    own = find_text(details, "Refs", "AcctSvcrRef") or find_text(details, "Refs", "TxId")
    return BankLine(
        booked_on=whole.booked_on,
        amount=whole.amount if amount is None else sign * amount,
        valued_on=whole.valued_on,
        name=tidy_text(name or words.get("name", "")),
        iban=compact_account(account or words.get("iban", "")),
        text=text or whole.text,
        reference=reference,
        bank_reference=whole.bank_reference or own,
        end_to_end="" if end_to_end in NOT_GIVEN else end_to_end,
        is_reversal=whole.is_reversal or find_child(details, "RtrInf") is not None,
    )


def part_amount(details: ElementTree.Element, currency: str) -> Decimal | None:
    """In the currency of the account; another is what was paid before it was exchanged. Early versions say it under
    `AmtDtls` alone.
    """
    for path in ((), ("AmtDtls", "TxAmt")):
        holder = find_child(details, *path) if path else details
        if holder is None or find_child(holder, "Amt") is None:
            continue
        if not currency or amount_currency(holder) in ("", currency):
            return read_amount(holder)
    return None


def other_side(details: ElementTree.Element, sign: int) -> tuple[str, str]:
    """Name and account of who paid, or of who was paid."""
    parties = find_child(details, "RltdPties")
    if parties is None:
        return "", ""
    sides = ("Dbtr", "Cdtr") if sign > 0 else ("Cdtr", "Dbtr")
    for side in sides:  # a returned direct debit names the one who would have paid
        name = find_text(parties, side, "Pty", "Nm") or find_text(parties, side, "Nm")
        account = find_text(parties, f"{side}Acct", "Id", "IBAN")
        if name or account:
            return name, account or find_text(parties, f"{side}Acct", "Id", "Othr", "Id")
    return "", ""


def read_remittance(details: ElementTree.Element) -> tuple[str, dict[str, str]]:
    """The text that came along, whole: banks cut it into pieces, in the middle of a number too."""
    pieces = [one.text or "" for info in children(details, "RmtInf") for one in children(info, "Ustrd")]
    text = join_pieces(pieces)
    words = cut_words(text)
    return tidy_text(words["text"] if words else text), words


def join_pieces(pieces: list[str]) -> str:
    """A piece that ends in a digit goes on in one that begins with a digit."""
    whole = ""
    for piece in pieces:
        is_cut = whole[-1:].isdigit() and piece[:1].isdigit()
        whole = whole + piece if is_cut or not whole else f"{whole} {piece}"
    return whole


def read_structured(details: ElementTree.Element) -> str:
    for info in children(details, "RmtInf"):
        for one in children(info, "Strd"):
            if reference := find_text(one, "CdtrRefInf", "Ref"):
                return compact_reference(reference)
    return ""


# --- elements, by their names without a version ---------------------------------------------------------------------


def local_name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def children(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (one for one in element if local_name(one) == name)


def find_all(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (one for one in root.iter() if local_name(one) == name)


def find_child(element: ElementTree.Element, *path: str) -> ElementTree.Element | None:
    found: ElementTree.Element | None = element
    for name in path:
        found = next(children(found, name), None) if found is not None else None
    return found


def find_text(element: ElementTree.Element, *path: str) -> str:
    found = find_child(element, *path)
    return (found.text or "").strip() if found is not None else ""


def amount_currency(element: ElementTree.Element) -> str:
    found = find_child(element, "Amt")
    return found.get("Ccy", "") if found is not None else ""


def read_amount(element: ElementTree.Element) -> Decimal:
    text = find_text(element, "Amt")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise refuse_cut_off(_("“%(text)s” is no amount", text=text[:40])) from None
    if not amount.is_finite() or abs(amount) >= 10**12:
        raise refuse_cut_off(_("“%(text)s” is no amount", text=text[:40]))
    return amount


def sign_of(element: ElementTree.Element) -> int:
    """As it is booked: of a reversal too."""
    return -1 if find_text(element, "CdtDbtInd") == "DBIT" else 1


def read_day(element: ElementTree.Element, name: str) -> date | None:
    text = find_text(element, name, "Dt") or find_text(element, name, "DtTm")
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise refuse_cut_off(_("“%(text)s” is no day", text=text[:40])) from None
