"""In which currency a draft is priced, and whether its prices include VAT. What was typed stays as it was typed."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.states import recompute_status
from app.accounting.totals import only_tax, set_taxes, spread_discount, sum_up, tax_lines
from app.actions.declaration import REASON, Input, Values, action
from app.actions.lines import as_edited, line_total
from app.actions.new_orders import problem_of_currency
from app.amounts.money import ZERO, currencies, decimals, rounded
from app.errors import ActionRefused
from app.extensions import ShownText, db
from app.history import Actor, Happened, changes, record
from app.models import LineKind, Order, OrderLine
from app.queries import shop

PRICED = ("currency", "prices_include_tax")


def why_not_change_prices(order: Order) -> str:
    if not order.is_draft:
        return _("The order is placed: its currency and VAT are fixed. Copy it to a draft instead.")
    return _("The draft is discarded. Reopen it first.") if order.cancelled_at else ""


def currencies_for(draft: Order) -> list[tuple[str, str]]:
    """All of ISO 4217, the draft's own and the shop's first; no order is searched for more."""
    locale = get_locale()
    named = currencies(locale.language if locale else "en")
    first = {code: named.get(code, code) for code in (draft.currency, shop().currency)}
    return [(code, f"{code} – {name}") for code, name in {**first, **named}.items()]


def with_or_without(draft: Order) -> list[tuple[bool, ShownText]]:
    return [(True, _l("Prices include VAT")), (False, _l("Prices exclude VAT"))]


def prices_now(draft: Order) -> Values:
    return {name: getattr(draft, name) for name in PRICED}


@action(
    title=_l("Currency and VAT"),
    group="orders",
    icon="pencil",
    done=_l("Currency and VAT saved"),
    why_not=why_not_change_prices,
    inputs=(
        Input(
            "currency",
            _l("Currency"),
            kind="select",
            choices=currencies_for,
            hint=_l("Amounts stay as they were typed; nothing is converted."),
        ),
        Input("prices_include_tax", _l("VAT"), kind="choice", choices=with_or_without),
        REASON,
    ),
    initial=prices_now,
    right_title=_l("Change a draft’s currency and VAT"),
    edits=True,
    stands="block",
    on_drafts="only",
)
def change_prices(
    draft: Order,
    *,
    by: Actor,
    currency: str | None = None,
    prices_include_tax: bool | None = None,
    reason: str = "",
) -> Order:
    """Choose the draft's currency, and whether prices include VAT. Amounts stay as typed; taxes and totals follow.

    What is None stays as it is.
    """
    given = {"currency": currency, "prices_include_tax": prices_include_tax}
    new = {name: value for name, value in given.items() if value is not None}
    if currency is not None and (problem := problem_of_currency(currency)):
        raise ActionRefused(str(problem))
    changed = changes(draft, PRICED, new)
    if not changed:
        return draft

    before = draft.total
    price_anew(
        draft, str(new.get("currency", draft.currency)), bool(new.get("prices_include_tax", draft.prices_include_tax))
    )
    db.session.flush()
    recompute_status(draft)

    facts: dict[str, object] = {
        **changed,
        **({"total": [str(before), str(draft.total)]} if draft.total != before else {}),
    }
    record(Happened.PRICES_CHANGED, draft, by, currency=draft.currency, changes=facts, reason=reason.strip())
    return draft


def price_anew(draft: Order, currency: str, is_included: bool) -> None:
    """Lines are rounded anew only for a currency of other decimals: what was stated of them stays otherwise."""
    taxed = {line.id: tax_as_if(line, is_included) for line in draft.lines}
    is_coarser = decimals(currency) != decimals(draft.currency)
    draft.currency, draft.prices_include_tax = currency, is_included
    for line in draft.lines:
        total = line.total
        if is_coarser and line.kind != LineKind.DISCOUNT:
            line.total = line_total(as_edited(line), draft)
        if only_tax(line) is None:
            scale_by(line, taxed[line.id] * (line.total / total if total else ZERO))
    tax_lines(draft)
    keep_discount_possible(draft)
    sum_up(draft)


def tax_as_if(line: OrderLine, is_included: bool) -> Decimal:
    """How much more tax, as a factor, the line bears once its typed amount is with or without it."""
    was_included = line.order.prices_include_tax
    if was_included == is_included:
        return Decimal(1)
    other = line.total - line.tax_total if was_included else line.total + line.tax_total
    return line.total / other if other else Decimal(1)


def scale_by(line: OrderLine, factor: Decimal) -> None:
    """Several taxes, or one of an unknown rate: each in proportion. What they are on follows anew."""
    taxes = [(tax["name"], tax["rate"] and Decimal(tax["rate"]), Decimal(tax["amount"])) for tax in line.taxes]
    is_spread = line.kind == LineKind.DISCOUNT and bool(line.taxes) and all("base" in tax for tax in line.taxes)
    if not is_spread:  # a discount that was spread here is spread anew
        set_taxes(line, [(name, rate, rounded(amount * factor, line.order.currency)) for name, rate, amount in taxes])


def keep_discount_possible(draft: Order) -> None:
    """A discount on the whole order, in whole units of the currency, and never more than the products cost."""
    left = sum((line.total for line in draft.lines if line.kind == LineKind.PRODUCT), ZERO)
    for line in (one for one in draft.lines if one.kind == LineKind.DISCOUNT):
        total = -min(rounded(-line.unit_price * line.quantity, draft.currency), max(left, ZERO))
        left += total
        if total != line.total:
            line.total = total
            spread_discount(line)
