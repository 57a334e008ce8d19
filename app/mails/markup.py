"""The same mail as HTML, which shows nicer: its paragraphs and links, and nothing that was not in the text."""

from __future__ import annotations

import re
from html import escape

from app.documents.fonts import runs_from_the_right

LINK = re.compile(r"https?://[^\s<>\"']+")


def as_html(body: str, language: str) -> str:
    return f'<!doctype html>\n<html lang="{escape(language)}"><body>\n{as_fragment(body)}\n</body></html>\n'


def as_fragment(body: str) -> str:
    """The paragraphs, as they can stand in any page."""
    return "\n".join(f"<p>{paragraph(text)}</p>" for text in body.strip().split("\n\n"))


def paragraph(text: str) -> str:
    """Its lines; one whose first letter is Arabic or Hebrew runs from the right, on a line of its own."""
    *before, last = text.splitlines() or [""]
    return "\n".join([*(line_of(line, "<br>") for line in before), line_of(last, "")])


def line_of(line: str, end: str) -> str:
    if runs_from_the_right(line):
        return f'<span dir="rtl" style="display: block; text-align: right">{link_addresses(line)}</span>'
    return link_addresses(line) + end


def link_addresses(line: str) -> str:
    """The line escaped, with its web addresses as links."""
    parts, end = [], 0
    for found in LINK.finditer(line):
        address = escape(found[0])
        parts += [escape(line[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, escape(line[end:])])
