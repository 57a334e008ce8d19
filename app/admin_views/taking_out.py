"""Files of data as they leave the desk, and the note in the history of who took what."""

from __future__ import annotations

from typing import IO

from flask import Response, request, send_file

from app.admin_views.signin import actor
from app.extensions import Sideline, db, transaction, writing
from app.history import Happened, record


def record_export(title: str) -> None:
    """Who took what out is in the history."""
    if request.method != "HEAD":  # which takes nothing out
        note_export(title)


def note_export(title: str) -> None:
    db.session.rollback()
    with writing(Sideline.EXPORT), transaction():
        record(Happened.DATA_EXPORTED, None, actor(), text=title)


def send_whole(content: IO[bytes], media_type: str, name: str) -> Response:
    """It is made anew each time it is asked for, so that no part and no earlier one can be asked for."""
    return send_file(content, media_type, as_attachment=True, download_name=name, conditional=False)  # type: ignore[arg-type]
