"""The scan-to-pay code: what the QR code of a SEPA transfer says (EPC069-12, version 2)."""

from __future__ import annotations

import re
from decimal import Decimal

from app.documents.structured_references import is_rf

LARGEST = Decimal("999999999.99")


def payment_code(
    *, iban: str, bic: str, name: str, amount: Decimal, currency: str, reference: str, structured: str = ""
) -> str:
    """The lines of the code, or "" when this can't be paid so: another currency, nothing to pay, no valid IBAN.

    A reference of ISO 11649 has a line of its own, and then there is no text; that of Belgium is a text.
    """
    account = compact(iban)
    if currency != "EUR" or not 0 < amount <= LARGEST or not is_iban(account) or not name.strip():
        return ""
    name, reference = " ".join(name.split()), " ".join(reference.split())
    referred = [structured, ""] if is_rf(structured) else ["", reference[:140]]
    lines = ["BCD", "002", "1", "SCT", compact(bic), name[:70], account, f"EUR{amount:.2f}", "", *referred]
    return "\n".join(lines)


def is_iban(account: str) -> bool:
    """By shape and check digits (ISO 13616): the country and check digits move to the end, the rest of 97 is 1."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", account):
        return False
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1


def compact(code: str) -> str:
    return re.sub(r"\s", "", code).upper()


def space_iban(iban: str) -> str:
    """As people read it: "NL91 ABNA 0417 1643 00"."""
    return " ".join(re.findall(".{1,4}", compact(iban)))
