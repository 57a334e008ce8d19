"""How the history of a connection names what is read from its shop, and what became of that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import Form

from app.admin_views.record_history import RecordHistory
from app.extensions import ShownText
from app.models import PullKind, PullState
from app.pages.formatting import day

PULL_TITLES: dict[PullKind, ShownText] = {
    PullKind.POLL: _l("Changes"),
    PullKind.BACKFILL: _l("Older orders"),
    PullKind.COMPARISON: _l("Nightly comparison"),
    PullKind.WEBHOOKS: _l("Webhooks there"),
    PullKind.PRODUCTS: _l("Changes of products"),
    PullKind.CATALOGUE: _l("All products"),
}
PULL_STATES: Mapping[str, ShownText] = {
    "…": _l("Running"),  # begun anew
    PullState.WAITING: _l("Running"),
    PullState.PAUSED: _l("Paused"),
    PullState.DONE: _l("Done"),
}


ACCESS_TITLES: Mapping[str, ShownText] = {
    "address": _l("Address of the shop"),
    "credentials": _l("Access"),
    "certificate": _l("A certificate of its own"),
    "poll_minutes": _l("Minutes between two looks"),
}


class ConnectionHistory(RecordHistory):
    """Below each of the forms of a connection, for what is changed in any of them is told in all."""

    #: By the name of a field, its title and its choices: each form knows the words of its own.
    titles: ClassVar[dict[str, ShownText]] = dict(ACCESS_TITLES)
    choices: ClassVar[dict[str, list[tuple[object, ShownText]]]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        ConnectionHistory.titles |= cls.__dict__.get("column_labels", {})
        for name, stated in cls.__dict__.get("form_args", {}).items():
            if "choices" in stated:
                ConnectionHistory.choices[name] = stated["choices"]

    def title_of(self, name: str, form: Form) -> str:
        known = PULL_TITLES.get(PullKind(name)) if name in list(PullKind) else self.titles.get(name)
        return str(known if known and name not in form else super().title_of(name, form))

    def past_value(self, name: str, value: object, form: Form) -> str:
        """Of a choice its text, also where another form offers it."""
        if name in list(PullKind):
            return say_pull(str(value))
        texts = {str(key): str(text) for key, text in self.choices.get(name, ())}
        return texts.get(str(value)) or super().past_value(name, value, form)


def say_pull(value: str) -> str:
    """A state, or the day since which older orders are read."""
    if not value or value in PULL_STATES:
        return str(PULL_STATES.get(value, ""))
    return day(date.fromisoformat(value))
