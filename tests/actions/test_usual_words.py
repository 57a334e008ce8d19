"""What a new shop begins with is there in each language, and follows the shop's own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.actions.usual_words import FIRST_WORDS, first_words, known_word, translated_words, turn_first_words
from app.config import LANGUAGES
from app.extensions import db
from app.history import SYSTEM
from app.models import History, ReturnAction, ReturnReason, WordKind
from app.queries import shop
from app.queries.own_words import languages_missing, own_word

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_of_the_first_words_are_called_the_same(language: str) -> None:
    for kind in FIRST_WORDS:
        assert len(set(first_words(kind, language))) == len(FIRST_WORDS[kind])
        assert len(translated_words(language)[kind.value]) == len(FIRST_WORDS[kind])


def test_a_usual_word_is_known_in_whatever_language() -> None:
    assert known_word("Bank transfer", "de") == known_word("Overboeking", "de") == "Überweisung"
    assert known_word("iDEAL", "fr") == "iDEAL"
    assert known_word("VAT", "fr") == "TVA"
    assert known_word("Gift card of ours", "de") == ""


@pytest.mark.each_database
def test_a_new_shop_lacks_no_word() -> None:
    own = shop()
    reasons = db.session.scalars(select(ReturnReason.title).order_by(ReturnReason.position)).all()

    assert reasons == ["Damaged", "Wrong product", "Does not fit", "Not as expected", "Changed my mind"]
    for kind, words in ((WordKind.RETURN_REASON, reasons), (WordKind.DELIVERY_TIME, own.delivery_times)):
        assert [languages_missing(own, kind, word) for word in words] == [[]] * len(words)
    assert own_word(WordKind.RETURN_REASON, "Damaged", "de") == "Beschädigt"


def test_a_title_that_another_one_has_is_not_turned_and_words_of_its_own_stay() -> None:
    own = shop()
    db.session.scalars(select(ReturnReason).where(ReturnReason.title == "Wrong product")).one().title = "Beschädigt"
    own.own_words, own.language = {"return_reason": {"Beschädigt": {"fr": "Cassé"}}}, "de"
    db.session.flush()

    turn_first_words(own, was="en", by=SYSTEM)

    reasons = db.session.scalars(select(ReturnReason.title).order_by(ReturnReason.position)).all()
    assert reasons[:2] == ["Damaged", "Beschädigt"]
    assert own_word(WordKind.RETURN_REASON, "Beschädigt", "fr") == "Cassé"


@pytest.mark.each_database
def test_first_words_follow_the_language_of_the_shop_and_those_of_its_own_stay() -> None:
    own = shop()
    own.own_words = {**own.own_words, "return_action": {"Repair": {"fr": "On répare"}}}
    db.session.scalars(select(ReturnReason).where(ReturnReason.title == "Damaged")).one().title = "Broken"
    own.delivery_times, own.language = ["1-2 weeks", "On Friday"], "de"
    db.session.flush()

    turn_first_words(own, was="en", by=SYSTEM)
    db.session.commit()

    reasons = db.session.scalars(select(ReturnReason.title).order_by(ReturnReason.position)).all()
    assert reasons[:2] == ["Broken", "Falsches Produkt"]
    assert set(db.session.scalars(select(ReturnAction.title))) == {"Geld zurück", "Ersetzen", "Reparieren"}
    assert own.delivery_times == ["1-2 Wochen", "On Friday"]
    assert own_word(WordKind.RETURN_ACTION, "Reparieren", "fr") == "On répare"
    assert own_word(WordKind.RETURN_REASON, "Falsches Produkt", "en") == "Wrong product"
    assert own_word(WordKind.RETURN_REASON, "Wrong product", "de") == "Falsches Produkt"  # on a return of before
    assert languages_missing(own, WordKind.RETURN_REASON, "Falsches Produkt") == []
    changes = [event.facts["changes"] for event in db.session.scalars(select(History)) if "changes" in event.facts]
    assert {"title": ["Repair", "Reparieren"]} in changes
