"""What a key of PrestaShop's webservice may do, per resource and method, as far as we need it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from flask_babel import gettext as _

from app.connections.platform import Check, CheckState

#: Without one of these no order can be read as it is; without the others something lacks.
NEEDED = ("orders", "customers", "addresses", "countries", "currencies", "carriers", "order_states", "order_payments",
          "order_carriers")  # fmt: skip
OPTIONAL = ("order_slip", "languages", "configurations")
#: What telling takes: the resource, and by which method.
WRITTEN = (("order_carriers", "PUT"), ("order_carriers", "POST"), ("order_histories", "POST"), ("order_slip", "POST"))


def lacking_rights(rights: Mapping[str, Set[str]]) -> list[str]:
    """Of those without which nothing can be read."""
    return [name for name in NEEDED if "GET" not in rights.get(name, ())]


def optional_checks(rights: Mapping[str, Set[str]]) -> Iterator[Check]:
    """What is good to have besides, and what telling takes."""
    wanted = {
        "order_slip": _("What was refunded"),
        "languages": _("The language of the customer"),
        "configurations": _("The time zone of the shop"),
    }
    for name, title in wanted.items():
        if "GET" in rights.get(name, ()):
            yield Check(title, CheckState.WORKS)
            continue
        hint = _("Only with the permission “View” for %(name)s.", name=name)
        if name == "configurations":
            hint += " " + _("Until then, its times are taken to be in the time zone that is set here.")
        yield Check(title, CheckState.NOT_NEEDED, hint)
    yield writing_check([f"{name} ({method})" for name, method in WRITTEN if method not in rights.get(name, ())])


def writing_check(lacking: Sequence[str]) -> Check:
    title = _("The key may write")
    if not lacking:
        return Check(title, CheckState.WORKS)
    hint = _("Only needed to tell the shop what is done here. It lacks: %(names)s.", names=", ".join(lacking))
    return Check(title, CheckState.NOT_NEEDED, hint)
