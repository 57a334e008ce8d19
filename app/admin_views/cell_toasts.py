"""What is said after a value was changed in a cell of a list: from what to what, with Undo.

Undo puts the old value back at the address of the cell, by all its rules; it is refused where the value that was put in
is there no more.
"""

from __future__ import annotations

from typing import cast

from flask import flash, get_template_attribute, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin_views.mail_news import Toast
from app.extensions import ShownText
from app.pages.preferences import local_path

#: Of a form that undoes: the value that must still be there.
UNDOES = "undoes"

#: So much of a text is named.
LETTERS_NAMED = 60


def is_undoing() -> bool:
    return UNDOES in request.form


def list_of_cell() -> str:
    """The page on which the cell is."""
    return local_path(request.form.get("url", ""))


def say_change(record: object, title: ShownText, was: str, now: str) -> str:
    shown = {"was": name_value(was), "now": name_value(now)}
    return _("%(record)s: %(field)s changed from “%(was)s” to “%(now)s”.", record=record, field=title, **shown)


def say_not_undone(record: object, title: ShownText, now: str) -> str:
    return _(
        "%(record)s: %(field)s was not undone, because somebody changed it meanwhile. It is “%(now)s” now.",
        record=record,
        field=title,
        now=name_value(now),
    )


def name_value(text: str) -> str:
    shown = " ".join(text.split()) or "–"
    return shown if len(shown) <= LETTERS_NAMED else f"{shown[:LETTERS_NAMED]}…"


def undo_in_cell(text: str, column: str, number: object, *, was: str | None, now: str) -> Toast:
    """A toast whose Undo puts `was` back in the cell of the record of this number; None for a tick that was not set."""
    fields = [("field", column), ("id", str(number)), (UNDOES, now), ("seen_version", now), ("url", list_of_cell())]
    if was is not None:
        fields.append((column, was))
    return {"text": text, "undo": request.path, "fields": fields}


def answer_cell(told: dict[str, str], status: int, toast: Toast | None = None) -> ResponseReturnValue:
    """What the cell is told; who pressed Undo is led back to the list, which says it."""
    if not is_undoing():
        drawn = str(get_template_attribute("ui.html", "message")(toast, "success")) if toast else ""
        return {**told, "toast": drawn}, status
    flash(cast(str, toast or told["error"]), "success" if toast else "error")  # pages show both
    return redirect(list_of_cell(), code=303)
