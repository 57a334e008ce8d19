"""A mail as it would go now, without queueing it."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.extensions import db
from app.mails.markup import as_fragment
from app.mails.message import file_name
from app.models import Invoice, Quote, StoredFile


@dataclass(frozen=True)
class Preview:
    to: str
    language: str
    subject: str
    body: str
    attachments: list[str] = field(default_factory=list)

    @property
    def html(self) -> str:
        """What a mail program shows; escaped."""
        return as_fragment(self.body)


def attachment_names(invoice: Invoice | None, file_id: int | None, quote: Quote | None = None) -> list[str]:
    """The names of what goes along."""
    names = [f"{file_name(str(document))}.pdf" for document in (invoice, quote) if document]
    file = db.session.get(StoredFile, file_id) if file_id else None
    return [*names, file.name] if file else names
