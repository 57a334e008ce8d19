"""Compressed texts: read letter by letter, by every dictionary that ever was, and nothing else is taken for one."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy import select, text

from app.compression.dictionaries import DICTIONARIES, DOCUMENT_WORDS, PAYLOAD_WORDS
from app.compression.texts import compress, read_stored, shortest, uncompress
from app.extensions import db
from app.models import Invoice
from app.operations import checks
from app.operations.seal_checks import seal_findings
from app.operations.sealing import seal_all
from tests.dropped_guards import drop_guards
from tests.factories import placed_order

TEXTS = ("", "x", "\u0000 \u2028 \ud7ff 😀 né", '{"kind": "invoice", "net": "0.10"}' * 500)

#: What is compressed by one of them can be read only as long as it is as it was.
NEVER_CHANGED = {
    DOCUMENT_WORDS: "61ac3ff3d0d6ace2e33dc094c6ceb21f1d8357cf2b31f6f2fa888fe05bb9789a",
    PAYLOAD_WORDS: "633404449070aadd2ba6893edde230a9fd45d4e13a34f335292044aa854287bf",
}

CHANGED = "ORD10001: document INV00001 was changed since it was sealed (1). Compare it with a backup"

WHOLE = compress("a text", DOCUMENT_WORDS)


@pytest.mark.parametrize("dictionary", DICTIONARIES)
@pytest.mark.parametrize("said", TEXTS)
def test_a_text_comes_back_letter_by_letter(dictionary: int, said: str) -> None:
    assert uncompress(compress(said, dictionary)) == said


def test_what_would_be_longer_is_stored_as_it_is() -> None:
    assert [shortest(one, PAYLOAD_WORDS) for one in ("", "{}", "Ja")] == ["", "{}", "Ja"]
    said = '{"billing": {"last_name": "Jansen"}}'
    assert shortest(said, PAYLOAD_WORDS) == compress(said, PAYLOAD_WORDS)


def test_no_dictionary_is_ever_changed() -> None:
    assert {number: sha256(words).hexdigest() for number, words in DICTIONARIES.items()} == NEVER_CHANGED


@pytest.mark.parametrize("stored", [b"", b"\x00", b"{}", WHOLE[:-1], WHOLE + b"x", b"\xff" + WHOLE[1:], WHOLE[:9]])
def test_what_was_damaged_is_told_and_is_no_json(stored: bytes) -> None:
    with pytest.raises(ValueError, match="compressed"):
        uncompress(stored)
    assert read_stored(stored) == f"damaged: {stored.hex()}"


def test_what_is_no_bytes_is_as_it_is() -> None:
    assert [read_stored(one) for one in (None, 7, "{}")] == [None, 7, "{}"]


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_a_document_is_stored_in_a_quarter_and_read_whole() -> None:
    invoice = placed_order().invoices[0]
    says = invoice.snapshot
    db.session.commit()
    db.session.expire_all()

    assert db.session.scalar(select(Invoice.snapshot)) == invoice.snapshot == says
    if db.engine.dialect.name == "sqlite":
        ((kind, stored, written),) = db.session.execute(
            text("SELECT typeof(snapshot), length(snapshot), length(uncompressed(snapshot)) FROM invoice")
        )
        assert (kind, stored < written / 4) == ("blob", True)
    else:
        assert db.session.scalar(text("SELECT json_typeof(snapshot) FROM invoice")) == "object"


@pytest.mark.usefixtures("database")
def test_what_was_stored_as_text_is_read_as_well() -> None:
    invoice = placed_order().invoices[0]
    db.session.commit()
    db.session.execute(text("DROP TRIGGER invoice_is_fixed"))
    db.session.execute(text("UPDATE invoice SET snapshot = uncompressed(snapshot)"))
    says = invoice.snapshot
    db.session.commit()

    assert db.session.scalar(text("SELECT typeof(snapshot) FROM invoice")) == "text"
    assert db.session.scalar(select(Invoice.snapshot)) == says


@pytest.mark.usefixtures("database")
def test_of_what_is_compressed_the_text_is_sealed() -> None:
    """However it is stored, what it says is proven: no letter of it changes unseen, and nothing else is a change."""
    placed_order()
    db.session.commit()
    seal_all()
    drop_guards()
    said = str(db.session.scalar(text("SELECT uncompressed(snapshot) FROM invoice")))
    whole, other = compress(said, DOCUMENT_WORDS), compress(said.replace("21", "9"), DOCUMENT_WORDS)
    for stored in (said, whole, other, whole[:-1], whole + b"x", b"\xff" + whole[1:], b""):
        db.session.execute(text("UPDATE invoice SET snapshot = :stored"), {"stored": stored})
        db.session.commit()

        told = [] if stored in (said, whole) else [CHANGED]
        assert list(seal_findings()) == told, stored
        unread = [one for one in checks.findings() if "can’t be read" in one]
        assert bool(unread) == (stored not in (said, whole, other)), stored
