"""The general-ledger accounts that the files for accountants name."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import Form
from wtforms.fields import SelectField, StringField
from wtforms.validators import Optional, Regexp

from app import queries
from app.admin_views.settings.topic import ADVANCED, ShopTopic
from app.exports.double_entry import CHARTS, USES, default_accounts
from app.exports.double_entry.accounts import chart_of
from app.extensions import ShownText
from app.models import Shop

#: What the field of an account is called, before its use.
ACCOUNT = "account_"

is_account = Regexp(r"^[A-Za-z0-9.]{1,35}$", message=_l("Letters, digits and points only, 35 at most."))


def trim(text: str | None) -> str:
    return (text or "").strip()


def month_title(month: int) -> LazyString:
    return LazyString(lambda: Locale.parse(str(get_locale())).months["stand-alone"]["wide"][month])


class AccountSettings(ShopTopic):
    right = sight = "settings.accounts"
    path = ADVANCED
    form_columns = (
        "ledger_chart", "year_begins", "datev_adviser", "datev_client",
        *(f"{ACCOUNT}{use}" for use in USES),
    )  # fmt: skip
    form_overrides = {"ledger_chart": SelectField, "year_begins": SelectField}
    form_extra_fields = {
        f"{ACCOUNT}{use}": StringField(one.title, [Optional(), is_account], filters=[trim]) for use, one in USES.items()
    }
    headings = {
        "ledger_chart": _l("Bookkeeping"),
        "datev_adviser": "DATEV",
        f"{ACCOUNT}receivables": _l("Accounts"),
    }
    column_labels = {
        "ledger_chart": _l("Chart of accounts"),
        "year_begins": _l("The financial year begins in"),
        "datev_adviser": _l("Number of the adviser"),
        "datev_client": _l("Number of the client"),
        **{f"{ACCOUNT}{use}": one.title for use, one in USES.items()},
    }
    form_args = {
        "ledger_chart": {
            "choices": [("", _l("The usual one of your country")), *CHARTS.items()],
            "description": _l("An account that you leave empty below is that of the chart. Ask your accountant."),
        },
        "year_begins": {"choices": [(month, month_title(month)) for month in range(1, 13)], "coerce": int},
        "datev_adviser": {"validators": [Optional(), Regexp(r"^\d{4,7}$", message=_l("4 to 7 digits."))]},
        "datev_client": {"validators": [Optional(), Regexp(r"^\d{1,5}$", message=_l("1 to 5 digits."))]},
    }

    def edit_form(self, obj: Shop | None = None) -> Form:
        """Each account with the shop's own, and behind it what the chart has."""
        form = super().edit_form(obj)
        shop = queries.shop()
        for use, number in default_accounts(chart_of(shop)).items():
            field = form[f"{ACCOUNT}{use}"]
            field.render_kw = {"placeholder": number, "autocomplete": "off"}
            if not field.raw_data:
                field.data = shop.ledger_accounts.get(use, "")
        return form

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        wanted = {use: number for use in USES if (number := form[f"{ACCOUNT}{use}"].data)}
        if wanted != model.ledger_accounts:
            model.ledger_accounts = wanted
        super().on_model_change(form, model, is_created)

    def titles(self) -> dict[str, ShownText]:
        return {**super().titles(), "ledger_accounts": _l("Accounts")}

    def shown(self, name: str, value: object) -> str:
        if isinstance(value, Mapping):
            return ", ".join(f"{USES[use].title}: {number}" for use, number in value.items() if use in USES)
        if name == "year_begins" and isinstance(value, int):
            return str(month_title(value))
        return super().shown(name, value)
