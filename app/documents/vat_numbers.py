"""VAT numbers by themselves: whether what was typed can be one, by the rules and check digits of its country."""

from __future__ import annotations

from flask_babel import gettext as _
from stdnum.util import get_cc_module

from app.documents.vat import EU, NORTHERN_IRELAND


def why_not_vat_number(text: str, country: str) -> str:
    """Checked by the rules of the country that it begins with, else of `country`; "" where nobody knows any rules."""
    state = text.strip()[:2].upper()
    home = "gr" if state == "EL" else "gb" if state == NORTHERN_IRELAND else state if state in EU else country
    number = f"GB{text.strip()[2:]}" if state == NORTHERN_IRELAND else text
    module = get_cc_module(home.lower(), "vat") if home else None
    if module is None or module.is_valid(number):
        return ""
    return _("This is not a VAT number of that country. Check it for a typing error, and that the country is right.")
