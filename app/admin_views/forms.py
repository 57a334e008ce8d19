"""The form of an action, made from the inputs that the action declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.utils import unset_value
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from app.actions.declaration import AnyAction, Input, Values
from app.actions.lines import EditedLine
from app.admin_views.signin import actor
from app.config import LANGUAGES, LARGEST_ID
from app.extensions import ShownText
from app.models import TaskStatus
from app.pages.fields import AmountField, Check, MaybeAmountField, MomentField, not_negative
from app.pages.formatting import language, locale, names
from app.pages.labels import TASK_STATUS
from app.pages.localized_forms import LocalizedForm

#: The form as it was posted, None before that.
Given: TypeAlias = MultiDict[str, str] | None

#: Each value that is offered, with its text.
Pairs: TypeAlias = Sequence[tuple[object, ShownText]]

#: Makes of what a field holds what it should hold.
Filtering: TypeAlias = Callable[[str | None], str]

#: What a select shows for "none of these, but what I type beside it".
OWN = "own"


def form_of(action: AnyAction, *, initial: Values, choices: Values, given: Given = None) -> Form:
    """The action's form with `initial` filled in, or what was `given` (the posted form) on top of it.

    `choices` says per input what there is to choose from: (value, text) pairs of a choice, the texts of a list, and
    {line id: the most of it} of quantities. What is not given stays as it
    starts; a tick is off then, and an amount 0.
    """
    fields = {one.name: MAKERS[one.kind](one, choices.get(one.name)) for one in action.inputs}
    form_class = type("ActionForm", (LocalizedForm,), fields)
    form: Form = form_class(given, data=initial)
    return form


def leaves(form: Form) -> Iterator[Field]:
    """The fields that a person fills in; those of an address one by one."""
    for field in form:
        if isinstance(field, AddressField | QuantitiesField):
            yield from field
        else:
            yield field


def shown_value(field: Field) -> str:
    """What a person reads in the field: of a choice its text, of a moment what the shop's clock shows."""
    if isinstance(field, LinesField):
        return "; ".join(f"{line.quantity} × {line.name} {line.unit_price}" for line in field.data)
    if isinstance(field, SelectField):
        return next((str(text) for value, text in field.choices if str(value) == str(field.data)), "")
    if isinstance(field, MomentField):
        return field._value().replace("T", " ")
    return str(field.data or "")


# --- one field per kind of input ------------------------------------------------------------------------------------


def text_field(one: Input, offered: Sequence[str]) -> Field:
    if offered:
        return ListOrOwnField(own_form(tuple(offered), one), one.title)
    return StringField(one.title, checks(one), filters=[clean], description=one.hint)


def long_text_field(one: Input, offered: object) -> Field:
    return TextAreaField(one.title, checks(one), filters=[clean], description=one.hint)


def tick_field(one: Input, offered: object) -> Field:
    return BooleanField(one.title, description=one.hint)


def choice_field(one: Input, offered: Pairs) -> Field:
    by_text = {str(value): value for value, _text in offered}
    return RadioField(one.title, choices=offered, coerce=lambda value: by_text.get(str(value)))


def ticks_field(one: Input, offered: Pairs) -> Field:
    """A tick for each of (value, text); the values of those that are set go to the action."""
    return SelectMultipleField(
        one.title,
        choices=offered,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=one.hint,
    )


def select_field(one: Input, offered: Pairs) -> Field:
    """A drop-down of (value, text) pairs; the value goes to the action as it is."""
    return drop_down(one, offered)


def drop_down(one: Input, offered: Pairs, default: object = None) -> Field:
    by_text = {str(value): value for value, _text in offered}
    choices = [(str(value), text) for value, text in offered]
    return SelectField(one.title, choices=choices, coerce=Picked(by_text), default=default, description=one.hint)


def language_field(one: Input, offered: list[str]) -> Field:
    return drop_down(one, [(code, language(code)) for code in offered])


