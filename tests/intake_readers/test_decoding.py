"""The bytes that spreadsheets write, and any other."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake_readers.decoding import decode_file

TEXT = "Nummer;Naam\n1;Łucja Żółć\n2;Zoë\n"
WESTERN = "Nummer;Naam\n2;Zoë – € 5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_is_what_it_was_written_as(encoding: str) -> None:
    assert decode_file(TEXT.encode(encoding)) == TEXT


def test_a_mark_of_utf_16_either_way_round_is_obeyed() -> None:
    assert decode_file(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")) == TEXT
    assert decode_file(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")) == TEXT


def test_what_is_not_utf_8_is_what_excel_writes() -> None:
    assert decode_file(WESTERN.encode("cp1252")) == WESTERN


def test_what_has_no_character_is_replaced() -> None:
    assert decode_file(b"Zo\xeb \x81") == "Zoë \ufffd"
    assert decode_file(codecs.BOM_UTF8 + b"Zo\xeb") == "Zo\ufffd"


@given(st.binary())
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert isinstance(decode_file(data), str)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_utf_8_is_read_as_utf_8(text: str) -> None:
    assert decode_file(text.encode("utf-8")).removeprefix("\ufeff") == text.removeprefix("\ufeff")
