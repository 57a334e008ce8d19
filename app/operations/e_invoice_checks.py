"""Proving that the stored e-invoices still say what their documents do, and add up by the rules of EN 16931.

Each stands alone as XML: its sums are added up as a reader would, without what wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

from sqlalchemy import select

from app.amounts.money import ZERO
from app.einvoices.cii import EN_16931
from app.einvoices.hybrid import xml_inside
from app.einvoices.ubl import PEPPOL
from app.einvoices.xrechnung import XRECHNUNG
from app.extensions import db
from app.models import EInvoice, EInvoiceFormat, Invoice
from app.security.xml_input import UnreadableXml, read_xml

#: So many are read at once.
PER_LOOK = 100


@dataclass(frozen=True)
class Syntax:
    """Where each fact stands, below the root."""

    rules: str
    number: str
    currency: str
    line: str
    lines: str
    off: str
    net: str
    tax: str
    total: str
    row_base: str
    row_tax: str


UBL_SUMS = "LegalMonetaryTotal"
UBL_SYNTAX = Syntax(
    rules="CustomizationID",
    number="ID",
    currency="DocumentCurrencyCode",
    line="LineExtensionAmount",  # of an InvoiceLine or a CreditNoteLine
    lines=f"{UBL_SUMS}/LineExtensionAmount",
    off=f"{UBL_SUMS}/AllowanceTotalAmount",
    net=f"{UBL_SUMS}/TaxExclusiveAmount",
    tax="TaxTotal/TaxAmount",
    total=f"{UBL_SUMS}/TaxInclusiveAmount",
    row_base="TaxTotal/TaxSubtotal/TaxableAmount",
    row_tax="TaxTotal/TaxSubtotal/TaxAmount",
)
CII_SETTLEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
CII_SUMS = f"{CII_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"
CII_SYNTAX = Syntax(
    rules="ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",
    number="ExchangedDocument/ID",
    currency=f"{CII_SETTLEMENT}/InvoiceCurrencyCode",
    line="SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement"
    "/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
    lines=f"{CII_SUMS}/LineTotalAmount",
    off=f"{CII_SUMS}/AllowanceTotalAmount",
    net=f"{CII_SUMS}/TaxBasisTotalAmount",
    tax=f"{CII_SUMS}/TaxTotalAmount",
    total=f"{CII_SUMS}/GrandTotalAmount",
    row_base=f"{CII_SETTLEMENT}/ApplicableTradeTax/BasisAmount",
    row_tax=f"{CII_SETTLEMENT}/ApplicableTradeTax/CalculatedAmount",
)

#: Per format its syntax, and by whose rules it says that it is.
SYNTAXES: Mapping[EInvoiceFormat, tuple[Syntax, str]] = {
    EInvoiceFormat.UBL: (UBL_SYNTAX, PEPPOL),
    EInvoiceFormat.XRECHNUNG: (UBL_SYNTAX, XRECHNUNG),
    EInvoiceFormat.CII: (CII_SYNTAX, EN_16931),
    EInvoiceFormat.FACTUR_X: (CII_SYNTAX, EN_16931),
}


def e_invoice_findings() -> Iterator[str]:
    last = 0
    query = select(EInvoice.id, EInvoice.format, EInvoice.content, Invoice).join(
        Invoice, Invoice.id == EInvoice.invoice_id
    )
    while rows := db.session.execute(query.where(EInvoice.id > last).order_by(EInvoice.id).limit(PER_LOOK)).all():
        for _id, kind, content, invoice in rows:
            if wrong := fault_of_e_invoice(kind, content, invoice):
                yield f"{invoice.number}: its e-invoice ({kind}) {wrong}"
        last = rows[-1].id


def fault_of_e_invoice(kind: EInvoiceFormat, content: bytes, invoice: Invoice) -> str:
    """What it says otherwise than its document, or what does not add up; "" when all is well."""
    try:
        tree = read_xml(xml_inside(content) if kind == EInvoiceFormat.FACTUR_X else content)
        return first_fault(tree, *SYNTAXES[kind], invoice)
    except (UnreadableXml, InvalidOperation, KeyError, ValueError, IndexError):
        return "can’t be read"


def first_fault(tree: ElementTree.Element, syntax: Syntax, rules: str, invoice: Invoice) -> str:
    says, sign = invoice.snapshot, -1 if invoice.is_credit_note else 1
    difference = sum((Decimal(line["amount"]) for line in says["lines"] if line["kind"] == "difference"), ZERO)
    net, tax, total = (amount(tree, path) for path in (syntax.net, syntax.tax, syntax.total))
    lines = amount(tree, syntax.lines)
    rules_kept = {
        "is by other rules": text_at(tree, syntax.rules) == rules,
        "is of another document": text_at(tree, syntax.number) == invoice.number,
        "is in another currency": text_at(tree, syntax.currency) == invoice.currency,
        "has another total": total == sign * (Decimal(says["total"]) - difference),
        "has another VAT": tax == sign * Decimal(says["tax"]),
        "has lines that don’t add up": sum(line_amounts(tree, syntax), ZERO) == lines,
        "has sums that don’t add up": lines - amount(tree, syntax.off) == net and net + tax == total,
        "has VAT that doesn’t add up": sum(amounts(tree, syntax.row_tax), ZERO) == tax,
        "has bases of VAT that don’t add up": sum(amounts(tree, syntax.row_base), ZERO) == net,
    }
    return next((fault for fault, is_kept in rules_kept.items() if not is_kept), "")


def line_amounts(tree: ElementTree.Element, syntax: Syntax) -> list[Decimal]:
    if syntax is CII_SYNTAX:
        return amounts(tree, syntax.line)
    kind = "CreditNoteLine" if tree.tag.endswith("}CreditNote") else "InvoiceLine"
    return amounts(tree, f"{kind}/{syntax.line}")


def amounts(tree: ElementTree.Element, path: str) -> list[Decimal]:
    return [Decimal(one.text or "") for one in found_at(tree, path)]


def amount(tree: ElementTree.Element, path: str) -> Decimal:
    return sum(amounts(tree, path), ZERO)


def text_at(tree: ElementTree.Element, path: str) -> str:
    return next((one.text or "" for one in found_at(tree, path)), "")


def found_at(tree: ElementTree.Element, path: str) -> list[ElementTree.Element]:
    """By local names: both syntaxes have namespaces of their own."""
    return tree.findall("/".join(f"{{*}}{name}" for name in path.split("/")))
