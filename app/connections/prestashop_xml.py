"""Writing a row of PrestaShop's webservice: it takes XML, and answers in JSON where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from app.connections.prestashop import PrestaShop
from app.connections.prestashop_answers import rows_in
from app.connections.stated_facts import ShopFacts


def write_row(
    shop: PrestaShop, method: str, path: str, node: str, stated: Mapping[str, str], *, mails: bool = False
) -> ShopFacts:
    """The row as it is afterwards. With `mails` the shop writes to the customer about it."""
    query = {"output_format": "JSON", **({"sendemail": "1"} if mails else {})}
    sent = {"Content-Type": "text/xml"}
    answer = shop.client.ask(method, f"/api/{path}", query, body=as_document(node, stated), headers=sent)
    return next(iter(rows_in(answer, node)), {})


def as_document(node: str, stated: Mapping[str, str]) -> bytes:
    root = ElementTree.Element("prestashop")
    row = ElementTree.SubElement(root, node)
    for name, value in stated.items():
        ElementTree.SubElement(row, name).text = value
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
