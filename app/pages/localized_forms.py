"""What every form stands on: what WTForms says of a field by itself, it says in the language of the page."""

from __future__ import annotations

from flask_admin.babel import wtforms_domain
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from app.pages.context import said

#: What WTForms itself doesn't know in each of our languages.
NOT_IN_WTFORMS = (
    _l("'%(value)s' is not a valid choice for this field."),
    _l("'%(value)s' are not valid choices for this field."),
    _l("Choices cannot be None."),
    _l("Date must be at least %(min)s."),
    _l("Date must be at most %(max)s."),
    _l("Date must be between %(min)s and %(max)s."),
    _l("Field must be exactly %(max)d character long."),
    _l("Field must be exactly %(max)d characters long."),
    _l("Not a valid time value."),
    _l("Not a valid week value."),
    _l("This field cannot be edited."),
    _l("This field is disabled and cannot have a value."),
)


class PageTexts:
    """Our catalogue first, then that of WTForms, in the language of this moment."""

    def gettext(self, text: str) -> str:
        own = said(text)
        return own if own != text else str(wtforms_domain.get_translations().ugettext(text))

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Of what is in our catalogue both texts stand by themselves."""
        text = one if count == 1 else many
        own = said(text)
        return own if own != text else str(wtforms_domain.get_translations().ungettext(one, many, count))


PAGE_TEXTS = PageTexts()


class Localized:
    """Mixed into a form of a library; WTForms looks for `Meta` in each of its bases."""

    class Meta:
        def get_translations(self, form: BaseForm) -> PageTexts:
            return PAGE_TEXTS


class LocalizedForm(Form):
    """A form of our own."""

    class Meta(DefaultMeta):
        def get_translations(self, form: BaseForm) -> PageTexts:
            return PAGE_TEXTS
