"""Writing an invoice or credit note as CII (UN/CEFACT D22B), by EN 16931: the XML of Factur-X and ZUGFeRD."""

from __future__ import annotations

from decimal import Decimal

from app.einvoices.facts import Allowance, EInvoiceSaid, Identifier, InvoicedLine, TaxCategory, TaxSum, TradeParty
from app.einvoices.ubl import CREDIT_NOTE, DISCOUNT, INVOICE
from app.einvoices.xml import XML_HEAD, write_number, xml_group, xml_leaf

EN_16931 = "urn:cen.eu:en16931:2017"
UN = "urn:un:unece:uncefact:data:standard"
NAMESPACES = {
    "rsm": f"{UN}:CrossIndustryInvoice:100",
    "ram": f"{UN}:ReusableAggregateBusinessInformationEntity:100",
    "qdt": f"{UN}:QualifiedDataType:100",
    "udt": f"{UN}:UnqualifiedDataType:100",
}


def write_cii(document: EInvoiceSaid) -> bytes:
    names = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    context = xml_group("ram:GuidelineSpecifiedDocumentContextParameter", xml_leaf("ram:ID", EN_16931))
    about = xml_group(
        "rsm:ExchangedDocument",
        xml_leaf("ram:ID", document.number),
        xml_leaf("ram:TypeCode", CREDIT_NOTE if document.is_credit_note else INVOICE),
        xml_group("ram:IssueDateTime", cii_day(document.issued_on)),
    )
    trade = xml_group(
        "rsm:SupplyChainTradeTransaction",
        *(cii_line(line, position) for position, line in enumerate(document.lines, start=1)),
        cii_agreement(document),
        cii_delivery(document),
        cii_settlement(document),
    )
    inside = xml_group("rsm:ExchangedDocumentContext", context) + about + trade
    return f"{XML_HEAD}<rsm:CrossIndustryInvoice{names}>{inside}</rsm:CrossIndustryInvoice>\n".encode()


def cii_day(iso: str, kind: str = "udt") -> str:
    return xml_leaf(f"{kind}:DateTimeString", iso.replace("-", ""), format="102")


def cii_amount(name: str, value: Decimal) -> str:
    return xml_leaf(f"ram:{name}", write_number(value))


def cii_identifier(name: str, said: Identifier | None) -> str:
    return xml_leaf(name, said.value, schemeID=said.scheme) if said else ""


# --- lines ----------------------------------------------------------------------------------------------------------


def cii_line(line: InvoicedLine, position: int) -> str:
    variant = (
        (xml_leaf("ram:Description", "Variant"), xml_leaf("ram:Value", line.variant)) if line.variant.strip() else ()
    )
    for_units = (
        xml_leaf("ram:BasisQuantity", write_number(line.price_for), unitCode=line.unit) if line.price_for != 1 else ""
    )
    price = xml_group("ram:NetPriceProductTradePrice", cii_amount("ChargeAmount", line.price), for_units)
    sums = xml_group("ram:SpecifiedTradeSettlementLineMonetarySummation", cii_amount("LineTotalAmount", line.net))
    return xml_group(
        "ram:IncludedSupplyChainTradeLineItem",
        xml_group("ram:AssociatedDocumentLineDocument", xml_leaf("ram:LineID", str(position))),
        xml_group(
            "ram:SpecifiedTradeProduct",
            xml_leaf("ram:SellerAssignedID", line.sku),
            xml_leaf("ram:Name", line.name),
            xml_group("ram:ApplicableProductCharacteristic", *variant),
        ),
        xml_group("ram:SpecifiedLineTradeAgreement", price),
        xml_group(
            "ram:SpecifiedLineTradeDelivery",
            xml_leaf("ram:BilledQuantity", write_number(line.quantity), unitCode=line.unit),
        ),
        xml_group(
            "ram:SpecifiedLineTradeSettlement",
            cii_category("ApplicableTradeTax", line.tax),
            cii_discount(line.discount, "") if line.discount else "",
            sums,
        ),
    )


def cii_category(name: str, tax: TaxCategory) -> str:
    rate = cii_amount("RateApplicablePercent", tax.rate) if tax.rate is not None else ""
    return xml_group(f"ram:{name}", xml_leaf("ram:TypeCode", "VAT"), xml_leaf("ram:CategoryCode", tax.code), rate)


def cii_discount(value: Decimal, reason: str, *inside: str) -> str:
    return xml_group(
        "ram:SpecifiedTradeAllowanceCharge",
        xml_group("ram:ChargeIndicator", xml_leaf("udt:Indicator", "false")),
        cii_amount("ActualAmount", value),
        xml_leaf("ram:ReasonCode", DISCOUNT),
        xml_leaf("ram:Reason", reason),
        *inside,
    )


# --- parties --------------------------------------------------------------------------------------------------------


def cii_agreement(document: EInvoiceSaid) -> str:
    return xml_group(
        "ram:ApplicableHeaderTradeAgreement",
        xml_leaf("ram:BuyerReference", document.buyer_reference),
        cii_party("SellerTradeParty", document.seller),
        cii_party("BuyerTradeParty", document.buyer),
        xml_group("ram:BuyerOrderReferencedDocument", xml_leaf("ram:IssuerAssignedID", document.order_reference)),
    )


