"""What a change of a record comes to: for who saves after somebody else did, and for History."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import inspect
from wtforms import Form

from app.admin_views.record_history import chosen_text
from app.history import as_json


def both_values(differing: Iterable[tuple[str, str, str]]) -> str:
    """What the record says now and what the form says, where they differ: (title of the field, now, in the form)."""
    warning = _("Somebody else changed this after you opened it. Nothing was saved. Save again to put your values in.")
    each = (
        _("%(field)s: now “%(now)s”, you entered “%(yours)s”.", field=title, now=now, yours=yours)
        for title, now, yours in differing
    )
    return " ".join([warning, *each])


def differing_values(form: Form, model: object) -> Iterator[tuple[str, str, str]]:
    for field in form:
        if field.name in ("seen_version", *SECRETS) or not hasattr(model, field.name):
            continue
        now = getattr(model, field.name)
        if isinstance(now, ONE_VALUE) and now != field.data:
            both = chosen_text(field, now), chosen_text(field, field.data)
            if both[0] != both[1]:
                yield field.label.text, *both


ONE_VALUE = (str, int, Decimal, date)
SECRETS = ("password", "smtp_password", "secret", "totp_secret")


def changed_values(model: object) -> dict[str, list[object]]:
    """Old and new values of the columns that were changed; secrets only say that they were."""
    changed: dict[str, list[object]] = {}
    for column in inspect(model).mapper.column_attrs:
        past = inspect(model).attrs[column.key].history
        if past.has_changes() and column.key not in ("version", "seen_version"):
            old, new = (past.deleted or [None])[0], (past.added or [None])[0]
            changed[column.key] = ["…", "…"] if column.key in SECRETS else [as_json(old), as_json(new)]
    return changed
