"""What a shop begins with of its own words, and what Toonbank calls them in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.actions.usual_offers import PAYMENTS, SHIPPINGS
from app.config import LANGUAGES, locale_of
from app.extensions import ShownText, db
from app.history import Actor, Happened, record
from app.models import ReturnAction, ReturnReason, Shop, WordKind

RETURN_REASONS = (
    _l("Damaged"),
    _l("Wrong product"),
    _l("Does not fit"),
    _l("Not as expected"),
    _l("Changed my mind"),
)
RETURN_ACTIONS = (_l("Pay back"), _l("Replace"), _l("Repair"))
DELIVERY_TIMES = (_l("1-2 working days"), _l("3-5 working days"), _l("1-2 weeks"))

#: What a new shop has of each kind.
FIRST_WORDS: Mapping[WordKind, Sequence[ShownText]] = {
    WordKind.RETURN_REASON: RETURN_REASONS,
    WordKind.RETURN_ACTION: RETURN_ACTIONS,
    WordKind.DELIVERY_TIME: DELIVERY_TIMES,
}


def known_word(word: str, language: str) -> str:
    """What a usual word, in whatever language, is called in this one; "" for a word that is the shop's alone."""
    return usual_words().get(word, {}).get(language, "")


@cache
def usual_words() -> Mapping[str, Mapping[str, str]]:
    """A usual word in any language -> language -> the word in it. Names of providers are the same in all."""
    usual: list[ShownText] = [*RETURN_REASONS, *RETURN_ACTIONS, *DELIVERY_TIMES, _l("VAT")]
    usual += [one.title for one in PAYMENTS.values()]
    usual += [one.title for one in SHIPPINGS.values()]
    each: list[dict[str, str]] = [{} for _word in usual]
    for language in LANGUAGES:
        with force_locale(locale_of(language)):
            for texts, word in zip(each, usual, strict=True):
                texts[language] = str(word)
    return {text: texts for texts in each for text in texts.values()}


def first_words(kind: WordKind, language: str) -> list[str]:
    with force_locale(locale_of(language)):
        return [str(word) for word in FIRST_WORDS[kind]]


def translated_words(own: str) -> dict[str, dict[str, dict[str, str]]]:
    """What a new shop has in its own language, in each of the others, as the shop keeps it."""
    return {
        kind.value: {
            word: {language: text for language, text in usual_words()[word].items() if language != own}
            for word in first_words(kind, own)
        }
        for kind in FIRST_WORDS
    }


# --- when the shop changes its language -----------------------------------------------------------------------------


def turn_first_words(shop: Shop, *, was: str, by: Actor) -> None:
    """What the shop began with, and still says as it came, it says in its new language from now on.

    Methods keep their titles, for orders of web shops come in with them.
    """
    turned: dict[WordKind, dict[str, str]] = {
        kind: dict(zip(first_words(kind, was), first_words(kind, shop.language), strict=True)) for kind in FIRST_WORDS
    }
    with db.session.no_autoflush:
        reasons = db.session.scalars(select(ReturnReason).order_by(ReturnReason.id)).all()
        actions = db.session.scalars(select(ReturnAction).order_by(ReturnAction.id)).all()
    turn_titles(reasons, turned[WordKind.RETURN_REASON], by)
    turn_titles(actions, turned[WordKind.RETURN_ACTION], by)
    times = turned[WordKind.DELIVERY_TIME]
    shop.delivery_times = [times.get(one, one) for one in shop.delivery_times]
    shop.own_words = {
        **shop.own_words,
        **{kind.value: turn_kind(shop, kind, turned[kind], was) for kind in FIRST_WORDS},
    }


def turn_titles(records: Sequence[ReturnReason | ReturnAction], turned: Mapping[str, str], by: Actor) -> None:
    taken = {one.title for one in records}
    for one in records:
        before, after = one.title, turned.get(one.title, one.title)
        if after not in taken:
            one.title = after
            record(Happened.RECORD_CHANGED, None, by, subject=one, record=after, changes={"title": [before, after]})


def turn_kind(shop: Shop, kind: WordKind, turned: Mapping[str, str], was: str) -> dict[str, dict[str, str]]:
    """The words of before stay, for returns say them; those of now have the same in the other languages."""
    words: dict[str, dict[str, str]] = shop.own_words.get(kind, {})
    new = {after: {**usual_words()[before], **words.get(before, {}), was: before} for before, after in turned.items()}
    others = {
        word: {language: text for language, text in texts.items() if language != shop.language}
        for word, texts in new.items()
    }
    return {**others, **words}
