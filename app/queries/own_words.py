"""The shop's own words in the language of who reads them: methods, reasons, solutions, times, statuses, taxes.

They are known by what they say in the shop's language, for that is what an order, a payment or a return keeps of its
method or reason, whatever becomes of the list. A word without a translation is said as the shop says it.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import get_locale
from sqlalchemy import literal, select, union_all

from app.extensions import db
from app.models import CustomStatus, PaymentMethod, ReturnAction, ReturnReason, ShippingMethod, Shop, WordKind
from app.queries.records import document_languages, shop

#: Kind -> word -> language -> the word in it.
OwnWords = Mapping[str, Mapping[str, Mapping[str, str]]]

Titled = PaymentMethod | ShippingMethod | ReturnReason | ReturnAction | CustomStatus

LISTS: dict[WordKind, type[Titled]] = {
    WordKind.PAYMENT_METHOD: PaymentMethod,
    WordKind.SHIPPING_METHOD: ShippingMethod,
    WordKind.RETURN_REASON: ReturnReason,
    WordKind.RETURN_ACTION: ReturnAction,
    WordKind.CUSTOM_STATUS: CustomStatus,
}


def own_word(kind: WordKind, word: str, language: str) -> str:
    """The word as a reader of the language gets it now; what was issued says it by its own words."""
    known: OwnWords = shop().own_words
    return known.get(kind, {}).get(word, {}).get(language) or word


def word_at_screen(kind: WordKind, word: str) -> str:
    """The word as whoever is at the screen reads it; nobody is where a job works."""
    locale = get_locale()
    return own_word(kind, word, locale.language) if locale else word


def words_in_use(of: Shop) -> dict[WordKind, list[str]]:
    """The words that are offered now, each once: those of a list by title, delivery times as the shop lists them.

    Taxes have no list: `app/accounting/tax_names.py` finds their names.
    """
    titles = [
        select(literal(kind.value).label("kind"), kept.title.label("title")).where(kept.is_active)
        for kind, kept in LISTS.items()
    ]
    each = union_all(*titles).subquery()
    found: dict[WordKind, list[str]] = {kind: [] for kind in WordKind}
    for kind, title in db.session.execute(select(each.c.kind, each.c.title).order_by(each.c.kind, each.c.title)):
        found[WordKind(kind)].append(title)
    return {**found, WordKind.DELIVERY_TIME: list(dict.fromkeys(of.delivery_times))}


def languages_missing(of: Shop, kind: WordKind, word: str) -> list[str]:
    """The languages of documents whose readers get the word in the shop's own."""
    known = of.own_words.get(kind, {}).get(word, {})
    return [language for language in document_languages(of)[1:] if not known.get(language)]
