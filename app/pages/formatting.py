"""Amounts, quantities, days and moments as the reader writes them; also Jinja filters of the same names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.units import format_unit
from flask import Flask
from flask_admin.model import BaseModelView
from flask_babel import get_locale
from flask_babel import gettext as _
from jinja2.runtime import Macro
from markupsafe import Markup, escape

from app import queries
from app.accounting.crediting import is_fully_credited
from app.amounts.money import decimals, format_amount, format_round_amount, shown_number
from app.columns import now
from app.config import locale_of
from app.history import sentence
from app.models import History, Invoice, InvoiceKind, Shipment
from app.pages.clock import zone_here
from app.pages.labels import (
    CREDITED,
    LABELS,
    LOST,
    NO,
    NOT_PAID,
    NOT_SENT,
    ORDER_STATUS,
    PAID,
    PARTLY_LOST,
    PAYMENT_STATUS,
    PICK_UP_STATUS,
    SENT,
    SHIPMENT_STATUS,
    WITHDRAWN,
    YES,
    Label,
    label_of,
)
from app.pages.static_files import static_url


def register_filters(app: Flask) -> None:
    app.jinja_env.filters.update(
        amount=amount, quantity=quantity, stock=stock, size=size, day=day, moment=moment, happened=happened
    )
    app.jinja_env.globals["same_on_every_page"] = same_on_every_page


def locale() -> str:
    """English is written the European way: "24 Nov 2026"."""
    chosen = get_locale()
    return locale_of(chosen.language if chosen else "en")


def amount(value: Decimal, currency: str) -> str:
    """ "€ 40,45" """
    return format_amount(value, currency, locale())


def axis_amount(value: Decimal, currency: str) -> str:
    """A round amount beside a drawing, without cents where there are none: "€ 2.000", "€ 0,50"."""
    return format_round_amount(value, currency, locale()) if value == int(value) else amount(value, currency)


def join_facts(facts: Iterable[str]) -> str:
    """ "12 May 2026 · iDEAL · €60.50"; what is empty is left out."""
    return " · ".join(filter(None, facts))


def quantity(value: Decimal) -> str:
    """A quantity or a rate, all its decimals: "1,5"."""
    return shown_number(value, locale())


def price(value: Decimal) -> str:
    """A price in the shop's currency: "9,50"; parts of cents are shown."""
    return shown_number(value, locale(), least=decimals(queries.shop().currency))


def stock(value: Decimal) -> Markup | str:
    """A quantity in stock; less than nothing stands out, and says so in a word."""
    if value >= 0:
        return quantity(value)
    return Markup('<span class="stock-short">{} <small>{}</small></span>').format(quantity(value), _("short"))


