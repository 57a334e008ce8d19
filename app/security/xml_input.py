"""Reading XML that came from outside: no document type, by which it could grow or reach out, in whatever encoding."""

from __future__ import annotations

from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring


class UnreadableXml(ValueError):
    """It is none, or not all of it; `line` is where. Or it declares a document type."""

    def __init__(self, line: int = 0, *, has_document_type: bool = False) -> None:
        super().__init__(f"line {line}" if line else "no XML that is read")
        self.line, self.has_document_type = line, has_document_type


def read_xml(content: bytes) -> ElementTree.Element:
    """The root of what `content` holds, as it came. Raises UnreadableXml."""
    try:
        root: ElementTree.Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnreadableXml(has_document_type=True) from error
    except ElementTree.ParseError as error:
        raise UnreadableXml(error.position[0]) from error
    except (ValueError, LookupError) as error:  # an encoding that nobody knows, or that takes several bytes
        raise UnreadableXml from error
    return root
