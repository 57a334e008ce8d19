"""Writing XML: an element without content is none, so that no document has an empty one."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

#: What XML can't say.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_leaf(name: str, text: str, **attributes: str) -> str:
    """An element of text; nothing where there is none."""
    said = " ".join(FORBIDDEN.sub("", text).split())
    return f"<{name}{write_attributes(attributes)}>{escape(said)}</{name}>" if said else ""


def xml_group(name: str, *parts: str) -> str:
    """An element of elements; nothing where there are none."""
    inside = "".join(parts)
    return f"<{name}>{inside}</{name}>" if inside else ""


def write_attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(FORBIDDEN.sub('', value))}" for name, value in attributes.items() if value)


def write_number(value: Decimal) -> str:
    """As it stands, but with no more zeros than cents need; never -0.00, which is not 0 to every reader."""
    text = f"{value if value else abs(value):f}"
    whole, _point, decimals = text.partition(".")
    while len(decimals) > 2 and decimals.endswith("0"):
        decimals = decimals[:-1]
    return f"{whole}.{decimals}" if decimals else whole
