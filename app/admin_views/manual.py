"""The manual for shopkeepers: pages of docs/manual, which the "?" of every page opens at its place.

They are written in Markdown, in each language of the screen, with pictures that `make pictures` takes of the demo shop.
What stands in bold is a word of the screen.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from flask import abort, send_file
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.admin_views.base import StaffPage
from app.config import ROOT
from app.extensions import ShownText

MANUAL = ROOT / "docs" / "manual"
PICTURES = MANUAL / "pictures"

#: The pages, in the order in which they are read.
CHAPTERS: tuple[tuple[ShownText, tuple[str, ...]], ...] = (
    (_l("To begin"), ("first-steps", "orders-come-in", "finding-orders", "the-order-page")),
    (_l("An order"), ("money-comes-in", "invoices", "sending", "changing", "crediting", "returns")),
    (_l("Customers and products"), ("messages", "customers", "my-account", "products", "drafts-and-quotes")),
    (_l("The shop"), ("reports", "accountant", "staff", "safety", "keyboard")),
)

#: Which page tells of a view of the back office, by the view's endpoint.
TELLS_OF: dict[str, str] = {
    page: name
    for name, pages in {
        "first-steps": "admin home company languages maps numbering administration settings payment_method "
        "shipping_method usual_methods manual",
        "orders-come-in": "arrivals imports connection telling shop_stock outside_shop webhook webhook_message",
        "finding-orders": "order everything list_views jobs news",
        "the-order-page": "order_page order_status",
        "money-comes-in": "bank reminders receivables due_reminders",
        "invoices": "invoice e_invoice e_invoice_settings document_settings own_words",
        "sending": "shipment packing",
        "returns": "return return_reason return_action",
        "messages": "mail_texts outbox mail_settings ticket task",
        "customers": "customer",
        "products": "product shop_product",
        "drafts-and-quotes": "draft",
        "reports": "figures",
        "accountant": "reports vat_return accounts vat_rates vat_scheme",
        "staff": "staff role profile factors sign_in_settings security_log security_settings api_keys passwords",
        "safety": "copies",
    }.items()
    for page in pages.split()
}

PAGES = tuple(name for _title, names in CHAPTERS for name in names)


@dataclass(frozen=True)
class ManualPage:
    name: str
    title: str
    html: str
    terms: str  # what it is found by: its headings, and the words of the screen that it tells of


class Manual(StaffPage):
    def is_visible(self) -> bool:
        return False  # the "?" at the top of every page leads here

    @expose("/")
    def index(self) -> ResponseReturnValue:
        language = language_shown()
        chapters = [(title, [read_page(language, name) for name in names]) for title, names in CHAPTERS]
        return str(self.render("admin/manual/index.html", chapters=chapters))

    @expose("/<manual_page>")
    def page(self, manual_page: str) -> ResponseReturnValue:
        if manual_page not in PAGES:
            abort(404)
        language, place = language_shown(), PAGES.index(manual_page)
        before, after = PAGES[:place][-1:], PAGES[place + 1 :][:1]
        return str(
            self.render(
                "admin/manual/page.html",
                page=read_page(language, manual_page),
                before=[read_page(language, one) for one in before],
                after=[read_page(language, one) for one in after],
            )
        )

    @expose("/pictures/<manual_language>/<manual_picture>.png")
    def picture(self, manual_language: str, manual_picture: str) -> ResponseReturnValue:
        if (manual_language, manual_picture) not in picture_sizes():
            abort(404)
        return send_file(PICTURES / manual_language / f"{manual_picture}.png")


def manual_page_of(endpoint: str) -> str:
    """The page that tells of a view; "" where none does in particular."""
    return TELLS_OF.get(endpoint, "")


def language_shown() -> str:
    """The reader's language, where the manual has it."""
    language = str(get_locale() or "en").partition("_")[0]
    return language if (MANUAL / language).is_dir() else "en"


def pages_about(is_meant: Callable[[str], bool]) -> list[ManualPage]:
    """Those that are meant, in the reader's language; first whose title is."""
    pages = [read_page(language_shown(), name) for name in PAGES]
    return sorted((one for one in pages if is_meant(one.terms)), key=lambda one: not is_meant(one.title))


@cache
def read_page(language: str, name: str) -> ManualPage:
    """A page as it is shown. Its links are relative, so that it is the same wherever Toonbank stands."""
    markdown = MarkdownIt("js-default", {"html": False, "typographer": False})
    text = (MANUAL / language / f"{name}.md").read_text(encoding="utf-8")
    tokens = markdown.parse(text)
    title, body = tokens[1], tokens[3:]  # every page begins with its heading
    for token in body:
        if token.type == "table_open":
            token.attrSet("class", "table")
        for inline in token.children or ():
            if inline.type == "image":
                place_picture(inline, language)
    terms = " ".join(re.findall(r"(?m)^#+ .+$|\*\*.+?\*\*", text))
    return ManualPage(name, title.content, markdown.renderer.render(body, markdown.options, {}), terms)


def place_picture(image: Token, language: str) -> None:
    """With its size, so that the text does not jump when it comes; twice as fine as it is shown."""
    name = str(image.attrGet("src"))
    shown = language if (language, name) in picture_sizes() else "en"
    width, height = picture_sizes()[shown, name]
    image.attrs |= {"src": f"pictures/{shown}/{name}.png", "width": width, "height": height, "loading": "lazy"}


@cache
def picture_sizes() -> dict[tuple[str, str], tuple[int, int]]:
    """Width and height in pixels of each picture, by language and name, from the head of the PNG."""
    return {
        (file.parent.name, file.stem): struct.unpack(">II", file.read_bytes()[16:24])
        for file in PICTURES.glob("*/*.png")
    }
