"""References with check digits: made of an invoice's number, printed, in the scan-to-pay code, and found again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from stdnum import iso11649
from stdnum.be import ogm_vcs

from app import queries
from app.actions.bank_files import take_in_statement
from app.actions.bank_lines import propose_bookings
from app.documents.payment_code import payment_code
from app.documents.snapshots import payment_reference, reference_to_mention
from app.documents.structured_references import make_ogm, make_rf, structured_reference, write_reference
from app.history import SYSTEM
from app.models import LineState, Order
from app.queries.bank import lines_of_statements
from app.statements.matching import Why
from tests.factories import placed_order
from tests.statements.written import Movement, write_camt


def invoiced_by(iban: str) -> Order:
    queries.shop().iban = iban
    return placed_order()


@pytest.mark.parametrize("number", ["INV-00042", "2026/0117", "1", "F" * 40])
def test_the_check_digits_are_right(number: str) -> None:
    assert iso11649.is_valid(make_rf(number))


@pytest.mark.parametrize("number", ["INV-00042", "97", "2026-0117"])
def test_the_belgian_one_is_too(number: str) -> None:
    assert ogm_vcs.is_valid(make_ogm(number))


def test_a_number_without_digits_has_none_in_belgium() -> None:
    assert (structured_reference("INV", "BE"), structured_reference("–", "NL")) == ("", "")


def test_they_are_read_in_groups() -> None:
    assert write_reference(make_ogm("2011708")) == "+++000/2011/70825+++"
    assert write_reference(make_rf("20260117")) == "RF03 2026 0117"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("iban", ["NL91ABNA0417164300", "BE68539007547034"])
def test_an_invoice_has_one_and_is_found_by_it(iban: str) -> None:
    order = invoiced_by(iban)
    (invoice,) = order.invoices
    reference = invoice.snapshot["structured_reference"]
    assert payment_reference(invoice) == reference_to_mention(order) == write_reference(reference)
    line = Movement("67.75", write_reference(reference), "SOMEBODY ELSE", reference="R1")
    take_in_statement("bank.xml", write_camt([line]), by=SYSTEM)

    (found,) = propose_bookings(lines_of_statements(LineState.OPEN, most=10))

    assert found is not None
    assert (found.is_sure, found.whys) == (True, (Why.REFERENCE, Why.AMOUNT))
    assert [share.claim.number for share in found.shares] == [order.number]


@pytest.mark.usefixtures("database")
def test_without_an_account_the_number_stays() -> None:
    order = invoiced_by("")

    assert "structured_reference" not in order.invoices[0].snapshot
    assert payment_reference(order.invoices[0]) == reference_to_mention(order) == order.number


def test_the_code_has_the_reference_or_the_text_and_never_both() -> None:
    said = {"iban": "NL91ABNA0417164300", "bic": "", "name": "Shop", "amount": Decimal(1), "currency": "EUR"}

    of_rf = payment_code(**said, reference="RF03 2026 0117", structured="RF0320260117").split("\n")
    of_ogm = payment_code(**said, reference="+++000/2011/70825+++", structured="000201170825").split("\n")

    assert (of_rf[9:], of_ogm[9:]) == (["RF0320260117", ""], ["", "+++000/2011/70825+++"])
