"""How documents look, with the example invoice beside the form as it would be drawn."""

from __future__ import annotations

import base64
import io
import re

from flask import Response, abort, request, send_file
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from markupsafe import Markup
from sqlalchemy import inspect
from wtforms import Field, Form
from wtforms.fields import SelectField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import ColorInput

from app.accounting.vat_rates import usual_rate
from app.admin_views.settings.topic import ShopTopic
from app.config import LANGUAGES
from app.documents.example import draw_example
from app.documents.layout import text_width
from app.documents.look import CONTRAST_NEEDED, contrast_with_white, readable_colour
from app.documents.page_pictures import picture_of_page
from app.documents.render_process import RenderFailed
from app.extensions import ShownText
from app.models import LogoPlace, LogoSize, Paper, Shop, SkuPlace
from app.pages.fields import TickList
from app.queries import document_languages, shop

#: Rows at the foot of a page, and the points that each may take, as page.css and base.html have them.
MOST_ROWS, ROW_WIDTH, ROW_SIZE = 3, 370.0, 7.0
LONGEST_TEXT = 1000

#: The shop's own texts on documents, each as a column in its own language and one in all others -> their titles.
TEXTS: dict[tuple[str, str], ShownText] = {
    ("footer", "footers"): _l("Text below invoices"),
    ("page_foot", "page_feet"): _l("Text at the foot of each page"),
}


def in_language(title: ShownText, code: str) -> LazyString:
    return LazyString(lambda: f"{title}: {LANGUAGES[code]}")


