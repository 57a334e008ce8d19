"""The shop's logo for whoever sees a page of it, at an address that changes with the picture."""

from __future__ import annotations

import io

from flask import Blueprint, Response, abort, send_file, url_for

from app import queries
from app.extensions import db
from app.models import StoredFile

logo = Blueprint("logo", __name__)


@logo.get("/logo-<int:file_id>.png")
def show_logo(file_id: int) -> Response:
    """Only the logo: no other file can be asked for here."""
    if file_id != queries.shop().logo_id:
        abort(404)
    file = db.session.get(StoredFile, file_id) or abort(404)
    return send_file(io.BytesIO(file.content), "image/png", etag=file.sha256)


def logo_url(file_id: int | None) -> str:
    return url_for("logo.show_logo", file_id=file_id) if file_id else ""
