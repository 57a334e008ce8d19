"""The same mail as HTML, which shows nicer: what is listed as a table, a link as a button, and nothing that was not in
the text.

A page of the desk shows the fragment by classes of its own style sheet; mail programs want the styles in the tags.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

from app.documents.fonts import runs_from_the_right
from app.mails.looks import LOGO, MailLook

LINK = re.compile(r"https?://[^\s<>\"']+")
#: "Track your parcel: https://…": what the link leads to, and the link. French has a blank before its colon.
TITLED_LINK = re.compile(r"(?P<title>[^:]+?)\s?: (?P<address>https?://[^\s<>\"']+)")
#: "3 × Stoneware mug" and "Total: € 37,50". Amounts are written without a blank at which a line could be broken.
COUNTED = re.compile(r"[\d.,]+ × .+")
AMOUNT = re.compile(r"(?P<title>.+?)\s?: (?P<amount>[^ ]*\d[^ ]*)")
#: The styles of what the fragment says by classes.
CLASS = re.compile(r'class="(mail-[a-z]+)"')
CODE = re.compile("^[A-Z]{3}[\u00a0\u202f]|[\u00a0\u202f][A-Z]{3}$")

STYLES = {
    "mail-lines": "width: 100%; border-collapse: collapse; margin: 0 0 16px",
    "mail-line": "padding: 6px 0; border-bottom: 1px solid #e3e6ea; text-align: start; vertical-align: top",
    "mail-amount": "padding: 6px 0 6px 16px; border-bottom: 1px solid #e3e6ea; text-align: end; white-space: nowrap; "
    "vertical-align: top",
    "mail-button": "display: inline-block; padding: 10px 20px; border-radius: 6px; background: {accent}; "
    "color: #ffffff; font-weight: 600; text-decoration: none",
    "mail-address": "font-size: 12px; color: #5f6773; word-break: break-all",
    "mail-rtl": "display: block; text-align: right",
}
PAGE = """\
<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin: 0; padding: 24px 12px; background: #f2f4f6; font: 15px/1.5 Arial, sans-serif; color: #1f2933">
<table role="presentation" align="center" style="width: 100%; max-width: 600px; margin: 0 auto">
<tr><td style="padding: 28px 32px 12px; background: #ffffff; border-top: 4px solid {accent}">
{head}{fragment}
</td></tr>
<tr><td style="padding: 16px 32px; font-size: 12px; color: #5f6773">{foot}</td></tr>
</table>
</body></html>
"""


def as_html(body: str, language: str, look: MailLook) -> str:
    """The whole mail, with its styles in the tags, between the shop's logo and who it is."""
    return PAGE.format(
        language=escape(language),
        accent=look.accent,
        head=head_of(look),
        fragment=CLASS.sub(lambda found: f'style="{STYLES[found[1]].format(accent=look.accent)}"', as_fragment(body)),
        foot=foot_of(look.foot(language)),
    )


def head_of(look: MailLook) -> str:
    """The logo, by the name under which it goes along (`LOGO`)."""
    if not look.logo:
        return ""
    width, height = look.logo_size
    alt = escape(look.name)
    return f'<img src="cid:{LOGO}" alt="{alt}" width="{width}" height="{height}" style="margin: 0 0 20px">\n'


def as_fragment(body: str) -> str:
    """The paragraphs, as they can stand in any page."""
    return "\n".join(map(paragraph, body.strip().split("\n\n")))


def paragraph(text: str) -> str:
    """A list of things or amounts as a table; else its lines, with a link that has a title as a button."""
    lines = text.splitlines() or [""]
    if all(COUNTED.fullmatch(line) or is_amount(line) for line in lines):
        return f'<table class="mail-lines" role="presentation">{"".join(map(listed_row, lines))}</table>'
    *before, last = lines
    return f"<p>{chr(10).join([*(line_of(line, '<br>') for line in before), line_of(last, '')])}</p>"


def is_amount(line: str) -> bool:
    """Whether an amount of money stands at its end, with the sign of a currency or its three letters."""
    found = AMOUNT.fullmatch(line)
    return found is not None and bool(CODE.search(found["amount"]) or any(map(is_sign, found["amount"])))


def is_sign(letter: str) -> bool:
    return unicodedata.category(letter) == "Sc"


def listed_row(line: str) -> str:
    found = AMOUNT.fullmatch(line) if is_amount(line) else None
    title, amount = (found["title"], found["amount"]) if found else (line, "")
    way = ' dir="rtl"' if runs_from_the_right(title) else ""
    return f'<tr><td class="mail-line"{way}>{escape(title)}</td><td class="mail-amount">{escape(amount)}</td></tr>'


def foot_of(lines: list[str]) -> str:
    return "<br>".join(map(escape, lines))


def line_of(line: str, end: str) -> str:
    if runs_from_the_right(line):
        return f'<span dir="rtl" class="mail-rtl">{link_addresses(line)}</span>'
    if found := TITLED_LINK.fullmatch(line):
        return f"{button(found['title'], found['address'])}{end}"
    return link_addresses(line) + end


def button(title: str, address: str) -> str:
    """The address stands below it as well: who doubts a button sees where it leads."""
    to = escape(address)
    return f'<a class="mail-button" href="{to}">{escape(title)}</a><br>\n<a class="mail-address" href="{to}">{to}</a>'


def link_addresses(line: str) -> str:
    """The line escaped, with its web addresses as links."""
    parts, end = [], 0
    for found in LINK.finditer(line):
        address = escape(found[0])
        parts += [escape(line[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, escape(line[end:])])
