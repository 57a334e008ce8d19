"""The shop's terms: a PDF that goes with the mail of an order's first invoice."""

from __future__ import annotations

import hashlib

from flask_babel import gettext as _

from app.documents.merging import is_readable
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Shop, StoredFile

#: Mail servers refuse what is much larger.
LARGEST_FILE = 5_000_000  # bytes


def why_not_terms(content: bytes) -> str:
    """Why a file can't be the terms; "" when it can. Its content counts, not what it is called."""
    if len(content) > LARGEST_FILE:
        return _("The file is larger than %(most)s MB. Choose a smaller one.", most=LARGEST_FILE // 1_000_000)
    if not content.startswith(b"%PDF-"):
        return _("This is not a PDF. Save the terms as PDF and choose that file.")
    if not is_readable(content):
        return _("This PDF can't be read: it is damaged or needs a password. Save it anew, without one.")
    return ""


def replace_terms(shop: Shop, *, name: str, content: bytes, by: Actor) -> StoredFile:
    """Keep the file as the terms from now on. What was sent with earlier mails stays."""
    if reason := why_not_terms(content):
        raise ActionRefused(reason)
    before = terms_of(shop)

    file = StoredFile(
        name=file_name(name),
        media_type="application/pdf",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    db.session.add(file)
    db.session.flush()
    shop.terms_id = file.id

    record_terms(shop, before, file, by)
    return file


def remove_terms(shop: Shop, *, by: Actor) -> None:
    """Send no terms from now on; nothing happens when there are none."""
    before = terms_of(shop)
    if before is None:
        return

    shop.terms_id = None

    record_terms(shop, before, None, by)


def terms_of(shop: Shop) -> StoredFile | None:
    """The terms as they are now, without their content; that is read when asked for."""
    return db.session.get(StoredFile, shop.terms_id) if shop.terms_id else None


def record_terms(shop: Shop, before: StoredFile | None, after: StoredFile | None, by: Actor) -> None:
    names = [before.name if before else "", after.name if after else ""]
    record(Happened.RECORD_CHANGED, None, by, subject=shop, record=str(shop), changes={"terms": names})


def file_name(given: str) -> str:
    """The last part of a path, in printable letters and with its ending."""
    name = "".join(sign for sign in given.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    stem = name[:-4] if name.lower().endswith(".pdf") else name
    return f"{stem[:200] or 'terms'}.pdf"