def colleague_field(one: Input, offered: list[tuple[int | None, str]]) -> Field:
    """Oneself, unless the record says otherwise."""
    return drop_down(one, offered, default=actor().staff_id)


def task_status_field(one: Input, offered: object) -> Field:
    return drop_down(one, [(status, label.text) for status, label in TASK_STATUS.items()], default=TaskStatus.OPEN)


class Picked:
    """Turns what a browser sends back into the value that was offered."""

    def __init__(self, by_text: dict[str, object]):
        self.by_text = by_text

    def __call__(self, value: object) -> object:
        return self.by_text.get(str(value), value)


def moment_field(one: Input, offered: object) -> Field:
    return MomentField(one.title, [presence(one)], description=one.hint)


def day_field(one: Input, offered: object) -> Field:
    return DateField(one.title, [presence(one)], description=one.hint)


def amount_field(one: Input, offered: object) -> Field:
    return AmountField(one.title, [not_negative], description=one.hint)


def address_field(one: Input, offered: object) -> Field:
    return AddressField(AddressForm, one.title)


def quantities_field(one: Input, offered: dict[int, Decimal]) -> Field:
    fields = {str(line_id): AmountField(validators=[at_most(most)]) for line_id, most in offered.items()}
    return QuantitiesField(type("Quantities", (LocalizedForm,), fields), one.title)


def lines_field(one: Input, offered: object) -> Field:
    return LinesField(FormField(LineForm), one.title)


def record_field(one: Input, offered: object) -> Field:
    return IntegerField(one.title, [InputRequired(_l("Choose one first."))], widget=HiddenInput())


MAKERS: dict[str, Callable[[Input, Any], Field]] = {
    "text": text_field,
    "long_text": long_text_field,
    "tick": tick_field,
    "choice": choice_field,
    "select": select_field,
    "ticks": ticks_field,
    "language": language_field,
    "colleague": colleague_field,
    "task_status": task_status_field,
    "moment": moment_field,
    "day": day_field,
    "amount": amount_field,
    "address": address_field,
    "quantities": quantities_field,
    "lines": lines_field,
    "record": record_field,
}


def checks(one: Input) -> list[Check]:
    return [presence(one), at_most_letters(one.most)]


def presence(one: Input) -> Check:
    return DataRequired(_l("Fill this in.")) if one.required else Optional()


def at_most_letters(most: int) -> Length:
    return Length(max=most, message=_l("At most %(max)d letters."))


def at_most(most: Decimal) -> NumberRange:
    return NumberRange(min=0, max=most, message=_l("From 0 to %(max)s."))


def clean(text: str | None) -> str:
    """PostgreSQL keeps no NUL."""
    return (text or "").replace("\0", "")


# --- fields that hold several ---------------------------------------------------------------------------------------


@cache
def countries(locale: str) -> tuple[tuple[str, str], ...]:
    """("NL", "Netherlands") of all countries, in the reader's language and order."""
    territories = names(locale).territories.items()
    known = [(code, name) for code, name in territories if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY]
    return (("", "–"), *sorted(known, key=lambda pair: pair[1]))


#: Codes that CLDR names though no mail goes there: unions, test codes and "unknown".
NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}


class OpenSelectField(SelectField):
    """A choice. A value that isn't offered, such as an import brings, stays as it is."""

    def offered(self) -> Sequence[tuple[str, str]]:
        raise NotImplementedError

    def title_of(self, value: str) -> str:
        return value

    def iter_choices(self) -> Iterator[tuple[object, ...]]:
        known = list(self.offered())
        if self.object_data and self.object_data not in dict(known):
            known.append((self.object_data, self.title_of(self.object_data)))
        self.choices = known
        return super().iter_choices()


class CountryField(OpenSelectField):
    """A country, by its two letters; small ones do where it is typed, as in a terminal."""

    def __init__(self, *given: object, **more: object):
        super().__init__(*given, coerce=str.upper, **more)

    def offered(self) -> Sequence[tuple[str, str]]:
        return countries(locale())

    def pre_validate(self, form: Form) -> None:
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError(_("Two letters, such as NL.")) from None


