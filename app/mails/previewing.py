"""A mail as it would go now, without queueing it."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.extensions import db
from app.mails.looks import look_of
from app.mails.markup import as_fragment, foot_of
from app.mails.message import file_name
from app.models import Invoice, Quote, StoredFile
from app.queries import shop


@dataclass(frozen=True)
class Preview:
    to: str
    language: str
    subject: str
    body: str
    attachments: list[str] = field(default_factory=list)

    @property
    def html(self) -> str:
        """What a mail program shows, but for the shop's logo and colour; escaped."""
        foot = foot_of(look_of(shop()).foot(self.language))
        return as_fragment(self.body) + (f'\n<p class="mail-foot">{foot}</p>' if foot else "")


def attachment_names(invoice: Invoice | None, file_id: int | None, quote: Quote | None = None) -> list[str]:
    """The names of what goes along."""
    names = [f"{file_name(str(document))}.pdf" for document in (invoice, quote) if document]
    file = db.session.get(StoredFile, file_id) if file_id else None
    return [*names, file.name] if file else names
