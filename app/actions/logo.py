"""The shop's logo: a picture that we write anew. A new one is a new file, so that what was issued keeps its own."""

from __future__ import annotations

from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Shop, StoredFile
from app.pictures import logo_picture


def replace_logo(shop: Shop, *, name: str, content: bytes, by: Actor) -> StoredFile:
    """Print this logo from now on. Raises ActionRefused for what is no picture."""
    before = logo_of(shop)
    file = logo_picture(content, name)
    db.session.add(file)
    db.session.flush()
    shop.logo_id = file.id

    record_logo(shop, before, file, by)
    return file


def remove_logo(shop: Shop, *, by: Actor) -> None:
    """Print none from now on; nothing happens when there is none."""
    before = logo_of(shop)
    if before is None:
        return
    shop.logo_id = None

    record_logo(shop, before, None, by)


def logo_of(shop: Shop) -> StoredFile | None:
    """Without its content; that is read when asked for."""
    return db.session.get(StoredFile, shop.logo_id) if shop.logo_id else None


def record_logo(shop: Shop, before: StoredFile | None, after: StoredFile | None, by: Actor) -> None:
    names = [before.name if before else "", after.name if after else ""]
    record(Happened.RECORD_CHANGED, None, by, subject=shop, record=str(shop), changes={"logo": names})
