"""Pages as HTML: what a document's template is given, and how an address is written."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.documents.wording import Writing, words_in

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "documents"

#: Chinese, Japanese and Korean signs. Their font is big, so that only pages with such signs load it.
EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")

#: Where the postcode is written after the town and its region.
REGION_FIRST = frozenset({"US", "CA", "AU"})


def render_page(template: str, writing: Writing, **facts: object) -> str:
    """The document's page in HTML."""
    facts |= {"words": words_in(writing.language), "write": writing}
    document = templates().get_template(template)
    text = document.render(facts, east_asian=False)
    return document.render(facts, east_asian=True) if EAST_ASIAN.search(text) else text


@cache
def templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


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