def fits_below_a_page(form: Form, field: Field) -> None:
    rows = sum(1 + int(text_width(line, ROW_SIZE) // ROW_WIDTH) for line in (field.data or "").splitlines())
    if rows > MOST_ROWS:
        raise ValidationError(_("There is room for three rows. Yours take %(rows)s.", rows=rows))


def can_be_read(form: Form, field: Field) -> None:
    if not re.fullmatch("#[0-9a-f]{6}", field.data):
        raise ValidationError(_("Enter a colour such as #1f2933."))
    contrast = contrast_with_white(field.data)
    if contrast < CONTRAST_NEEDED:
        raise ValidationError(
            _(
                "On white paper this colour can hardly be read: its contrast is %(contrast)s, and it takes "
                "%(needed)s. As dark as %(colour)s it can be.",
                contrast=f"{contrast:.1f}",
                needed=CONTRAST_NEEDED,
                colour=readable_colour(field.data),
            )
        )


def trim_lines(text: str | None) -> str:
    return "\n".join(line.strip() for line in (text or "").replace("\0", "").strip().splitlines())


CHECKS = {"footer": [Length(max=LONGEST_TEXT)], "page_foot": [Length(max=LONGEST_TEXT), fits_below_a_page]}


class DocumentSettings(ShopTopic):
    right = sight = "settings.documents"
    edit_template = "admin/settings/documents.html"
    form_columns = (
        "accent", "paper", "logo_place", "logo_size", "sku_on_invoices", "invoice_columns",
        "slips_with_prices",
        *(name for own, _others in TEXTS for name in (own, *(f"{own}_{code}" for code in LANGUAGES))),
    )  # fmt: skip
    form_overrides = {
        "accent": StringField,
        "paper": SelectField,
        "logo_place": SelectField,
        "logo_size": SelectField,
        "sku_on_invoices": SelectField,
        "invoice_columns": TickList,
        "footer": TextAreaField,
        "page_foot": TextAreaField,
    }
    form_extra_fields = {
        f"{own}_{code}": TextAreaField(in_language(title, code), CHECKS[own], filters=[trim_lines])
        for (own, _others), title in TEXTS.items()
        for code in LANGUAGES
    }
    headings = {
        "accent": _l("Looks"),
        "sku_on_invoices": _l("Lines of invoices"),
        "slips_with_prices": _l("Packing slips"),
        "footer": _l("Text below invoices"),
        "page_foot": _l("Text at the foot of each page"),
    }
    column_labels = {
        "accent": _l("Colour"),
        "paper": _l("Paper"),
        "logo_place": _l("Logo and name"),
        "logo_size": _l("Size of the logo"),
        "sku_on_invoices": _l("SKU on invoices"),
        "invoice_columns": _l("Columns of invoices"),
        "slips_with_prices": _l("With prices and amounts"),
        **{own: title for (own, _others), title in TEXTS.items()},
    }
    form_args = {
        "accent": {
            "validators": [can_be_read],
            "filters": [lambda text: (text or "").strip().lower()],
            "description": _l("Of titles, of your name and of the lines above and below amounts."),
            "widget": ColorInput(),
        },
        "paper": {"choices": [(Paper.A4.value, "A4"), (Paper.LETTER.value, _l("Letter (US)"))], "coerce": Paper},
        "logo_place": {
            "choices": [(LogoPlace.LEFT.value, _l("On the left")), (LogoPlace.RIGHT.value, _l("On the right"))],
            "coerce": LogoPlace,
        },
        "logo_size": {
            "choices": [
                (LogoSize.SMALL.value, _l("Small")),
                (LogoSize.MEDIUM.value, _l("Medium")),
                (LogoSize.LARGE.value, _l("Large")),
            ],
            "coerce": LogoSize,
            "description": _l("The logo itself is chosen under Company."),
        },
        "sku_on_invoices": {
            "choices": [
                (SkuPlace.BELOW.value, _l("Below the description")),
                (SkuPlace.COLUMN.value, _l("In a column of its own")),
                (SkuPlace.NOWHERE.value, _l("Not at all")),
            ],
            "coerce": SkuPlace,
        },
        "invoice_columns": {
            "choices": [
                ("unit_price", _l("Unit price")),
                ("discount", _l("Discount")),
                ("vat", _l("VAT rate")),
            ],
            "validators": [],
            "description": _l("What has no column stands below the description where the law wants it."),
        },
        "slips_with_prices": {
            "description": _l("Without them nobody who unpacks a present learns what it cost."),
        },
        "footer": {"validators": CHECKS["footer"], "filters": [trim_lines]},
        "page_foot": {
            "validators": CHECKS["page_foot"],
            "filters": [trim_lines],
            "description": _l("Such as your registration, bank and directors. Empty: your name and website."),
        },
    }

    def edit_form(self, obj: Shop | None = None) -> Form:
        """With a field for each language that documents are in."""
        form, own_shop = super().edit_form(obj), shop()
        spoken = document_languages(own_shop)
        for own, others in TEXTS:
            form[own].label.text = in_language(TEXTS[own, others], own_shop.language)
            for code in LANGUAGES:
                if code not in spoken or code == own_shop.language:
                    del form[f"{own}_{code}"]
                elif not (field := form[f"{own}_{code}"]).raw_data:
                    field.data = getattr(own_shop, others).get(code, "")
        return form

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        put_texts(form, model)
        super().on_model_change(form, model, is_created)

    def titles(self) -> dict[str, ShownText]:
        return {**super().titles(), **{others: title for (_own, others), title in TEXTS.items()}}

    def shown(self, name: str, value: object) -> str:
        if isinstance(value, dict):
            return "; ".join(f"{LANGUAGES.get(code, code)}: {text}" for code, text in value.items())
        if name == "invoice_columns" and isinstance(value, list):
            titles = dict(self.form_args[name]["choices"])
            return ", ".join(str(titles.get(one, one)) for one in value)
        return super().shown(name, value)

    # --- the example ------------------------------------------------------------------------------------------------

    @expose("/example.<any(png, pdf):form>")
    def example(self, form: str) -> Response:
        """The example invoice as documents look now, in a language."""
        drawn = draw_example(shop(), usual_rate(), asked_language())
        content = picture_of_page(drawn) if form == "png" else drawn
        kind = "image/png" if form == "png" else "application/pdf"
        return send_file(io.BytesIO(content), kind, download_name=f"example.{form}")

    @expose("/preview", methods=("POST",))
    def preview(self) -> ResponseReturnValue:
        """The page as it is filled in, with the invoice as it would look; nothing is saved."""
        if not self.may_change:
            abort(403)
        form = self.edit_form(shop())
        form.validate()
        tried = copy_of(shop())
        wrong = {name: getattr(tried, name) for name in form.errors if hasattr(Shop, name)}
        form.populate_obj(tried)
        put_texts(form, tried)
        for name, kept in wrong.items():
            setattr(tried, name, kept)
        form.seen_version.data = request.form.get("seen_version", "")
        return self.render(self.edit_template, form=form, model=shop(), return_url="", tried=tried)

    def render(self, template: str, **kwargs: object) -> str:
        language, tried = asked_language(), kwargs.pop("tried", None)
        picture = ""
        if isinstance(tried, Shop):
            picture = picture_of_example(tried, language)
        return super().render(
            template,
            picture=picture,
            is_drawn=not isinstance(tried, Shop) or bool(picture),
            preview_language=language,
            preview_languages=[(code, LANGUAGES[code]) for code in document_languages(shop())],
            missing=missing_texts(shop()),
            **kwargs,
        )


def asked_language() -> str:
    asked = request.values.get("preview_language", "")
    return asked if asked in document_languages(shop()) else shop().language


def put_texts(form: Form, model: Shop) -> None:
    """Those of other languages than the shop's; one that documents are not in any more keeps its text."""
    for own, others in TEXTS:
        given = {code: form[f"{own}_{code}"].data for code in LANGUAGES if f"{own}_{code}" in form}
        kept = {code: text for code, text in getattr(model, others).items() if code not in given}
        texts = {code: text for code, text in {**kept, **given}.items() if text}
        if texts != getattr(model, others):
            setattr(model, others, texts)


def missing_texts(model: Shop) -> set[str]:
    """The fields of languages whose readers get the text of the shop's language, as theirs is missing."""
    others = document_languages(model)[1:]
    return {
        f"{own}_{code}"
        for own, texts in TEXTS
        for code in others
        if getattr(model, own) and not getattr(model, texts).get(code)
    }


def copy_of(model: Shop) -> Shop:
    """One to try things on: no session knows it."""
    return Shop(**{column.key: getattr(model, column.key) for column in inspect(Shop).column_attrs})


def picture_of_example(model: Shop, language: str) -> Markup | str:
    """As an address that holds it; "" where it can't be drawn."""
    try:
        content = picture_of_page(draw_example(model, usual_rate(), language))
    except RenderFailed:
        return ""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
