"""Proving that customers, products, tickets, tasks, mails and what came in are found by what they say."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import String, cast, select

from app.extensions import Base, db
from app.models import FOUND_BY, SEARCH_DOCUMENTS
from app.queries.record_search import UNACCENTED

DOCUMENTS_AT_ONCE = 2_000


def word_findings() -> Iterator[str]:
    """Records whose document is missing, or says something else than they do."""
    for name, columns in FOUND_BY.items():
        record, document = Base.metadata.tables[name], SEARCH_DOCUMENTS[name]
        said = [cast(record.c[column], String) for column in columns]
        query = select(record.c.id, document.c.words, *said).outerjoin(document, document.c.id == record.c.id)
        rows = db.session.execute(query.order_by(record.c.id).execution_options(yield_per=DOCUMENTS_AT_ONCE))
        for id, words, *texts in rows:
            if words is None or words.lower().split() != as_document(texts):
                yield f"{name} {id}: is not found by its words. Compare it with a backup"


def as_document(texts: list[str | None]) -> list[str]:
    """As the database writes it."""
    return " ".join(text or "" for text in texts).translate(UNACCENTED).lower().split()
