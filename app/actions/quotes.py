"""Quotes of drafts: sent to the customer, who accepts them by a link, and how long they are valid."""

from __future__ import annotations

from decimal import Decimal

from babel.dates import format_date
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails, queries
from app.accounting.margins import take_margins
from app.actions.declaration import Input, action
from app.actions.drafts import make_order, why_not_place_draft
from app.actions.tasks import add_task
from app.columns import now
from app.config import locale_of, site_address
from app.documents.quotes import hash_offer, make_quote
from app.documents.snapshots import local_day
from app.documents.wording import Writing
from app.errors import ActionRefused
from app.history import SYSTEM, Actor, Happened, record
from app.mails.one_time import GAP
from app.models import Order, Quote

LONGEST = 365

#: Where the link of a mail leads, on the customers' site.
PATH = "/account/quote/"


def days_valid(draft: Order) -> int:
    return queries.shop().quote_days if draft.quote_days is None else draft.quote_days


VALID = Input("days", _l("Valid for how many days"), kind="amount", initial=days_valid)


def why_not_change_validity(draft: Order) -> str:
    if not draft.is_draft:
        return _("This is an order already.")
    return _("The draft is discarded. Reopen it first.") if draft.cancelled_at else ""


@action(
    title=_l("Validity"),
    group="orders",
    icon="pencil",
    done=_l("Validity saved"),
    why_not=why_not_change_validity,
    inputs=(VALID,),
    right_title=_l("Change how long a draft’s quotes are valid"),
    edits=True,
    stands="block",
    on_drafts="only",
)
def change_validity(draft: Order, *, by: Actor, days: Decimal) -> Order:
    """Say for how many days quotes of this draft are valid from now on. One that was sent stays as it is."""
    if days != days.to_integral_value() or not 1 <= days <= LONGEST:
        raise ActionRefused(_("Valid for how many days: a whole number from 1 to %(most)s.", most=LONGEST))
    if days != days_valid(draft):
        draft.quote_days = int(days)
        record(Happened.VALIDITY_CHANGED, draft, by, count=draft.quote_days)
    return draft


def why_not_quote(draft: Order) -> str:
    """Only what can be placed is offered."""
    return why_not_place_draft(draft)


def why_not_send_quote(draft: Order) -> str:
    return why_not_quote(draft) or ("" if draft.email else _("The draft has no e-mail address. Enter one first."))


@action(
    title=_l("Send quote"),
    group="orders",
    icon="send",
    done=_l("The quote is on its way"),
    why_not=why_not_send_quote,
    mail="quote",
    inputs=(VALID,),
    right_title=_l("Send quotes"),
    stands="block",
    on_drafts="only",
)
def send_quote(draft: Order, *, by: Actor, days: Decimal | None = None) -> Order:
    """Mail the quote of the draft as it is, as PDF, with a link by which the customer accepts it; also again."""
    if days is not None:
        change_validity(draft, by=by, days=days)
    take_margins(draft, queries.shop())
    quote = make_quote(draft)

    again = mails.times_queued("quote", f"quote:{quote.id}")
    mail = mails.queue(
        "quote",
        draft,
        once_key=f"quote:{quote.id}:{again + 1}",
        by=by,
        quote=quote,
        language=quote.language,
        words=words_of_quote(quote),
        asked_for=True,
    )
    if mail is not None:
        record(Happened.QUOTE_SENT, draft, by, number=str(quote), address=mail.to_address)
    return draft


def words_of_quote(quote: Quote) -> dict[str, str]:
    """Without the address that this installation is reached at, the mail has no link."""
    writing = Writing(quote.language, quote.snapshot["currency"])
    return {
        "quote_number": str(quote),
        "quote_total": writing.money(quote.snapshot["total"]),
        "quote_valid_until": writing.day(quote.valid_until),
        "quote_link": f"{site_address()}{PATH}{GAP}" if site_address() else "",
    }


# --- accepted by the customer ---------------------------------------------------------------------------------------


def why_not_accept_quote(quote: Quote) -> str:
    """A sentence for the customer."""
    draft = quote.order
    if not draft.is_draft:
        return _("This has been ordered already.")
    if draft.cancelled_at:
        return _("This quote was withdrawn. Please ask us for a new one.")
    if hash_offer(draft) != quote.says:
        return _("This quote has changed since it was sent. Please ask us for the new one.")
    if local_day(now(), queries.shop()) > quote.valid_until:
        locale = get_locale()
        day = format_date(quote.valid_until, "long", locale=locale_of(locale.language if locale else "en"))
        return _("This quote was valid until %(day)s. Please ask us for a new one.", day=day)
    return _("This quote can’t be accepted now. Please ask us why.") if why_not_quote(draft) else ""


def accept_quote(quote: Quote, *, by: Actor) -> Order:
    """Place the draft exactly as it was quoted. The caller has locked its order."""
    if reason := why_not_accept_quote(quote):
        raise ActionRefused(reason)
    draft = quote.order
    quote.accepted_at = now()
    record(Happened.QUOTE_ACCEPTED, draft, by, number=str(quote), amount=draft.total)
    make_order(draft, by=by)
    with force_locale(locale_of(queries.shop().language)):
        add_task(draft, by=SYSTEM, description=_("Quote %(number)s was accepted.", number=str(quote)))
    return draft
