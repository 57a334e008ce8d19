"""What payment providers pay out, as they report it: an account of its own, gross in, fees and payouts out.

Of each payout the payments less the fees are what goes to the bank, to the cent; else the file is not read.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.intake_readers.csv.cells import date_readings, number_readings
from app.models import Purpose
from app.statements.statement import BankLine, BankStatement, UnreadableStatement, refuse_cut_off, tidy_text


@dataclass(frozen=True)
class Provider:
    """A provider by the columns of its report; each of our fields by the names it may have there."""

    title: str
    columns: dict[str, tuple[str, ...]]
    mark: str = "."
    fee_rows: tuple[str, ...] = ()  # how a row begins that is a fee of its own
    payout_rows: tuple[str, ...] = ()  # what a row says that was paid out
    left_out: tuple[str, ...] = ()  # what the status of a row says that moved no money yet
    needs: tuple[str, ...] = ("day", "payout")


PROVIDERS = (
    Provider(
        "Mollie",
        {
            "day": ("Date",), "gross": ("Settlement amount",), "currency": ("Settlement currency",),
            "payout": ("Settlement reference",), "id": ("ID",), "text": ("Description",), "name": ("Consumer name",),
            "iban": ("Consumer bank account",),
        },
        fee_rows=("Withheld fees", "Ingehouden transactiekosten"),
    ),
    Provider(
        "Stripe",
        {
            "day": ("automatic_payout_effective_at_utc", "automatic_payout_effective_at", "created_utc"),
            "gross": ("gross",), "fee": ("fee",), "net": ("net",), "currency": ("currency",),
            "payout": ("automatic_payout_id",), "id": ("balance_transaction_id",), "text": ("description",),
            "order": ("payment_metadata[order_id]",), "kind": ("reporting_category",),
        },
        fee_rows=("fee",),
        payout_rows=("payout",),
    ),
    Provider(
        "Adyen",
        {
            "day": ("Creation Date",), "credit": ("Gross Credit (GC)",), "debit": ("Gross Debit (GC)",),
            "net_credit": ("Net Credit (NC)",), "net_debit": ("Net Debit (NC)",), "currency": ("Net Currency",),
            "payout": ("Batch Number",), "id": ("Psp Reference",),
            "order": ("Merchant Reference",), "kind": ("Type",), "text": ("Modification Reference",),
        },
        fee_rows=("Fee", "InvoiceDeduction", "DepositCorrection"),
        payout_rows=("MerchantPayout",),
    ),
    Provider(
        "Shopify",
        {
            "day": ("Payout Date",), "gross": ("Amount",), "fee": ("Fee",), "net": ("Net",), "currency": ("Currency",),
            "payout": ("Payout ID",), "id": ("Checkout",), "order": ("Order",), "kind": ("Type",),
            "status": ("Payout Status",),
        },
        left_out=("pending", "scheduled", "in_transit", "failed", "canceled"),
    ),
    Provider(
        "Klarna",
        {
            "day": ("payout_date", "sale_date", "capture_date"), "gross": ("amount",),
            "currency": ("currency", "currency_code"),
            "payout": ("payment_reference",), "id": ("capture_id", "klarna_reservation_number"),
            "order": ("merchant_reference1",), "kind": ("type",),
        },
        fee_rows=("FEE",),
    ),
    Provider(
        "PayPal",
        {
            "day": ("Datum", "Date", "Fecha"), "gross": ("Brutto", "Gross", "Bruto", "Avant commission"),
            "fee": ("Gebühr", "Fee", "Kosten", "Commission", "Comisión"), "net": ("Netto", "Net", "Neto"),
            "currency": ("Währung", "Currency", "Valuta", "Devise", "Divisa"),
            "name": ("Name", "Naam", "Nom", "Nombre"),
            "id": (
                "Transaktionscode", "Transaction ID", "Transactiereferentie", "Numéro de transaction",
                "Id. de transacción",
            ),
            "order": ("Rechnungsnummer", "Invoice Number", "Factuurnummer", "Numéro de facture", "Número de factura"),
            "text": ("Typ", "Type", "Tipo"),
            "status": (
                "Auswirkung auf Guthaben", "Balance Impact", "Effect op saldo", "Impact sur le solde",
                "Impacto en saldo",
            ),
        },
        mark=",",
        left_out=("Memo",),
        needs=("day", "order", "fee", "net", "status"),
    ),
)  # fmt: skip

ReportRow = dict[str, str]


def read_payouts(text: str) -> list[BankStatement] | None:
    """None where the file is no provider's report."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for separator in ",;\t":
        try:
            rows = list(csv.reader(io.StringIO(text), delimiter=separator))
        except csv.Error:
            continue
        header = [tidy_text(cell) for cell in rows[0]] if rows else []
        for provider in PROVIDERS:
            if (places := places_in(header, provider)) is not None:
                return read_report(provider, places, len(header), rows)
    return None


