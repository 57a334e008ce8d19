"""References that a payer can't mistype unseen, for they have check digits: OGM in Belgium, RF (ISO 11649) elsewhere.

They are made of the number of an invoice, and found again in what a bank tells.
"""

from __future__ import annotations

import re

from stdnum import iso11649

#: So many letters and digits of a number an RF reference holds.
LONGEST_RF = 21
DIGITS_OF_OGM = 10


def structured_reference(number: str, country: str) -> str:
    """As banks compare it; "" where the number has nothing that one can be made of."""
    return make_ogm(number) if country == "BE" else make_rf(number)


def make_rf(number: str) -> str:
    """ "INV-00042" -> "RF63INV00042"."""
    said = re.sub(r"[^A-Z0-9]", "", number.upper())[-LONGEST_RF:]
    if not said:
        return ""
    digits = "".join(str(int(sign, 36)) for sign in f"{said}RF00")
    return iso11649.validate(f"RF{98 - int(digits) % 97:02}{said}")


def make_ogm(number: str) -> str:
    """Ten digits, and what they leave of 97, which is 97 itself for nothing."""
    digits = re.sub(r"\D", "", number)[-DIGITS_OF_OGM:].zfill(DIGITS_OF_OGM)
    return f"{digits}{int(digits) % 97 or 97:02}" if int(digits) else ""


def is_rf(reference: str) -> bool:
    return reference.startswith("RF")


def write_reference(reference: str) -> str:
    """As people read it: "RF63 INV0 0042", "+++000/0000/04242+++"."""
    if is_rf(reference):
        return " ".join(re.findall(".{1,4}", reference))
    return f"+++{reference[:3]}/{reference[3:7]}/{reference[7:]}+++"
