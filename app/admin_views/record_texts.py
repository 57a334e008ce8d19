"""What a view says of its records, each by its name: "New customer", "Customer saved", "No customers yet".

Written out as whole texts, because gender and articles differ by language. They take the place of
Flask-Admin's "Record was successfully saved."
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import session
from flask_admin.babel import gettext as stock_gettext
from flask_admin.babel import ngettext as stock_ngettext
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class LeadsOn:
    """Where an empty list leads on, besides making the first record."""

    endpoint: str
    text: object
    args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RecordTexts:
    new: object = _l("New")
    saved: object = _l("Saved")
    deleted: object = _l("Deleted")
    none: object = _l("Nothing here yet")
    none_hint: object = ""  # where the first ones come from
    leads_on: LeadsOn | None = None
    many_done: Callable[[int], str] | None = None  # "3 mails queued again."; None where records are named instead
    many_unchanged: Callable[[int], str] = str  # "2 mails unchanged:", and the reason follows


def say_by_name(texts: RecordTexts) -> None:
    """Put the view's own texts in place of the stock ones that were flashed in this request."""
    if "_flashes" in session:
        own = {
            stock_gettext("Record was successfully created."): str(texts.saved),
            stock_gettext("Record was successfully saved."): str(texts.saved),
            stock_ngettext(
                "Record was successfully deleted.", "%(count)s records were successfully deleted.", 1, count=1
            ): str(texts.deleted),
        }
        session["_flashes"] = [
            (kind, own.get(text, text) if isinstance(text, str) else text) for kind, text in session["_flashes"]
        ]
