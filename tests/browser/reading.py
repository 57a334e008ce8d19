"""What a person reads on a page, and what of it only a machine would write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Page

#: Stands behind names and texts of the sample shop: it has to be shown exactly as it was typed.
TYPED = "<b>&"

#: Everything that can be read, also in what opens only later: menus, dialogs, rows that script adds; in mails that are
#: shown; and what stands in fields, in titles of icons and in labels for those who listen.
READ = """page => {
  const all = (selector, read) => [...page.querySelectorAll(selector)].map(read);
  const text = element => element.innerText;
  const parsed = source => new DOMParser().parseFromString(source, 'text/html').body.textContent;
  const fields = all('input:not([type=hidden], [type=radio], [type=checkbox]), textarea', field => field.value);
  const spoken = ['title', 'aria-label', 'placeholder', 'alt'];
  const said = spoken.flatMap(name => all(`[${name}]`, one => one.getAttribute(name)));
  return {
    texts: [page.title, text(page.body), ...all('dialog, details, [popover], [hidden]', text), ...fields, ...said,
      ...all('option', option => option.textContent), ...all('template', one => one.content.textContent),
      ...all('iframe[srcdoc]', frame => parsed(frame.srcdoc))],
    values: [...all('td, dd, .tag', cell => text(cell).trim()), ...fields],
    swallowed: all('b', element => element.outerHTML.slice(0, 80)),
  };
}"""

#: What a person never wants to read, by its name.
MACHINE_TEXTS = {
    "a tag": r"<[a-zA-Z/](?![\w.+-]*@)",  # <femke@example.org> is none
    "an entity": r"&(?:[a-zA-Z]{2,8}|#\d+|#x[0-9a-fA-F]+);",
    "an attribute": r"\b(?:class|href|style)=",
    "a raw moment": r"\+00:00|:\d\d\.\d{3}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "a placeholder": r"\{\{|\}\}|\{%|%\}|%\([a-z_]+\)|%[sd]\b(?!\w)",
    "an object": r"\bobject at 0x|\bDecimal\(|\bdatetime\.\w+\(|\[object \w+\]",
    "a lazy text": r"lazy_gettext|LazyString|_l\(",
    "a list or mapping": r"\[(?:'[^']*'(?:, )?)+\]|\{'[^']*': ",
}
PATTERNS = {name: re.compile(pattern) for name, pattern in MACHINE_TEXTS.items()}

#: As the whole of a cell or a field: how Python and JavaScript write that there is nothing, and yes and no.
MACHINE_VALUES = {"None", "True", "False", "null", "undefined", "NaN", "nan"}


def read(page: Page) -> Reading:
    """The page that is open."""
    return Reading(page.evaluate(f"() => ({READ})(document)"))


class Reading:
    """What can be read on a page."""

    def __init__(self, found: dict[str, list[str]]):
        self.found = found

    @property
    def shows_what_was_typed(self) -> bool:
        return TYPED in self.found["texts"][1]

    def faults(self) -> list[str]:
        wrong = [fault for text in self.found["texts"] for fault in faults_of(text)]
        wrong += [f"a bare value: {value}" for value in self.found["values"] if value in MACHINE_VALUES]
        wrong += [f"a text that became a tag: {element}" for element in self.found["swallowed"]]
        return list(dict.fromkeys(wrong))


def faults_of(text: str | None) -> Iterator[str]:
    rest = re.sub(re.escape(TYPED), "", text or "", flags=re.IGNORECASE)
    for name, pattern in PATTERNS.items():
        if match := pattern.search(rest):
            around = rest[max(match.start() - 30, 0) : match.end() + 50]
            yield f"{name}: …{' '.join(around.split())}…"
