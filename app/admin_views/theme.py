"""The look of the back office: Flask-Admin reads its templates from app/templates instead of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask_admin.theme import Theme

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@dataclass
class ToonbankTheme(Theme):
    """Flask-Admin joins `folder` to its own path; an absolute one replaces it, so no stock template can slip in."""

    folder: str = str(TEMPLATES)
    base_template: str = "admin/base.html"