def cii_party(name: str, party: TradeParty) -> str:
    phone = xml_group("ram:TelephoneUniversalCommunication", xml_leaf("ram:CompleteNumber", party.phone))
    email = xml_group("ram:EmailURIUniversalCommunication", xml_leaf("ram:URIID", party.email))
    return xml_group(
        f"ram:{name}",
        xml_leaf("ram:Name", party.name),
        xml_group("ram:SpecifiedLegalOrganization", cii_identifier("ram:ID", party.legal_id)),
        xml_group("ram:DefinedTradeContact", xml_leaf("ram:PersonName", party.contact), phone, email),
        cii_postal_address(party),
        xml_group("ram:URIUniversalCommunication", cii_identifier("ram:URIID", party.address)),
        xml_group("ram:SpecifiedTaxRegistration", xml_leaf("ram:ID", party.tax_number, schemeID="FC")),
        xml_group("ram:SpecifiedTaxRegistration", xml_leaf("ram:ID", party.vat_id, schemeID="VA")),
    )


def cii_postal_address(party: TradeParty) -> str:
    return xml_group(
        "ram:PostalTradeAddress",
        xml_leaf("ram:PostcodeCode", party.postcode),
        xml_leaf("ram:LineOne", party.street),
        xml_leaf("ram:LineTwo", party.street2),
        xml_leaf("ram:CityName", party.city),
        xml_leaf("ram:CountryID", party.country),
        xml_leaf("ram:CountrySubDivisionName", party.region),
    )


def cii_delivery(document: EInvoiceSaid) -> str:
    to = document.ship_to
    there = xml_group("ram:ShipToTradeParty", xml_leaf("ram:Name", to.name), cii_postal_address(to)) if to else ""
    went = xml_group("ram:OccurrenceDateTime", cii_day(document.delivered_on)) if document.delivered_on else ""
    inside = there + xml_group("ram:ActualDeliverySupplyChainEvent", went)
    return (
        xml_group("ram:ApplicableHeaderTradeDelivery", inside) or "<ram:ApplicableHeaderTradeDelivery/>"
    )  # must be there


# --- sums -----------------------------------------------------------------------------------------------------------


def cii_settlement(document: EInvoiceSaid) -> str:
    payment = document.payment
    return xml_group(
        "ram:ApplicableHeaderTradeSettlement",
        xml_leaf("ram:PaymentReference", payment.reference) if payment else "",
        xml_leaf("ram:InvoiceCurrencyCode", document.currency),
        cii_payment_means(document),
        *(cii_tax_sum(one) for one in document.taxes),
        *(cii_allowance(one) for one in document.allowances),
        cii_terms(document),
        cii_sums(document),
        cii_credited_document(document.credits) if document.credits else "",
    )


def cii_payment_means(document: EInvoiceSaid) -> str:
    if not (payment := document.payment):
        return ""
    return xml_group(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        xml_leaf("ram:TypeCode", payment.means),
        xml_group("ram:PayeePartyCreditorFinancialAccount", xml_leaf("ram:IBANID", payment.iban)),
        xml_group("ram:PayeeSpecifiedCreditorFinancialInstitution", xml_leaf("ram:BICID", payment.bic))
        if payment.iban
        else "",
    )


def cii_tax_sum(one: TaxSum) -> str:
    tax = one.tax
    return xml_group(
        "ram:ApplicableTradeTax",
        cii_amount("CalculatedAmount", one.amount),
        xml_leaf("ram:TypeCode", "VAT"),
        xml_leaf("ram:ExemptionReason", tax.reason),
        cii_amount("BasisAmount", one.base),
        xml_leaf("ram:CategoryCode", tax.code),
        xml_leaf("ram:ExemptionReasonCode", tax.reason_code),
        cii_amount("RateApplicablePercent", tax.rate) if tax.rate is not None else "",
    )


def cii_allowance(one: Allowance) -> str:
    return cii_discount(one.amount, one.reason, cii_category("CategoryTradeTax", one.tax))


def cii_terms(document: EInvoiceSaid) -> str:
    if document.is_credit_note or not document.due_on:
        return ""
    return xml_group("ram:SpecifiedTradePaymentTerms", xml_group("ram:DueDateDateTime", cii_day(document.due_on)))


def cii_sums(document: EInvoiceSaid) -> str:
    sums = document.sums
    return xml_group(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        cii_amount("LineTotalAmount", sums.lines),
        cii_amount("AllowanceTotalAmount", sums.allowances) if sums.allowances else "",
        cii_amount("TaxBasisTotalAmount", sums.net),
        xml_leaf("ram:TaxTotalAmount", write_number(sums.tax), currencyID=document.currency),
        cii_amount("RoundingAmount", sums.difference) if sums.difference else "",
        cii_amount("GrandTotalAmount", sums.total),
        cii_amount("TotalPrepaidAmount", sums.paid) if sums.paid else "",
        cii_amount("DuePayableAmount", sums.open),
    )


def cii_credited_document(said: tuple[str, str]) -> str:
    return xml_group(
        "ram:InvoiceReferencedDocument",
        xml_leaf("ram:IssuerAssignedID", said[0]),
        xml_group("ram:FormattedIssueDateTime", cii_day(said[1], "qdt")),
    )
