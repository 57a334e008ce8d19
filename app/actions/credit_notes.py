"""Credit notes: the counter-action of an invoice, for all of it or for part.

There is no undo: what a credit note says never changes. The counter-action is a new invoice of a new order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails, queries
from app.accounting.crediting import (
    billed,
    can_be_credited,
    invoice_lines,
    is_fully_credited,
    left_to_credit,
    left_to_pay,
    parts_to_credit,
    taken_of,
    total_to_credit,
)
from app.accounting.discounts import following, price_paid
from app.accounting.settling import settle
from app.accounting.states import recompute_status
from app.actions.declaration import REASON, Input, InRows, Step, action, has_address
from app.actions.goods import count_not_sent, credited_goods, drop_goods
from app.actions.invoices import mail_invoice
from app.actions.returns import (
    NOTE,
    RETURN_REASON,
    WHAT,
    complete_when_settled,
    open_return,
    quantities_on,
    receive_return,
    returnable,
)
from app.actions.stock import hold_products, put_back_unsent
from app.amounts.allocation import Entry, Part, total_of
from app.amounts.money import ZERO, format_amount, rounded
from app.columns import now
from app.documents import snapshots
from app.einvoices.sending import queue_when_issued
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Invoice, InvoiceKind, LineKind, MovementKind, Order, OrderLine, Return, ReturnStatus
from app.numbering import draw
from app.queries import search

NOTIFY = Input("notify", _l("Send the credit note to the customer"), kind="tick", initial=has_address)
RESTOCK = Input("restock", _l("Put back in stock"), kind="tick")


def why_not_create_credit_note(invoice: Invoice) -> str:
    if invoice.kind != InvoiceKind.INVOICE:
        return _("This is a credit note already.")
    return "" if can_be_credited(invoice) else _("Everything on this invoice is credited.")


def creditable(invoice: Invoice) -> dict[int, Decimal]:
    """Per order line how many pieces are left to credit. A discount on the whole order goes back with its goods."""
    left = left_to_credit(invoice)
    going_along = {line.id for line in following(invoice.order, left)}
    return {
        line_id: part.quantity
        for line_id, part in left.items()
        if line_id is not None and part.quantity > 0 and line_id not in going_along
    }


def creditable_amounts(invoice: Invoice) -> dict[int, Decimal]:
    """As it was paid: without its share of a discount on the whole order, with or without tax as its prices are."""
    whole, left = billed(invoice.lines), left_to_credit(invoice)
    prices = {line_id: price_paid(invoice.order, line_id, whole, left) for line_id in left if line_id is not None}
    return {line_id: price for line_id, price in prices.items() if price > 0}


def sent_or_not(invoice: Invoice) -> dict[int, Decimal]:
    """Per order line of which some were sent and some were not: how many of those that were can be credited."""
    most = creditable(invoice)
    sent = {line.id: min(line.sent_uncredited, most.get(line.id, ZERO)) for line in invoice.order.lines}
    by_id = {line.id: line for line in invoice.order.lines}
    return {line_id: quantity for line_id, quantity in sent.items() if quantity > 0 < count_not_sent(by_id[line_id])}


@action(
    title=_l("Create credit note"),
    group="credit",
    icon="receipt-refund",
    done=_l("Credit note created"),
    mail="credit_note",
    final=True,
    why_not=why_not_create_credit_note,
    inputs=(
        Input("everything", _l("Everything that is left on the invoice"), kind="tick"),
        Input("quantities", _l("Quantities"), kind="quantities", choices=creditable),
        Input("amounts", _l("Amounts"), kind="quantities", choices=creditable_amounts),
        Input("sent", _l("Of these, so many were sent"), kind="quantities", choices=sent_or_not),
        Input("kept", _l("What was sent stays with the customer"), kind="tick"),
        RETURN_REASON,
        WHAT,
        NOTE,
        replace(REASON, name="why"),
        RESTOCK,
        NOTIFY,
    ),
    right_title=_l("Credit an invoice"),
    dialog="credit_note",
    stands="block",
    in_rows=InRows(lambda invoice: not invoice.is_credit_note and not is_fully_credited(invoice)),
)
def create_credit_note(
    invoice: Invoice,
    *,
    by: Actor,
    quantities: dict[int, Decimal] | None = None,
    amounts: dict[int, Decimal] | None = None,
    everything: bool = False,
    sent: dict[int, Decimal] | None = None,
    kept: bool = False,
    restock: bool = False,
    notify: bool = False,
    reason: str = "",
    action: str = "",
    note: str = "",
    why: str = "",
) -> Invoice:
    """Credit quantities per order line, and amounts for parts of lines; without either, everything that is left.

    Shipping and payment costs are lines like any other. Amounts are with or without tax, as the order's prices are.
    Credited goods that were not sent will not go. Those that were sent come back, by a return that is made at once with
    this `reason`, or are kept. `sent` says how many of the credited quantities were sent; as few as can be where it
    says nothing. `why` is for History.
    """
    if everything or (quantities is None and amounts is None):
        quantities, amounts = all_that_is_left(invoice), {}
    quantities = {line_id: quantity for line_id, quantity in (quantities or {}).items() if quantity}
    amounts = {line_id: amount for line_id, amount in (amounts or {}).items() if amount}
    refuse_too_much(invoice, quantities, amounts)
    refuse_too_much_sent(invoice.order, quantities, sent or {})
    goods = credited_goods(invoice.order, quantities, sent or {})

    if restock:
        hold_products(invoice.order)
    credit_note = issued(invoice, quantities, amounts)
    drop_goods(invoice.order, goods.to_drop, by=by)
    coming_back = {} if kept else goods.sent
    goods_return = return_of(invoice.order, coming_back, by=by, reason=reason, action=action, note=note)
    said = why.strip() or reason
    follow_up(credit_note, goods_return, goods.not_sent, by=by, restock=restock, notify=notify, reason=said)
    return credit_note


def follow_up(
    credit_note: Invoice,
    goods_return: Return | None,
    never_left: Mapping[int, Decimal],
    *,
    by: Actor,
    restock: bool,
    notify: bool,
    reason: str,
) -> None:
    """What comes with every credit note: the return that it settles, stock, and the mail."""
    order = credit_note.order
    if goods_return and goods_return.credit_note is None:
        goods_return.credit_note = credit_note
        db.session.flush()
    recompute_status(order)  # what was credited before it went is not to be sent any more
    record(
        Happened.CREDIT_NOTE_ISSUED,
        order,
        by,
        number=credit_note.number,
        invoice=next(invoice.number for invoice in order.invoices if invoice.id == credit_note.credits_id),
        amount=-credit_note.total,
        reason=reason,
    )
    put_goods_back(credit_note, goods_return, never_left, restock=restock, by=by)
    if goods_return:
        complete_when_settled(goods_return, by)

    if notify:
        mail_invoice(credit_note, by=by, words=mails.words_to_send_back(order, [goods_return] if goods_return else []))


def all_that_is_left(invoice: Invoice) -> dict[int, Decimal]:
    """Whoever takes the last of a line takes all of its money, too."""
    return {line_id: part.quantity for line_id, part in left_to_credit(invoice).items() if line_id is not None}


def refuse_too_much(invoice: Invoice, quantities: Mapping[int, Decimal], amounts: Mapping[int, Decimal]) -> None:
    """Neither of a line nor in all more than is left; and nothing that the customer would have to pay for."""
    if not quantities and not amounts:
        raise ActionRefused(_("Enter at least one quantity or amount to credit."))
    before = left_to_credit(invoice)
    for line_id, quantity in quantities.items():
        if not ZERO < quantity <= before.get(line_id, Part()).quantity:
            raise ActionRefused(
                _("There is less left to credit than %(quantity)s. Look at the invoice again.", quantity=quantity)
            )
    refuse_discount_alone(invoice, quantities)
    (_entries, after), whole = taken_of(invoice, quantities, {}), billed(invoice.lines)
    for line_id, amount in amounts.items():
        refuse_amount(invoice, amount, price_paid(invoice.order, line_id, whole, after) if line_id in after else ZERO)

    taken, _left = taken_of(invoice, quantities, amounts)
    gross = invoice.order.prices_include_tax
    open_parts = [part for line_id, part in before.items() if line_id and part.is_open(invoice.currency, gross=gross)]
    most = sum((part.in_units(invoice.currency).gross for part in open_parts), ZERO)
    if invoice.total >= 0 and not ZERO <= total_of(taken) <= most:
        raise ActionRefused(
            _(
                "Credit the discount together with the products: the invoice has %(most)s left.",
                most=text(most, invoice),
            )
        )


def refuse_too_much_sent(order: Order, quantities: Mapping[int, Decimal], sent: Mapping[int, Decimal]) -> None:
    by_id = {line.id: line for line in order.lines}
    for line_id, quantity in sent.items():
        if quantity > quantities.get(line_id, ZERO):
            raise ActionRefused(
                _("Fewer than %(quantity)s are credited of a line of which so many were sent.", quantity=quantity)
            )
        if quantity and not ZERO < quantity <= by_id[line_id].sent_uncredited:
            raise ActionRefused(
                _("Fewer than %(quantity)s were sent and are not credited. Look at the order again.", quantity=quantity)
            )


def refuse_discount_alone(invoice: Invoice, quantities: Mapping[int, Decimal]) -> None:
    """A discount on the whole order goes back with its goods by itself: by hand only together with all of them."""
    _entries, after = taken_of(invoice, {one: many for one, many in quantities.items() if one in goods(invoice)}, {})
    if any(line.id in quantities for line in following(invoice.order, after)):
        raise ActionRefused(_("The discount is credited with its products, in proportion: leave it out."))


def goods(invoice: Invoice) -> set[int]:
    return {line.id for line in invoice.order.lines if line.kind != LineKind.DISCOUNT}


def refuse_amount(invoice: Invoice, amount: Decimal, most: Decimal) -> None:
    if amount != rounded(amount, invoice.currency):
        raise ActionRefused(
            _(
                "%(amount)s has too many decimals for an amount in %(currency)s.",
                amount=amount,
                currency=invoice.currency,
            )
        )
    if not ZERO < amount <= most:
        raise ActionRefused(_("At most %(most)s of this line can be credited.", most=text(most, invoice)))


def text(amount: Decimal, invoice: Invoice) -> str:
    return format_amount(rounded(amount, invoice.currency), invoice.currency, str(get_locale() or "en"))


def issued(
    invoice: Invoice,
    quantities: Mapping[int, Decimal],
    amounts: Mapping[int, Decimal],
    *,
    makes_anew: bool = False,
    return_id: int | None = None,
) -> Invoice:
    """The credit note with its number, lines and snapshot; what is no longer open is settled.

    `makes_anew`: what it credits is invoiced again at once, so nothing of the order is given up by it.
    `return_id`: of a return that has its first credit note already.
    """
    order, shop = invoice.order, queries.shop()
    parts, by_id = parts_to_credit(invoice, quantities, amounts), {line.id: line for line in order.lines}
    credit_note = Invoice(
        order=order,
        kind=InvoiceKind.CREDIT_NOTE,
        number=draw("credit_note" if shop.credit_notes_own_series else "invoice", demo=order.is_demo),
        credits_id=invoice.id,
        makes_anew=makes_anew,
        return_id=return_id,
        issued_at=now(),
        language=order.language,
        currency=invoice.currency,
        is_demo=order.is_demo,
    )
    with db.session.no_autoflush:  # it reads parts of the order while the credit note is only half written
        put_on(credit_note, parts, by_id)
        snapshots.fix(credit_note, order, shop)
    db.session.add(credit_note)
    db.session.flush()
    (recompute_status if makes_anew else settle)(order)  # the money stays with what is made anew
    search.index(order)
    queue_when_issued(credit_note)
    return credit_note


def put_on(credit_note: Invoice, parts: Sequence[Entry], by_id: Mapping[int, OrderLine]) -> None:
    """Put the parts on the credit note, and count their quantities as credited, or as to be invoiced anew."""
    credit_note.lines.extend(invoice_lines(parts, sign=-1))
    for line_id, part in parts:
        if line_id is not None and credit_note.makes_anew:
            by_id[line_id].invoiced -= part.quantity
        elif line_id is not None:
            by_id[line_id].credited += part.quantity
    credit_note.net_total = sum((line.net for line in credit_note.lines), ZERO)
    credit_note.tax_total = sum((line.tax for line in credit_note.lines), ZERO)
    credit_note.total = credit_note.net_total + credit_note.tax_total


def return_of(
    order: Order, quantities: Mapping[int, Decimal], *, by: Actor, reason: str, action: str, note: str
) -> Return | None:
    """The return of what was sent of the credited goods, made at once; None when nothing comes back."""
    back = {line.id: min(quantities.get(line.id, ZERO), returnable(line)) for line in order.lines}
    back = {line_id: quantity for line_id, quantity in back.items() if quantity > 0}
    return open_return(order, by=by, quantities=back, reason=reason, action=action, note=note) if back else None


def put_goods_back(
    credit_note: Invoice,
    goods_return: Return | None,
    never_left: Mapping[int, Decimal],
    *,
    restock: bool,
    by: Actor,
) -> None:
    """In stock or not: what comes back by the return, and what never left.

    A return that was received said so itself; of one that is still to come it is said when it is received.
    """
    if restock and goods_return and goods_return.received_at is None:
        receive_return(goods_return, by=by, restock=True)
    put_back_unsent(
        credit_note.order, never_left, restock=restock, kind=MovementKind.RETURNED, document=credit_note, by=by
    )


# --- the credit note of a return ------------------------------------------------------------------------------------


def why_not_credit_return(goods_return: Return) -> str:
    if goods_return.credit_note_id:
        return _("This return has its credit note.")
    if goods_return.status == ReturnStatus.REJECTED:
        return _("This return is rejected.")
    if not goods_return.order.invoices:
        return why_nothing_to_credit(goods_return.order)
    return "" if parts_of_return(goods_return) else _("The invoices don’t have all these goods left to credit.")


def is_to_come(goods_return: Return) -> bool:
    """Whether it is still to be said if its goods go back in stock: who received them said so."""
    return goods_return.received_at is None


@action(
    title=_l("Create credit note"),
    group="credit",
    icon="receipt-refund",
    done=_l("Credit note created"),
    mail="credit_note",
    final=True,
    why_not=why_not_credit_return,
    inputs=(REASON, replace(RESTOCK, is_asked=is_to_come), NOTIFY),
    right_title=_l("Credit a return"),
    stands="block",
    step=Step(3, lambda goods_return: goods_return.status == ReturnStatus.RECEIVED),
)
def credit_return(
    goods_return: Return, *, by: Actor, restock: bool = False, notify: bool = False, reason: str = ""
) -> list[Invoice]:
    """Credit what a return brings back, a credit note for each invoice; from then on the return can't be modified."""
    parts = parts_of_return(goods_return)
    for invoice, quantities in parts:
        refuse_too_much(invoice, quantities, {})

    if restock:
        hold_products(goods_return.order)
    notes: list[Invoice] = []
    for invoice, quantities in parts:
        notes.append(issued(invoice, quantities, {}, return_id=goods_return.id if notes else None))
        follow_up(notes[-1], goods_return, {}, by=by, restock=restock, notify=notify, reason=reason.strip())
    return notes


