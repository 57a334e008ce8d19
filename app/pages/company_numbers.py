"""Numbers of companies as somebody types them: whether a VAT number or an IBAN can be one, by its check digits."""

from __future__ import annotations

from flask_babel import gettext as _
from stdnum import iban
from stdnum.exceptions import ValidationError as NotValid
from wtforms import Field, Form
from wtforms.validators import ValidationError

from app.documents.vat_numbers import why_not_vat_number


def is_iban(form: Form, field: Field) -> None:
    """Its length and check digits; what banks say of the numbers inside differs from what is published."""
    if not field.data or field.data == field.object_data:
        return
    try:
        iban.validate(field.data, check_country=False)
    except NotValid:
        raise ValidationError(
            _("This is not an IBAN: its check digits don’t fit. Check it for a typing error.")
        ) from None


def is_vat_number(form: Form, field: Field) -> None:
    """What is stored already stays: the law may know more than we do."""
    if field.data and field.data != field.object_data and (reason := why_not_vat_number(field.data, form.country.data)):
        raise ValidationError(reason)
