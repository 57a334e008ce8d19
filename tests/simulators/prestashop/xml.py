"""What the webservice writes in XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree


def as_xml(told: dict[str, Any]) -> str:
    root = ElementTree.Element("prestashop")
    for name, rows in told.items():
        listed = ElementTree.SubElement(root, name)
        for row in rows:
            one = ElementTree.SubElement(listed, name.removesuffix("s"))
            for key, value in row.items():
                ElementTree.SubElement(one, key).text = str(value)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def rights_page(rights: dict[str, set[str]]) -> str:
    """What a key may do; a resource of which it may nothing is not listed."""
    root = ElementTree.Element("prestashop")
    api = ElementTree.SubElement(root, "api", shopName="Les tasses")
    for name, methods in rights.items():
        if methods:
            may = {one.lower(): str(one in methods).lower() for one in ("GET", "PUT", "POST", "DELETE", "HEAD")}
            one = ElementTree.SubElement(api, name, may)
            ElementTree.SubElement(one, "description").text = f"The {name}"
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")
