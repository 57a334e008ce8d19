"""How a list looks to whoever is at the screen: the views above it, its columns, rows a page and density."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import g, has_request_context, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.admin_views.signin import is_staff, may
from app.extensions import ShownText
from app.models import ListLook, ListView
from app.queries.list_views import look_and_views
from app.security.identity import current_staff

#: What it takes to change a view that everybody sees.
SHARED_VIEWS = "settings.shared_views"

#: What an address says of a page of a list, and not of the list.
OF_ONE_PAGE = ("page", "page_size", "a", "url")

#: A list of fewer columns has none to choose from.
FEW_COLUMNS = 4


@dataclass(frozen=True)
class SavedTab:
    """A saved view as it stands above the list."""

    id: int
    title: str
    url: str
    current: bool
    is_shared: bool
    may_change: bool


@dataclass(frozen=True)
class ViewsAbove:
    """The saved views of a list, and what may be done with the one that is looked at."""

    list_name: str
    tabs: list[SavedTab]
    address: str  # what would be saved; "" for nothing
    may_share: bool

    @property
    def current(self) -> SavedTab | None:
        return next((tab for tab in self.tabs if tab.current), None)

    @property
    def mine(self) -> SavedTab | None:
        """The one that is looked at, if it may be changed."""
        return self.current if self.current and self.current.may_change else None


@dataclass(frozen=True)
class ColumnChoice:
    name: str
    title: ShownText
    is_shown: bool
    is_fixed: bool  # the first one leads to the record


class ListLooks:
    """Mixed into `RecordView`: what a list needs to be seen as its reader chose."""

    more_columns: tuple[str, ...] = ()  # that somebody may have shown, besides `column_list`
    usual_rows = 25  # a page
    tab_part = ""  # of the address that names a tab which the list has by itself

    # Of the view that this is mixed into.
    endpoint: str
    column_list: Sequence[str]
    page_size_options: tuple[int, ...]
    filter_name: Callable[[str], str]
    unread_parts: Callable[[], list[str]]
    _list_columns: list[tuple[str, ShownText]]

    # --- columns, rows, density ---

    @property
    def page_size(self) -> int:
        look = self.look() if has_request_context() and is_staff() else None
        return look.rows if look and look.rows in self.page_size_options else self.usual_rows

    def look(self) -> ListLook | None:
        return self.seen()[0]

    def seen(self) -> tuple[ListLook | None, list[ListView]]:
        """Read once a page."""
        read: dict[str, tuple[ListLook | None, list[ListView]]] = g.setdefault("lists_seen", {})
        if self.endpoint not in read:
            staff = current_staff()
            read[self.endpoint] = look_and_views(self.endpoint, staff.id) if staff else (None, [])
        return read[self.endpoint]

    def columns_offered(self) -> list[ColumnChoice]:
        look, known = self.look(), [name for name, _title in self._list_columns]
        chosen = {name for name in look.columns if name in known} if look else set()
        shown = chosen or set(self.column_list or known)
        return [
            ColumnChoice(name, title, name in shown or at == 0, at == 0)
            for at, (name, title) in enumerate(self._list_columns)
        ]

    def is_usual(self, columns: Sequence[str]) -> bool:
        """Whether these are the columns that everybody sees who chose none."""
        return set(columns) == set(self.column_list)

    def look_shown(self) -> dict[str, object]:
        """What the page needs: which columns it shows, and the menu that changes that."""
        choices, look = self.columns_offered(), self.look()
        return {
            "list_columns": [(one.name, str(one.title)) for one in choices if one.is_shown],
            "positions": {one.name: at for at, one in enumerate(choices)},
            "columns_offered": choices if len(choices) > FEW_COLUMNS else [],
            "is_dense": bool(look and look.is_dense),
            "chosen_rows": self.page_size,
            "has_look": look is not None,
        }

    # --- saved views ---

    def kept_address(self, args: Mapping[str, str]) -> str:
        """What an address says of the list, always in the same order, and columns by their names."""
        plain = {name: value.replace("\0", "") for name, value in args.items() if "\0" not in name}
        kept = {name: value for name, value in plain.items() if value and name not in OF_ONE_PAGE and len(name) < 60}
        sort = kept.pop("sort", "")
        if sort.isascii() and sort.isdigit() and len(sort) < 3 and int(sort) < len(self._list_columns):
            kept["sort"] = self._list_columns[int(sort)][0]
        elif not sort or sort not in self.positions():
            kept.pop("desc", None)
        else:
            kept["sort"] = sort
        given = [name for name in kept if name.startswith("flt")]
        filters = sorted((self.filter_name(name), kept.pop(name)) for name in given)
        numbered = [(f"flt{at}_{key}", value) for at, (key, value) in enumerate(filters)]
        return write_address([*sorted(kept.items()), *numbered])

    def positions(self) -> dict[str, int]:
        return {name: at for at, (name, _title) in enumerate(self._list_columns)}

    def asked_by(self, address: str) -> MultiDict[str, str]:
        """The arguments of a saved address as the list reads them; a column that is no more sorts nothing."""
        args = MultiDict(parse_qsl(address))
        if "sort" in args:
            position = self.positions().get(args.pop("sort"))
            if position is None:
                args.poplist("desc")
            else:
                args["sort"] = str(position)
        return args

    def url_by(self, address: str) -> str:
        return f"{url_for(f'{self.endpoint}.index_view')}?{urlencode(list(self.asked_by(address).items()))}"

    def views_above(self) -> ViewsAbove:
        now = self.kept_address(request.args)
        tabs = [
            SavedTab(
                view.id,
                view.title or _("Without a name"),
                self.url_by(view.address),
                view.address == now,
                view.is_shared,
                may_change_view(view),
            )
            for view in self.seen()[1]
        ]
        is_more_than_a_tab = any(name != self.tab_part for name, _value in parse_qsl(now))
        kept = now if is_more_than_a_tab and not self.unread_parts() else ""
        return ViewsAbove(self.endpoint, tabs, kept, may(SHARED_VIEWS))


#: What takes an address apart. All else stands in it as people wrote it, so that who is erased is found in it.
PARTING_SIGNS = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "%&+=#;"})


def write_address(parts: Sequence[tuple[str, str]]) -> str:
    return "&".join(f"{name.translate(PARTING_SIGNS)}={value.translate(PARTING_SIGNS)}" for name, value in parts)


def may_change_view(view: ListView) -> bool:
    """One's own, or everybody's by the right."""
    return may(SHARED_VIEWS) if view.is_shared else True
