"""The logo at the top of a document: the file that its facts name, drawn within a letterhead."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image

from app.documents.look import USUAL_LOOK, Look
from app.extensions import db
from app.models import StoredFile


@dataclass(frozen=True)
class Letterhead:
    """A picture within the page itself: the program that renders reads no other files."""

    source: str
    width: int  # points
    height: int


def draw_letterhead(logo_id: object, look: Look = USUAL_LOOK) -> Letterhead | None:
    """The logo of this id, as the facts of a document keep it; None for a document without one."""
    file = db.session.get(StoredFile, logo_id) if isinstance(logo_id, int) else None
    if file is None:
        return None
    with Image.open(io.BytesIO(file.content), formats=("PNG",)) as picture:
        width, height = look.logo_room
        scale = min(width / picture.width, height / picture.height)
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return Letterhead(f"data:image/png;base64,{base64.b64encode(file.content).decode()}", *size)
