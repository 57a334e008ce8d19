"""Writing an invoice or credit note as UBL 2.1, by Peppol BIS Billing 3.0. The order of elements is the schema's."""

from __future__ import annotations

from decimal import Decimal

from app.einvoices.facts import (
    Allowance,
    EInvoiceSaid,
    Identifier,
    InvoicedLine,
    PaymentAsked,
    TaxCategory,
    TaxSum,
    TradeParty,
)
from app.einvoices.xml import XML_HEAD, write_number, xml_group, xml_leaf

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd"
PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"

DISCOUNT = "95"
INVOICE, CREDIT_NOTE = "380", "381"


def write_ubl(document: EInvoiceSaid, *, by_rules_of: str = PEPPOL) -> bytes:
    root = "CreditNote" if document.is_credit_note else "Invoice"
    cac, cbc = (f"{NAMESPACE}:Common{kind}Components-2" for kind in ("Aggregate", "Basic"))
    opening = f'<{root} xmlns="{NAMESPACE}:{root}-2" xmlns:cac="{cac}" xmlns:cbc="{cbc}">'
    return f"{XML_HEAD}{opening}{ubl_head(document, by_rules_of)}{ubl_body(document)}</{root}>\n".encode()


def ubl_head(document: EInvoiceSaid, by_rules_of: str) -> str:
    is_credit_note = document.is_credit_note
    return "".join(
        [
            xml_leaf("cbc:CustomizationID", by_rules_of),
            xml_leaf("cbc:ProfileID", PROCESS),
            xml_leaf("cbc:ID", document.number),
            xml_leaf("cbc:IssueDate", document.issued_on),
            "" if is_credit_note else xml_leaf("cbc:DueDate", document.due_on),
            xml_leaf("cbc:CreditNoteTypeCode", CREDIT_NOTE)
            if is_credit_note
            else xml_leaf("cbc:InvoiceTypeCode", INVOICE),
            xml_leaf("cbc:DocumentCurrencyCode", document.currency),
            xml_leaf("cbc:BuyerReference", document.buyer_reference),
            xml_group("cac:OrderReference", xml_leaf("cbc:ID", document.order_reference)),
            ubl_credited_document(document.credits) if document.credits else "",
            xml_group("cac:AccountingSupplierParty", ubl_party(document.seller)),
            xml_group("cac:AccountingCustomerParty", ubl_party(document.buyer)),
            ubl_delivery(document),
            ubl_payment(document.payment) if document.payment else "",
        ]
    )


def ubl_body(document: EInvoiceSaid) -> str:
    sums, currency = document.sums, document.currency

    def money(name: str, value: Decimal) -> str:
        return ubl_amount_in(currency, name, value)

    total = xml_group(
        "cac:LegalMonetaryTotal",
        money("LineExtensionAmount", sums.lines),
        money("TaxExclusiveAmount", sums.net),
        money("TaxInclusiveAmount", sums.total),
        money("AllowanceTotalAmount", sums.allowances) if sums.allowances else "",
        money("PrepaidAmount", sums.paid) if sums.paid else "",
        money("PayableRoundingAmount", sums.difference) if sums.difference else "",
        money("PayableAmount", sums.open),
    )
    taxes = [ubl_tax_sum(one, currency) for one in document.taxes]
    return "".join(
        [
            *(ubl_allowance(one, currency) for one in document.allowances),
            xml_group("cac:TaxTotal", money("TaxAmount", sums.tax), *taxes),
            total,
            *(ubl_line(line, position, document) for position, line in enumerate(document.lines, start=1)),
        ]
    )


def ubl_credited_document(said: tuple[str, str]) -> str:
    inside = xml_group("cac:InvoiceDocumentReference", xml_leaf("cbc:ID", said[0]), xml_leaf("cbc:IssueDate", said[1]))
    return xml_group("cac:BillingReference", inside)


def ubl_party(party: TradeParty) -> str:
    contact = (
        xml_leaf("cbc:Name", party.contact),
        xml_leaf("cbc:Telephone", party.phone),
        xml_leaf("cbc:ElectronicMail", party.email),
    )
    return xml_group(
        "cac:Party",
        ubl_identifier("cbc:EndpointID", party.address),
        ubl_postal_address("cac:PostalAddress", party),
        xml_group("cac:PartyTaxScheme", xml_leaf("cbc:CompanyID", party.vat_id), VAT) if party.vat_id else "",
        xml_group("cac:PartyTaxScheme", xml_leaf("cbc:CompanyID", party.tax_number), OTHER_TAX)
        if party.tax_number
        else "",
        xml_group("cac:PartyLegalEntity", xml_leaf("cbc:RegistrationName", party.name), ubl_legal_id(party)),
        xml_group("cac:Contact", *contact),
    )


VAT = xml_group("cac:TaxScheme", xml_leaf("cbc:ID", "VAT"))
OTHER_TAX = xml_group("cac:TaxScheme", xml_leaf("cbc:ID", "FC"))