def size(bytes_: int) -> str:
    """Of a file: "438,8 kB" """
    value, unit = float(bytes_), "byte"
    for larger in ("kilobyte", "megabyte", "gigabyte"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return str(format_unit(round(value, 1), f"digital-{unit}", length="short", locale=locale()))


def day(value: date | datetime) -> str:
    """ "24 nov 2026"; of a moment the day in the shop, which its documents name as well."""
    return written_day(in_shop(value).date() if isinstance(value, datetime) else value, locale())


@lru_cache(maxsize=4096)
def written_day(value: date, locale: str) -> str:
    return format_date(value, "medium", locale=locale)


def month_of(value: date) -> str:
    """ "Nov 2026" """
    return str(format_skeleton("yMMM", value, locale=locale()))


def moment(value: datetime) -> str:
    """ "24 nov 2026 16:00", in the reader's time zone."""
    here = value.astimezone(zone_here())
    return f"{written_day(here.date(), locale())} {here:%H:%M}"


def recent_here() -> Callable[[datetime], str]:
    """For lists: "24 Nov 16:00"; what is longer ago has its year instead of the time: "24 Nov 2025"."""
    here, reader_locale, long_ago = zone_here(), locale(), now() - timedelta(days=300)
    reader = names(reader_locale)
    months, pattern = reader.months["format"]["abbreviated"], reader.datetime_skeletons["MMMd"].format

    def recent(value: datetime) -> str:
        local = value.astimezone(here)
        if value < long_ago:
            return written_day(local.date(), reader_locale)
        return f"{pattern % {'d': local.day, 'MMM': months[local.month]}} {local:%H:%M}"

    return recent


def country(code: str) -> str:
    """The country's name, or its two letters when nobody knows them."""
    return str(names(locale()).territories.get(code, code))


def language(code: str) -> str:
    return str(names(locale()).languages.get(code, code))


@cache
def names(locale: str) -> Locale:
    return Locale.parse(locale)


def in_shop(value: datetime) -> datetime:
    return value.astimezone(ZoneInfo(queries.shop().time_zone))


def happened(event: History) -> str:
    """The sentence of a history row."""
    return sentence(event.what, event.facts, locale())


def badge(label: Label) -> Markup:
    return drawn_badge(label.tone, label.icon, str(label.text), static_url("vendor/icons.svg"))


@lru_cache(maxsize=1024)
def drawn_badge(tone: str, icon_name: str, text: str, icons: str) -> Markup:
    icon = f'<svg class="icon" aria-hidden="true"><use href="{icons}#{icon_name}"/></svg>'
    return Markup(f'<span class="tag tag-{tone}">{icon}{escape(text)}</span>')  # noqa: S704: both escaped


Key = TypeVar("Key")


def badges(labels: Mapping[Key, Label]) -> dict[Key, Markup]:
    return {key: badge(label) for key, label in labels.items()}


def order_badges() -> Mapping[str, Mapping[Any, Markup]]:
    """The badges of an order's statuses; `pick_up` in place of `shipment` for what is fetched in the shop."""
    return kept_order_badges(locale(), static_url("vendor/icons.svg"))


@cache
def kept_order_badges(_language: str, _icons: str) -> Mapping[str, Mapping[Any, Markup]]:
    """They look the same on every page in a language."""
    return {
        "status": badges(ORDER_STATUS),
        "payment": badges(PAYMENT_STATUS),
        "shipment": badges(SHIPMENT_STATUS),
        "pick_up": badges(PICK_UP_STATUS),
    }


def same_on_every_page(part: Macro) -> Markup:
    """What a macro makes that shows nothing but words: made once per language."""
    key = (part.name, locale(), static_url("vendor/icons.svg"))
    if key not in kept_parts:
        kept_parts[key] = Markup(part())  # noqa: S704: a macro has escaped what it was given
    return kept_parts[key]


kept_parts: dict[tuple[str, str, str], Markup] = {}


def yes_or_no(value: object) -> Markup:
    return badge(YES if value else NO)


def paid_badge(invoice: Invoice) -> Markup | str:
    if invoice.kind != InvoiceKind.INVOICE:
        return ""
    if is_fully_credited(invoice):
        return badge(CREDITED)
    return badge(PAID if invoice.paid_at else NOT_PAID)


def sent_badge(shipment: Shipment) -> Markup:
    if shipment.withdrawn_at:
        return badge(WITHDRAWN)
    if shipment.lost_at:
        return badge(LOST if shipment.is_all_lost else PARTLY_LOST)
    return badge(SENT if shipment.sent_at else NOT_SENT)


# --- values of which only the type is known -------------------------------------------------------------------------


def readable(value: object) -> str:
    """Any value in the reader's own words: never the way that Python writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str((YES if value else NO).text)
    if isinstance(value, Enum):
        return str(label_of(value).text) if type(value) in LABELS else str(value.value)
    if isinstance(value, date):
        return moment(value) if isinstance(value, datetime) else day(value)
    if isinstance(value, Decimal):
        return quantity(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {readable(one)}" for name, one in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(readable, value))
    return str(value)


def as_badge(view: BaseModelView, value: bool | Enum, name: str) -> str:
    """An enum without looks of its own, such as where an order came from, is a plain word."""
    if isinstance(value, bool):
        return yes_or_no(value)
    return badge(label_of(value)) if type(value) in LABELS else str(value.value)


def as_text(view: BaseModelView, value: object, name: str) -> str:
    return readable(value)


#: What Flask-Admin calls for a column without a formatter of its own; the first type that fits is taken.
BY_TYPE: dict[type, Callable[[BaseModelView, Any, str], str]] = {
    bool: as_badge,
    Enum: as_badge,
    **dict.fromkeys((type(None), date, Decimal, dict, list, tuple, set, frozenset), as_text),
}
