"""The shop's own words in each language that its documents and mails are in, as a table of words by languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import request
from flask_admin.helpers import get_form_data
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from wtforms import Form, HiddenField
from wtforms.fields import StringField
from wtforms.validators import Length

from app import queries
from app.accounting.tax_names import tax_names_in_use
from app.actions.usual_words import known_word
from app.admin_views.settings.topic import ShopTopic
from app.config import LANGUAGES
from app.extensions import ShownText
from app.models import Shop, WordKind
from app.queries.own_words import OwnWords, words_in_use

LONGEST_WORD = 120

TITLES_OF_KINDS: dict[WordKind, ShownText] = {
    WordKind.PAYMENT_METHOD: _l("Payment methods"),
    WordKind.SHIPPING_METHOD: _l("Shipping methods"),
    WordKind.RETURN_REASON: _l("Return reasons"),
    WordKind.RETURN_ACTION: _l("Preferred solutions"),
    WordKind.DELIVERY_TIME: _l("Delivery times"),
    WordKind.CUSTOM_STATUS: _l("Order statuses"),
    WordKind.TAX: _l("Names of taxes"),
}


@dataclass(frozen=True)
class Cell:
    """A word of the shop's in another language."""

    kind: WordKind
    word: str
    language: str

    @property
    def name(self) -> str:
        """What its field is called, whoever adds words to the list meanwhile."""
        return f"{self.kind.value}:{self.language}:{self.word}"

    @property
    def title(self) -> str:
        return f"{self.word} ({LANGUAGES[self.language]})"

    def text_in(self, words: OwnWords) -> str:
        return words.get(self.kind, {}).get(self.word, {}).get(self.language, "")


class WordField(StringField):
    """A word in a language; it has no column of its own."""

    def populate_obj(self, obj: object, name: str) -> None:
        """What becomes of it is the page's business."""


def tidy_word(text: str | None) -> str:
    return " ".join((text or "").replace("\0", "").split())


class OwnWordSettings(ShopTopic):
    right = sight = "settings.own_words"
    edit_template = "admin/settings/own_words.html"

    def scaffold_form(self) -> type[Form]:
        """Without the columns of the shop's record: the fields are those of its words."""
        return type("OwnWordsForm", (self.form_base_class,), {"seen_version": HiddenField()})

    def edit_form(self, obj: Shop | None = None) -> Form:
        """With a field for each word in each language."""
        own_shop = obj or queries.shop()
        fields = {
            cell.name: WordField(
                cell.title,
                [Length(max=LONGEST_WORD)],
                filters=[tidy_word],
                id=f"word-{position}",
                default=cell.text_in(own_shop.own_words) or self.proposed(cell),
            )
            for position, cell in enumerate(cells_of(own_shop))
        }
        form: Form = type("FormOfWords", (self.scaffold_form(),), fields)(get_form_data(), obj=obj)
        if request.method != "POST":
            form.seen_version.data = self.stamp(obj)
        return form

    def proposed(self, cell: Cell) -> str:
        """What Toonbank knows of a word that is missing, where that was asked for."""
        return known_word(cell.word, cell.language) if request.args.get("fill") else ""

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        words = put_words(model.own_words, {cell: form[cell.name].data for cell in cells_in(form, model)})
        if words != model.own_words:
            model.own_words = words
        super().on_model_change(form, model, is_created)

    def differing(self, form: Form, model: Shop) -> Iterator[tuple[str, str, str]]:
        for cell in cells_in(form, model):
            now, typed = cell.text_in(model.own_words), form[cell.name].data
            if now != typed:
                yield cell.title, now, typed

    def changed(self, model: Shop) -> dict[str, list[object]]:
        """Only the words that were changed, not all that there are."""
        past = inspect(model).attrs.own_words.history
        if not past.has_changes():
            return {}
        before, after = (past.deleted or [{}])[0], (past.added or [{}])[0]
        return {"own_words": [list(words_beside(before, after)), list(words_beside(after, before))]}

    def titles(self) -> dict[str, ShownText]:
        return {"own_words": self.name}

    def render(self, template: str, **kwargs: object) -> str:
        own_shop = queries.shop()
        return super().render(template, **grid_of(own_shop), **kwargs)


def cells_of(own_shop: Shop) -> list[Cell]:
    words_of = {**words_in_use(own_shop), WordKind.TAX: tax_names_in_use(own_shop)}
    return [
        Cell(kind, word, language)
        for kind, words in words_of.items()
        for word in words
        for language in find_languages(kind, own_shop)
    ]


def find_languages(kind: WordKind, own_shop: Shop) -> list[str]:
    """Those in which a word can be said otherwise: a tax, which comes in its source's words, also in the shop's own."""
    return queries.document_languages(own_shop)[0 if kind == WordKind.TAX else 1 :]


def cells_in(form: Form, own_shop: Shop) -> list[Cell]:
    """Those that the form has: a word that came into a list while it was read waits for the next form."""
    return [cell for cell in cells_of(own_shop) if cell.name in form]


def put_words(words: OwnWords, given: Mapping[Cell, str]) -> dict[str, dict[str, dict[str, str]]]:
    """With what was given. A word that is not in use now keeps its languages, for orders say it still."""
    put = {kind: {word: dict(texts) for word, texts in kept.items()} for kind, kept in words.items()}
    for cell, text in given.items():
        put.setdefault(cell.kind.value, {}).setdefault(cell.word, {})[cell.language] = text
    known = {
        kind: {word: without_empty(texts) for word, texts in kept.items() if without_empty(texts)}
        for kind, kept in put.items()
    }
    return {kind: kept for kind, kept in known.items() if kept}


def without_empty(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text}


def words_beside(words: OwnWords, others: OwnWords) -> Iterator[str]:
    """Those of `words` that the others have not, or otherwise, as History says them."""
    for kind, kept in words.items():
        for word, texts in kept.items():
            for language, text in texts.items():
                cell = Cell(WordKind(kind), word, language)
                if cell.text_in(others) != text:
                    yield f"{cell.title}: {text}"


@dataclass(frozen=True)
class WordTable:
    """The words of a kind, each with a cell per language."""

    kind: WordKind
    languages: list[str]  # by their names
    rows: list[tuple[str, list[Cell]]]

    @property
    def title(self) -> ShownText:
        return TITLES_OF_KINDS[self.kind]

    @property
    def is_from_sources(self) -> bool:
        return self.kind == WordKind.TAX


def grid_of(own_shop: Shop) -> dict[str, object]:
    """The words by kind, each with its languages and cells, and how many words each language lacks.

    A tax without a word of the shop's own language lacks none: it comes in that mostly.
    """
    own, *others = queries.document_languages(own_shop)
    cells = cells_of(own_shop)
    lacking = [cell for cell in cells if cell.language != own and not cell.text_in(own_shop.own_words)]
    counted = Counter(cell.language for cell in lacking)
    return {
        "kinds": [
            WordTable(kind, [LANGUAGES[one] for one in find_languages(kind, own_shop)], group_by_word(list(of_kind)))
            for kind, of_kind in groupby(cells, lambda cell: cell.kind)
        ],
        "own_language": own,
        "own_name": LANGUAGES[own],
        "has_others": bool(others),
        "lacking": ", ".join(f"{LANGUAGES[one]} ({counted[one]})" for one in others if counted[one]),
        "is_filled": bool(request.args.get("fill")),
        "can_be_filled": any(known_word(cell.word, cell.language) for cell in lacking),
    }


def group_by_word(cells: list[Cell]) -> list[tuple[str, list[Cell]]]:
    return [(word, list(of_word)) for word, of_word in groupby(cells, lambda cell: cell.word)]