class LanguageField(OpenSelectField):
    """A customer's language: one that the shop writes in, or the one that came with an order."""

    def offered(self) -> Sequence[tuple[str, str]]:
        return [("", "–"), *LANGUAGES.items()]

    def title_of(self, value: str) -> str:
        return language(value)


class AddressForm(LocalizedForm):
    """The fields in the order in which they are written on a parcel."""

    name = StringField(_l("Name"), [at_most_letters(255)], filters=[clean])
    company = StringField(_l("Company"), [at_most_letters(255)], filters=[clean])
    street = StringField(_l("Street and number"), [at_most_letters(255)], filters=[clean])
    house_number = StringField(_l("House number"), [at_most_letters(60)], filters=[clean])
    house_extension = StringField(_l("Number extension"), [at_most_letters(60)], filters=[clean])
    street2 = StringField(_l("Second line"), [at_most_letters(255)], filters=[clean])
    postcode = StringField(_l("Postcode"), [at_most_letters(60)], filters=[clean])
    city = StringField(_l("Town"), [at_most_letters(255)], filters=[clean])
    region = StringField(_l("Region"), [at_most_letters(255)], filters=[clean])
    country = CountryField(_l("Country"), choices=())
    phone = StringField(_l("Phone"), [at_most_letters(60)], filters=[clean])


class AddressField(FormField):
    """{field of the address: text}"""


class QuantitiesField(FormField):
    """How many of which line: {line id: quantity}."""

    def process(
        self, formdata: Given, data: Any = unset_value, extra_filters: Sequence[Filtering] | None = None
    ) -> None:
        wanted = {} if data is unset_value else {str(line_id): quantity for line_id, quantity in data.items()}
        super().process(formdata, wanted, extra_filters)

    @property
    def data(self) -> dict[int, Decimal]:
        return {int(line_id): quantity for line_id, quantity in self.form.data.items()}


@cache
def own_form(texts: tuple[str, ...], one: Input) -> type[Form]:
    choices = [("", "–"), *((text, text) for text in texts), (OWN, _l("Own text"))]
    fields = {
        "picked": SelectField(one.title, choices=choices),
        "own": StringField(_l("Own text"), [at_most_letters(one.most)], filters=[clean]),
    }
    return type("ListOrOwn", (LocalizedForm,), fields)


class ListOrOwnField(FormField):
    """A text from a list, or one's own."""

    def process(
        self, formdata: Given, data: Any = unset_value, extra_filters: Sequence[Filtering] | None = None
    ) -> None:
        text = "" if data is unset_value else str(data or "")
        listed = [value for value, _text in self.form_class().picked.choices]
        parts = {"picked": text, "own": ""} if text in listed and text != OWN else {"picked": OWN, "own": text}
        super().process(formdata, parts, extra_filters)

    @property
    def data(self) -> str:
        picked: str = self.form.picked.data
        return (self.form.own.data if picked == OWN else picked) or ""


def as_id(text: object) -> int | None:
    """The id in a hidden field; None for what can't be one."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 and int(text) <= LARGEST_ID else None


class LineForm(LocalizedForm):
    """One line of an order. Only its VAT rate may be empty: then its taxes stay as they are."""

    id = HiddenField(filters=[as_id])
    product_id = HiddenField(filters=[as_id])
    sku = HiddenField(filters=[clean])
    name = StringField(_l("Name"), [DataRequired(_l("Fill this in.")), at_most_letters(500)], filters=[clean])
    quantity = AmountField(_l("Quantity"))
    unit_price = AmountField(_l("Unit price"))
    discount = AmountField(_l("Discount"), [not_negative])
    rate = MaybeAmountField(_l("VAT %"), [Optional(), not_negative])


class LinesField(FieldList):
    """The lines of an order: [EditedLine]."""

    @property
    def data(self) -> list[EditedLine]:
        return [EditedLine(**row.data) for row in self.entries]
