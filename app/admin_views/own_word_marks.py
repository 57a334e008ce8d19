"""Lists whose titles people read in their own languages: where a title is missing, in the list and in its form."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import Form

from app.admin_views.base import RecordView
from app.admin_views.signin import may
from app.config import LANGUAGES
from app.models import WordKind
from app.queries import shop
from app.queries.own_words import Titled, languages_missing


class SaidInLanguages(RecordView):
    """A list with a column `missing_in`."""

    word_kind: WordKind

    def edit_form(self, obj: Titled | None = None) -> Form:
        form = super().edit_form(obj)
        if obj and (missing := say_missing(self.word_kind, obj)):
            form.title.description = missing
        return form


def say_missing(kind: WordKind, record: Titled) -> Markup:
    """Empty where all is said; who may say it is led there."""
    languages = languages_missing(shop(), kind, record.title) if record.is_active else []
    if not languages:
        return Markup()
    text = _("Missing in %(languages)s", languages=", ".join(LANGUAGES[language] for language in languages))
    if not may("settings.own_words"):
        return Markup('<span class="missing">{}</span>').format(text)
    return Markup('<a class="missing" href="{}">{}</a>').format(url_for("own_words.index_view"), text)
