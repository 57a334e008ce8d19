"""The VAT return: what of the sales of some days goes where in the form of a country, and which documents say so."""

from app.exports.vat_return.filling import (
    FORMS,
    VatQuestion,
    VatReturn,
    ask_for_return,
    codes_of,
    fill_return,
    sales_at,
)

__all__ = ["FORMS", "VatQuestion", "VatReturn", "ask_for_return", "codes_of", "fill_return", "sales_at"]
