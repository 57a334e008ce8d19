"""The rights that a role gives.

Each action, export and settings page is a right of its own, named "<group>.<its name>" such as "payments.mark_paid".
A role may hold single rights, or a whole group by the group's name; then it also holds what is added to it later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from flask_babel import lazy_gettext as _l

from app.extensions import ShownText

#: group -> what it lets somebody do
GROUPS = {
    "orders": _l("change orders"),
    "payments": _l("mark orders paid and not paid"),
    "refunds": _l("refund money"),
    "invoices": _l("issue and send invoices"),
    "credit": _l("create credit notes"),
    "shipments": _l("create packing slips and ship"),
    "returns": _l("take goods back"),
    "memos": _l("write memos"),
    "tasks": _l("give tasks"),
    "messages": _l("write to customers"),
    "tickets": _l("answer tickets"),
    "customers": _l("change customers"),
    "catalogue": _l("change products and methods"),
    "imports": _l("import orders"),
    "texts": _l("change the texts of mails"),
    "exports": _l("export data"),
    "settings": _l("change settings"),
    "staff": _l("manage staff"),
}

#: The rights of programs besides: people of the staff may read everything, a key only what it is given.
READING = {
    "read": _l("read everything"),
    "read.orders": _l("read orders"),
    "read.customers": _l("read customers"),
    "read.invoices": _l("read invoices and credit notes"),
    "read.shipments": _l("read shipments"),
    "read.returns": _l("read returns"),
    "read.tickets": _l("read tickets"),
}

ROLE_NAMES: dict[str, ShownText] = {
    "owner": _l("Owner"),
    "office": _l("Office"),
    "packer": _l("Packer"),
    "reader": _l("Reader"),
}


def shown_role(name: str) -> str:
    """The name of a role for people: one that came with Toonbank is stored under an English word."""
    return str(ROLE_NAMES.get(name, name))


#: The roles that every shop has: role -> (description, rights). They stay as they are; a shop adds its own.
ROLES: dict[str, tuple[ShownText, tuple[str, ...]]] = {
    "owner": (_l("Everything"), tuple(GROUPS)),
    "office": (
        _l("Daily work"),
        tuple(group for group in GROUPS if group not in ("exports", "settings", "staff", "texts")),
    ),
    "packer": (_l("Packing and sending"), ("shipments", "memos", "tasks")),
    "reader": (_l("Read only"), ()),
}


class LackedRight(str):
    """Why somebody may not do it: that is no matter of now, so a page shows nothing that could be pressed."""

    __slots__ = ()


def is_lacked_right(reason: object) -> bool:
    return isinstance(reason, LackedRight)


def grants(rights: Collection[str], right: str) -> bool:
    """Whether somebody who holds these rights has this one: it by itself, or its whole group."""
    return right in rights or right.partition(".")[0] in rights


def shortest(rights: Iterable[str]) -> list[str]:
    """The same rights in as few words: a single one goes without saying beside its whole group."""
    given = set(rights)
    return sorted(right for right in given if "." not in right or right.partition(".")[0] not in given)