def parts_of_return(goods_return: Return) -> list[tuple[Invoice, dict[int, Decimal]]]:
    """The first invoice that has all of the return left to credit, else each with what it has; [] when that is less."""
    wanted = quantities_on(goods_return)
    invoices = [one for one in goods_return.order.invoices if one.kind == InvoiceKind.INVOICE]
    if single := next((one for one in invoices if has_left(one, wanted)), None):
        return [(single, wanted)]
    parts = []
    for invoice in invoices:
        left = left_to_credit(invoice)
        part = {line_id: min(many, left.get(line_id, Part()).quantity) for line_id, many in wanted.items()}
        if part := {line_id: many for line_id, many in part.items() if many > 0}:
            parts.append((invoice, part))
            wanted = {line_id: many - part.get(line_id, ZERO) for line_id, many in wanted.items()}
    return [] if any(wanted.values()) else parts


def has_left(invoice: Invoice, quantities: Mapping[int, Decimal]) -> bool:
    left = left_to_credit(invoice)
    return all(quantity <= left.get(line_id, Part()).quantity for line_id, quantity in quantities.items())


def notes_of(goods_return: Return) -> list[Invoice]:
    """The credit notes that settle a return: one for each invoice that its goods were on."""
    own = goods_return.credit_note_id
    return [one for one in goods_return.order.invoices if own and (one.id == own or one.return_id == goods_return.id)]


