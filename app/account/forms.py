"""The forms of My account."""

from __future__ import annotations

from decimal import Decimal

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, FormField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.actions.tickets import LONGEST_TEXT
from app.amounts.money import BadAmount, parse, shown_number
from app.extensions import ShownText
from app.models import OrderLine
from app.pages.localized_forms import LocalizedForm


def clean(text: str | None) -> str:
    return " ".join((text or "").replace("\0", "").split())


class ReplyForm(LocalizedForm):
    text = TextAreaField(_l("Your message"), [InputRequired(_l("Write something first.")), Length(max=LONGEST_TEXT)])
    pictures = MultipleFileField(_l("Pictures"), description=_l("JPEG, PNG, WebP or GIF, at most four, 10 MB each."))


class AskForm(ReplyForm):
    subject = StringField(
        _l("What is it about?"), [InputRequired(_l("Describe it briefly.")), Length(max=255)], filters=[clean]
    )


class QuantityField(StringField):
    """How many, as people type it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist[0] if valuelist else "").strip() or "0"
        try:
            self.data = parse(text.replace(",", "."))
        except BadAmount:
            raise ValueError(_l("This is not a number.")) from None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else str(self.data or 0)


def return_form(lines: list[OrderLine], reasons: list[tuple[str, str]]) -> type[Form]:
    """A number per line that can come back, the reason and a note."""
    fields: dict[str, Field] = {
        f"line_{line.id}": QuantityField(
            line.name, [NumberRange(Decimal(0), line.shipped - line.returned, message=at_most(line))]
        )
        for line in lines
    }
    choices = [("", "–"), *reasons]
    fields["reason"] = SelectField(_l("Why do you send it back?"), choices=choices)
    fields["note"] = TextAreaField(_l("Note"), [Optional(), Length(max=2000)])
    return type("ReturnForm", (LocalizedForm,), fields)


def at_most(line: OrderLine) -> str:
    return str(_l("From 0 to %(most)s.")) % {"most": shown_number(line.shipped - line.returned)}


class CountryField(SelectField):
    """A country, by its two letters."""

    def __init__(self, label: ShownText | None = None, **more: object):
        super().__init__(label, choices=countries, **more)


def countries() -> list[tuple[str, str]]:
    locale = get_locale() or Locale("en")
    named = [(code, name) for code, name in locale.territories.items() if len(code) == 2 and code.isalpha()]
    return [("", "–"), *sorted(named, key=lambda pair: pair[1])]


class AddressForm(LocalizedForm):
    name = StringField(_l("Name"), [Length(max=255)], filters=[clean])
    company = StringField(_l("Company"), [Length(max=255)], filters=[clean])
    street = StringField(_l("Street and number"), [Length(max=255)], filters=[clean])
    street2 = StringField(_l("Second line"), [Length(max=255)], filters=[clean])
    postcode = StringField(_l("Postcode"), [Length(max=60)], filters=[clean])
    city = StringField(_l("Town"), [Length(max=255)], filters=[clean])
    country = CountryField(_l("Country"))
    phone = StringField(_l("Phone"), [Length(max=60)], filters=[clean])


class AddressesForm(LocalizedForm):
    billing = FormField(AddressForm, _l("Billing address"))
    shipping = FormField(AddressForm, _l("Shipping address"))