def places_in(header: list[str], provider: Provider) -> dict[str, int] | None:
    """Where each field stands; None where one is missing that the report can't be without."""
    found = {
        field: next((header.index(name) for name in names if name in header), -1)
        for field, names in provider.columns.items()
    }
    is_money = any(found.get(name, -1) >= 0 for name in ("gross", "credit"))
    if not is_money or any(found.get(name, -1) < 0 for name in provider.needs):
        return None
    return found


def read_report(provider: Provider, places: dict[str, int], width: int, rows: list[list[str]]) -> list[BankStatement]:
    by_payout: dict[tuple[str, str], list[BankLine]] = {}
    for number, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < width:
            said = _("row %(number)s has %(found)s cells of %(count)s", number=number, found=len(cells), count=width)
            raise refuse_cut_off(said)
        row = {name: tidy_text(cells[place]) if place >= 0 else "" for name, place in places.items()}
        if row.get("status", "") in provider.left_out:
            continue
        payout = row.get("payout", "")
        by_payout.setdefault((payout, row["currency"].upper()), []).append(read_payment(provider, row, number))
    return [close_payout(provider, payout, currency, lines) for (payout, currency), lines in by_payout.items()]


def close_payout(provider: Provider, payout: str, currency: str, lines: list[BankLine]) -> BankStatement:
    """Where a report doesn't say the payout as a row, it is what the rows of one come to."""
    left = sum((line.amount - line.fee for line in lines), ZERO)
    is_stated = any(line.purpose == Purpose.PAYOUT for line in lines)
    if is_stated and payout and left:
        raise UnreadableStatement(
            _(
                "Payout %(number)s of %(provider)s does not add up: its payments and fees differ by %(amount)s from "
                "what was paid out. Fetch the report anew.",
                number=payout,
                provider=provider.title,
                amount=left,
            )
        )
    if payout and not is_stated:
        lines.append(paid_out(provider, payout, -left, max(line.booked_on for line in lines)))
    return BankStatement(provider.title, currency, tuple(lines), number=payout)


def paid_out(provider: Provider, payout: str, amount: Decimal, on: date) -> BankLine:
    reference = f"payout {payout}"
    return BankLine(
        on,
        amount,
        text=f"{provider.title} {payout}",
        bank_reference=reference,
        end_to_end=payout,
        purpose=Purpose.PAYOUT,
    )


def read_payment(provider: Provider, row: ReportRow, number: int) -> BankLine:
    kind, text = row.get("kind", ""), row.get("text", "")
    amount, fee = read_money(provider, row, number)
    purpose = Purpose.PAYMENT
    if (kind or text).startswith(provider.fee_rows):
        purpose = Purpose.FEE
    elif is_payout(provider, row, kind, amount):
        purpose = Purpose.PAYOUT
    order = row.get("order", "")
    booked_on, payout = read_report_day(row["day"], number), row.get("payout", "")
    if purpose == Purpose.PAYOUT and payout:
        return paid_out(provider, payout, amount, booked_on)
    return BankLine(
        booked_on=booked_on,
        amount=amount,
        name=row.get("name", ""),
        iban=row.get("iban", ""),
        text=tidy_text(f"{order} {'' if order and order in text else text}".strip() or kind),
        bank_reference=" ".join(part for part in (row.get("id", ""), kind) if part),
        end_to_end=order,
        fee=fee,
        purpose=purpose,
        is_reversal=purpose == Purpose.PAYMENT and kind in ("dispute", "Chargeback", "ChargebackReversed"),
    )


def is_payout(provider: Provider, row: ReportRow, kind: str, amount: Decimal) -> bool:
    """PayPal names it in the language of the account: what goes to nobody for no order."""
    if provider.payout_rows:
        return kind in provider.payout_rows
    return "payout" not in row and amount < 0 and not row["order"] and not row.get("name")


def read_money(provider: Provider, row: ReportRow, number: int) -> tuple[Decimal, Decimal]:
    """Gross and fee; the fee is what lies between gross and net, where the net is stated."""

    def cell(name: str) -> Decimal:
        return number_readings(row.get(name, "")).get(provider.mark, ZERO)

    if "credit" in row:
        net = cell("net_credit") - cell("net_debit")
        gross = cell("credit") - cell("debit") or net
        return gross, gross - net
    if not number_readings(row["gross"]):
        raise refuse_cut_off(_("row %(number)s has no day, or no amount", number=number))
    gross, fee = cell("gross"), cell("fee")
    if row.get("net") and gross - abs(fee) != cell("net") and gross + fee != cell("net"):
        raise refuse_cut_off(_("row %(number)s: the amount less the fee is not the net amount", number=number))
    return gross, gross - cell("net") if row.get("net") else fee


def read_report_day(cell: str, number: int) -> date:
    readings: dict[str, date] = {form: when.date() for form, when in date_readings(short_moment(cell)).items()}
    if not readings:
        raise refuse_cut_off(_("row %(number)s has no day, or no amount", number=number))
    return readings.get("ymd" if cell[:4].isdigit() else "dmy", next(iter(readings.values())))


def short_moment(cell: str) -> str:
    return cell.partition(" ")[0].partition("T")[0]
