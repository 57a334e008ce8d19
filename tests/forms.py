"""The forms of a page, as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)  # of its drop-downs
    files: list[str] = field(default_factory=list)  # names of what is uploaded

    def add(self, name: str | None, value: str | None) -> None:
        if name:
            self.fields.setdefault(name, []).append(value or "")


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.inside: Form | None = None
        self.select = self.area = ""
        self.chosen: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.inside = Form(given.get("action") or "", (given.get("method") or "get").lower())
            self.forms.append(self.inside)
        elif self.inside and tag == "input":
            self.read_input(given)
        elif tag == "select":
            self.select, self.chosen = given.get("name") or "", None
            if self.inside:
                self.inside.choices[self.select] = []
        elif tag == "option" and self.inside and self.select:  # not of a datalist
            self.inside.choices[self.select].append(given.get("value") or "")
            if self.chosen is None or "selected" in given:
                self.chosen = given.get("value") or ""
        elif tag == "textarea":
            self.area = given.get("name") or ""

    def read_input(self, given: dict[str, Any]) -> None:
        kind = given.get("type") or "text"
        if self.inside and kind == "file" and given.get("name"):
            self.inside.files.append(given["name"])
        is_off = kind in ("submit", "file") or (kind in ("checkbox", "radio") and "checked" not in given)
        if self.inside and not is_off and "disabled" not in given:
            self.inside.add(given.get("name"), given.get("value") or ("y" if kind == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.inside.add(self.area, data.removeprefix("\n").removeprefix("\r\n"))
            self.area = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        elif tag == "select" and self.inside:
            self.inside.add(self.select, self.chosen)
            self.select = ""
        elif tag == "textarea":
            if self.inside and self.area:
                self.inside.add(self.area, "")
            self.area = ""


def forms_in(page: str) -> list[Form]:
    reader = Reader()
    reader.feed(page)
    return reader.forms