def reimbursable(goods_return: Return) -> Decimal | None:
    """What the credit notes of a return say or would say; None while there is no invoice to credit."""
    if goods_return.credit_note_id:
        return rounded(credited_for(goods_return, notes_of(goods_return)), goods_return.order.currency)
    parts = parts_of_return(goods_return)
    if not parts or goods_return.status == ReturnStatus.REJECTED:
        return None
    return sum((total_to_credit(invoice, quantities) for invoice, quantities in parts), ZERO)


#: What a credit note says for goods: they themselves, their share of a discount, and what rounding left.
OF_GOODS = (LineKind.PRODUCT, LineKind.DISCOUNT, None)


def credited_for(goods_return: Return, notes: Sequence[Invoice]) -> Decimal:
    """What the credit notes say of the goods of the return: they may also credit what never went, and costs."""
    quantities, credited = quantities_on(goods_return), billed(line for note in notes for line in note.lines)
    kinds: dict[int | None, LineKind] = {line.id: line.kind for line in goods_return.order.lines}
    goods = {one: part for one, part in credited.items() if kinds.get(one) == LineKind.PRODUCT and part.quantity}
    is_all = {line_id: -part.quantity for line_id, part in goods.items()} == quantities
    if is_all and all(kinds.get(line_id) in OF_GOODS for line_id in credited):
        return -sum((note.total for note in notes), ZERO)
    own = sum((goods[one].gross * many / goods[one].quantity for one, many in quantities.items() if one in goods), ZERO)
    whole = sum((part.gross for part in goods.values()), ZERO)
    off = sum((part.gross for one, part in credited.items() if kinds.get(one) == LineKind.DISCOUNT), ZERO)
    return own + off * own / whole if whole else own