def ubl_legal_id(party: TradeParty) -> str:
    return ubl_identifier("cbc:CompanyID", party.legal_id)


def ubl_identifier(name: str, said: Identifier | None) -> str:
    return xml_leaf(name, said.value, schemeID=said.scheme) if said else ""


def ubl_postal_address(name: str, party: TradeParty) -> str:
    return xml_group(
        name,
        xml_leaf("cbc:StreetName", party.street),
        xml_leaf("cbc:AdditionalStreetName", party.street2),
        xml_leaf("cbc:CityName", party.city),
        xml_leaf("cbc:PostalZone", party.postcode),
        xml_leaf("cbc:CountrySubentity", party.region),
        xml_group("cac:Country", xml_leaf("cbc:IdentificationCode", party.country)),
    )


def ubl_delivery(document: EInvoiceSaid) -> str:
    to = document.ship_to
    return xml_group(
        "cac:Delivery",
        xml_leaf("cbc:ActualDeliveryDate", document.delivered_on),
        xml_group("cac:DeliveryLocation", ubl_postal_address("cac:Address", to)) if to else "",
        xml_group("cac:DeliveryParty", xml_group("cac:PartyName", xml_leaf("cbc:Name", to.name))) if to else "",
    )


def ubl_payment(payment: PaymentAsked) -> str:
    bank = xml_group("cac:FinancialInstitutionBranch", xml_leaf("cbc:ID", payment.bic))
    return xml_group(
        "cac:PaymentMeans",
        xml_leaf("cbc:PaymentMeansCode", payment.means),
        xml_leaf("cbc:PaymentID", payment.reference),
        xml_group("cac:PayeeFinancialAccount", xml_leaf("cbc:ID", payment.iban), bank) if payment.iban else "",
    )


def ubl_amount_in(currency: str, name: str, value: Decimal) -> str:
    return xml_leaf(f"cbc:{name}", write_number(value), currencyID=currency)


def ubl_tax_category(name: str, tax: TaxCategory, *, with_reason: bool = False) -> str:
    return xml_group(
        name,
        xml_leaf("cbc:ID", tax.code),
        xml_leaf("cbc:Percent", write_number(tax.rate)) if tax.rate is not None else "",
        xml_leaf("cbc:TaxExemptionReasonCode", tax.reason_code) if with_reason else "",
        xml_leaf("cbc:TaxExemptionReason", tax.reason) if with_reason else "",
        VAT,
    )


def ubl_tax_sum(one: TaxSum, currency: str) -> str:
    return xml_group(
        "cac:TaxSubtotal",
        ubl_amount_in(currency, "TaxableAmount", one.base),
        ubl_amount_in(currency, "TaxAmount", one.amount),
        ubl_tax_category("cac:TaxCategory", one.tax, with_reason=True),
    )


def ubl_discount(amount: Decimal, currency: str, reason: str, *inside: str) -> str:
    return xml_group(
        "cac:AllowanceCharge",
        xml_leaf("cbc:ChargeIndicator", "false"),
        xml_leaf("cbc:AllowanceChargeReasonCode", DISCOUNT),
        xml_leaf("cbc:AllowanceChargeReason", reason),
        ubl_amount_in(currency, "Amount", amount),
        *inside,
    )


def ubl_allowance(one: Allowance, currency: str) -> str:
    return ubl_discount(one.amount, currency, one.reason, ubl_tax_category("cac:TaxCategory", one.tax))


def ubl_line(line: InvoicedLine, position: int, document: EInvoiceSaid) -> str:
    kind, counted = ("CreditNoteLine", "Credited") if document.is_credit_note else ("InvoiceLine", "Invoiced")
    currency = document.currency
    item = xml_group(
        "cac:Item",
        xml_leaf("cbc:Name", line.name),
        xml_group("cac:SellersItemIdentification", xml_leaf("cbc:ID", line.sku)),
        ubl_tax_category("cac:ClassifiedTaxCategory", line.tax),
        # a property has a name and a value
        xml_group("cac:AdditionalItemProperty", xml_leaf("cbc:Name", "Variant"), xml_leaf("cbc:Value", line.variant))
        if line.variant.strip()
        else "",
    )
    price = xml_group(
        "cac:Price",
        ubl_amount_in(currency, "PriceAmount", line.price),
        xml_leaf("cbc:BaseQuantity", write_number(line.price_for), unitCode=line.unit) if line.price_for != 1 else "",
    )
    return xml_group(
        f"cac:{kind}",
        xml_leaf("cbc:ID", str(position)),
        xml_leaf(f"cbc:{counted}Quantity", write_number(line.quantity), unitCode=line.unit),
        ubl_amount_in(currency, "LineExtensionAmount", line.net),
        ubl_discount(line.discount, currency, "") if line.discount else "",
        item,
        price,
    )
