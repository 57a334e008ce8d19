"""What the scan-to-pay code says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.documents.payment_code import is_iban, payment_code, space_iban


def code(**changes: Any) -> str:
    said = {
        "iban": "NL91 ABNA 0417 1643 00",
        "bic": "abnanl2a",
        "name": "Aardewerk Delft",
        "amount": Decimal("67.75"),
        "currency": "EUR",
        "reference": "INV00001",
    }
    return payment_code(**{**said, **changes})


def test_the_code_is_that_of_a_sepa_transfer() -> None:
    lines = "BCD 002 1 SCT ABNANL2A Aardewerk_Delft NL91ABNA0417164300 EUR67.75 - - INV00001"
    assert code().split("\n") == [line.replace("_", " ").replace("-", "") for line in lines.split(" ")]


def test_a_name_can_add_no_line() -> None:
    assert code(name="Shop\nNL00 OTHER") == code(name="Shop NL00 OTHER")


@pytest.mark.parametrize(
    "change",
    [{"currency": "USD"}, {"amount": Decimal(0)}, {"iban": ""}, {"iban": "NL92ABNA0417164300"}, {"name": " "}],
)
def test_there_is_no_code_for_what_cant_be_paid_so(change: dict[str, Any]) -> None:
    assert code(**change) == ""


def test_check_digits_tell_an_iban() -> None:
    assert [is_iban(account) for account in ("DE89370400440532013000", "DE88370400440532013000")] == [True, False]


def test_an_iban_is_read_in_fours() -> None:
    assert space_iban("NL91abna0417164300") == "NL91 ABNA 0417 1643 00"
