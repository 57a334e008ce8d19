"""What the words of a mail say, and that they say it as screens and documents do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.config import LANGUAGES
from app.documents.wording import Writing
from app.mails.words import day, in_currency


def test_english_days_are_written_the_european_way() -> None:
    assert day(date(2026, 11, 28), "en") == "28 November 2026"


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_write_days_and_amounts_as_documents_do(language: str) -> None:
    document = Writing(language, "USD")

    assert day(date(2026, 3, 14), language) == document.day(date(2026, 3, 14))
    assert in_currency(Decimal("1234.5"), "USD", language) == document.money(Decimal("1234.5"))