# --- a whole order --------------------------------------------------------------------------------------------------


def invoices_to_credit(order: Order) -> list[Invoice]:
    return [invoice for invoice in order.invoices if invoice.kind == InvoiceKind.INVOICE and can_be_credited(invoice)]


def why_not_credit_order(order: Order) -> str:
    if not order.invoices:
        return why_nothing_to_credit(order)
    return "" if invoices_to_credit(order) else _("Everything that was invoiced is credited.")


def why_nothing_to_credit(order: Order) -> str:
    if order.is_invoiced_elsewhere:
        return _("The order is invoiced elsewhere: it is credited there, too.")
    return _("There is no invoice to credit.")


def numbers_to_credit(order: Order) -> list[str]:
    return [invoice.number for invoice in invoices_to_credit(order)]


def invoices_to_tick(order: Order) -> list[tuple[str, str]]:
    """Each with what is left of it."""
    return [(one.number, f"{one.number} · {text(left_to_pay(one), one)}") for one in invoices_to_credit(order)]


@action(
    title=_l("Create credit note"),
    group="credit",
    icon="receipt-refund",
    done=_l("Credit note created"),
    bulk=True,
    mail="credit_note",
    final=True,
    why_not=why_not_credit_order,
    inputs=(
        Input("invoices", _l("Invoices"), kind="ticks", initial=numbers_to_credit, choices=invoices_to_tick),
        REASON,
        RESTOCK,
        NOTIFY,
    ),
    right_title=_l("Credit a whole order"),
    stands="lists",
    in_rows=InRows(lambda row: row.invoiced > row.credited),
)
def credit_order(
    order: Order,
    *,
    by: Actor,
    invoices: list[str] | None = None,
    notify: bool = False,
    restock: bool = False,
    reason: str = "",
) -> list[Invoice]:
    """Credit everything that is left on these invoices, by their numbers, or on all: a credit note for each."""
    left = {invoice.number: invoice for invoice in invoices_to_credit(order)}
    wanted = list(left) if invoices is None else list(dict.fromkeys(invoices))
    if not wanted:
        raise ActionRefused(_("Choose at least one invoice to credit."))
    if unknown := [number for number in wanted if number not in left]:
        raise ActionRefused(
            _("%(number)s is no invoice of this order with something left to credit.", number=unknown[0])
        )
    chosen = [left[number] for number in wanted]
    return [create_credit_note(one, by=by, notify=notify, restock=restock, why=reason) for one in chosen]


def write_off(order: Order, *, by: Actor) -> None:
    """Credit all that is left on its invoices where nothing comes back: no return, no stock, no mail.

    What becomes of goods that are still to go, the caller says.
    """
    for invoice in invoices_to_credit(order):
        credit_note = issued(invoice, all_that_is_left(invoice), {})
        follow_up(credit_note, None, {}, by=by, restock=False, notify=False, reason="")
