"""Pages as HTML: what a document's template is given, and how an address is written."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.documents.einvoice_facts import Says
from app.documents.fonts import faces_for, printable, runs_from_the_right
from app.documents.letterhead import draw_letterhead
from app.documents.look import read_look
from app.documents.wording import Writing, words_in

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "documents"

#: Where the postcode is written after the town and its region.
REGION_FIRST = frozenset({"US", "CA", "AU"})


def render_page(template: str, writing: Writing, seller: Says, *, pages: int, **facts: object) -> str:
    """The document in HTML, which has so many pages (0: the library counts them, for half as much time again).

    It looks as the seller's facts say. It names the fonts that its letters need: each costs time to load.
    """
    look = read_look(seller.get("look"))
    facts |= {"pages": pages, "words": words_in(writing.language), "write": writing, "look": look}
    facts |= {"seller": seller, "letterhead": draw_letterhead(seller.get("logo"), look)}
    facts |= {"foot": look.foot(writing.language)}
    document = templates().get_template(template)
    text = document.render(facts, faces=faces_for(""))
    faces = faces_for(text)
    return document.render(facts, faces=faces) if len(faces) > 1 else text


@cache
def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=on_paper,
    )
    environment.tests["from_the_right"] = runs_from_the_right
    return environment


def on_paper(value: object) -> object:
    """Whatever is written on a page, without signs that would be boxes or break lines; markup stays as it is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def address_lines(address: dict[str, str], writing: Writing, *, from_country: str) -> list[str]:
    """An address as it is written on a letter; the country only when it goes abroad."""
    code = address["country"]
    town = f"{address['postcode']} {address['city']}"
    if code in REGION_FIRST:
        town = f"{address['city']}, {address['region']} {address['postcode']}"
    country = writing.country(code) if code and code != from_country else ""
    lines = [address["street"], address.get("street2", ""), town, country]
    return [line.strip(" ,") for line in lines if line.strip(" ,")]


def party_names(party: dict[str, str]) -> list[str]:
    """Who it is: the company first, and the person there."""
    return [name for name in (party["company"], party["name"]) if name][:2] or ["–"]
