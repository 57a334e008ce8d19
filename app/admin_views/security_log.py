"""GENERAL > Security log: who came in and was kept out, and what of keys, rights and secrets was changed."""

from __future__ import annotations

from flask_admin.contrib.sqla.filters import FilterEqual
from flask_babel import lazy_gettext as _l

from app.admin_views.base import RecordView
from app.admin_views.record_texts import RecordTexts
from app.models import SecurityEvent
from app.pages.formatting import moment
from app.queries.keyset import each_for_few
from app.queries.record_search import SECURITY_EVENT_SEARCH
from app.security.security_log import SecurityKind

KIND_TITLES = {kind.value: kind.sentence for kind in SecurityKind}


class SecurityLog(RecordView):
    texts = RecordTexts(none=_l("Nothing yet"))
    right = sight = "staff.security_log"
    column_list = ("at", "kind", "account", "client", "detail", "times")
    column_sortable_list = ("at", "kind")
    sorts = each_for_few(SecurityEvent.account, SecurityEvent.client, SecurityEvent.detail, SecurityEvent.times)
    column_default_sort = ("id", True)
    searched = SECURITY_EVENT_SEARCH
    column_labels = {
        "at": _l("When"),
        "kind": _l("What"),
        "account": _l("Who"),
        "client": _l("Network address"),
        "detail": _l("Details"),
        "times": _l("Times"),
    }
    column_formatters = {
        "at": lambda view, context, model, name: moment(model.at),
        "kind": lambda view, context, model, name: str(KIND_TITLES.get(model.kind, model.kind)),
    }
    column_filters = (FilterEqual(SecurityEvent.kind, _l("What"), options=list(KIND_TITLES.items())),)

    def row_title(self, row: object) -> str:
        assert isinstance(row, SecurityEvent)
        return str(KIND_TITLES.get(row.kind, row.kind))
