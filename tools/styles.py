"""Cut Tabler's styles to what Toonbank's pages can use: tools/vendor/tabler.min.css -> app/static/vendor/tabler.css.

    python -m tools.styles            write the file (`make styles`)
    python -m tools.styles --check    only compare

A rule stays when every class that it asks for is written in a template, a script or a text of the program, whole
("btn-sm") or as a beginning with an end that is written too ("btn-" ~ tone, and "danger"). Rules without classes stay:
elements, custom properties, the dark theme. A developer runs it after a class came or went; a test says so.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import flask_admin
import tinycss2
from jinja2 import Environment, nodes
from tinycss2.ast import AtRule, Node, QualifiedRule

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app"
WHOLE = ROOT / "tools/vendor/tabler.min.css"
CUT = APP / "static/vendor/tabler.css"
#: Of Flask-Admin only these write classes: none of its templates is used (app/admin_views/theme.py).
WIDGETS = [path for room in ("form", "model") for path in (Path(flask_admin.__file__).parent / room).glob("*.py")]

#: What is written nowhere in a form that can be read off, each with its reason.
SAFE: dict[str, str] = {}
#: Functions in a selector that ask for nothing by themselves: `:not(.btn)` holds where there is no button.
ALTERNATIVES = {"not", "is", "where", "has"}
#: Rules that hold other rules.
FRAMES = {"media", "supports", "container", "layer"}

WORD = re.compile(r"[A-Za-z][\w-]*")


def main() -> None:
    cut = cut_styles(WHOLE.read_text("utf-8"), written_words())
    if "--check" in sys.argv:
        sys.exit(CUT.read_text("utf-8") != cut)
    CUT.write_text(cut, "utf-8")
    print(f"{CUT.relative_to(ROOT)}: {len(cut.encode()):,} of {WHOLE.stat().st_size:,} bytes")


# ---- what is written ----


def written_words() -> set[str]:
    """Every word that may be a class or a part of one."""
    modules = [path for path in APP.rglob("*.py") if "migrations" not in path.parts]
    texts = chain(
        chain.from_iterable(map(template_texts, (APP / "templates").rglob("*.html"))),
        chain.from_iterable(map(program_texts, [*modules, *WIDGETS])),
        map(script_text, (APP / "static").glob("*.js")),
    )
    return set(chain.from_iterable(map(WORD.findall, texts))) | set(SAFE)


def template_texts(template: Path) -> Iterator[str]:
    """What it puts out and the texts in its program; not its comments."""
    for part in parsed(template).find_all((nodes.TemplateData, nodes.Const, nodes.Keyword)):
        if isinstance(part, nodes.TemplateData):
            yield part.data
        elif isinstance(part, nodes.Const) and isinstance(part.value, str):
            yield part.value


def parsed(template: Path) -> nodes.Template:
    return Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"]).parse(template.read_text("utf-8"))


def program_texts(module: Path) -> Iterator[str]:
    """The texts in a module, without what explains it."""
    tree = ast.parse(module.read_text("utf-8"))
    explained = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explained:
            yield node.value


def script_text(script: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", script.read_text("utf-8"), flags=re.DOTALL)


def is_written(name: str, words: set[str]) -> bool:
    """Whole, or put together: a word that ends in a hyphen, and the rest."""
    return name in words or any(
        name[: at + 1] in words and name[at + 1 :] in words for at, sign in enumerate(name) if sign == "-"
    )


# ---- what is kept ----


def cut_styles(sheet: str, words: set[str]) -> str:
    """The rules that can hold on a page with these words, one a line; the licence stays at the head."""
    head = sheet[: sheet.index("*/") + 2]
    rules = tinycss2.parse_stylesheet(sheet[len(head) :], skip_comments=True, skip_whitespace=True)
    kept = without_idle_keyframes([rule for each in rules if (rule := cut_rule(each, words))])
    return head + "\n" + "\n".join(kept) + "\n"


def cut_rule(rule: Node, words: set[str]) -> str:
    """The rule as text without the selectors that can't hold, "" when none is left."""
    if isinstance(rule, QualifiedRule):
        selectors = [one for one in selectors_of(rule.prelude) if can_hold(one, words)]
        return f"{','.join(map(text_of, selectors))}{{{text_of(rule.content)}}}" if selectors else ""
    if isinstance(rule, AtRule) and rule.lower_at_keyword in FRAMES and rule.content is not None:
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        kept = "".join(cut_rule(one, words) for one in inner)
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}" if kept else ""
    if rule.type == "error":
        raise ValueError(f"line {rule.source_line}: {rule.message}")
    return text_of([rule])


def selectors_of(prelude: list[Node]) -> Iterator[list[Node]]:
    """Those between the commas."""
    selector: list[Node] = []
    for token in prelude:
        if token == ",":
            yield selector
            selector = []
        else:
            selector.append(token)
    yield selector


def can_hold(selector: list[Node], words: set[str]) -> bool:
    return all(is_written(name, words) for name in classes_asked_for(selector))


def classes_asked_for(tokens: Iterable[Node]) -> Iterator[str]:
    """The classes that something must have for the selector to hold."""
    before: Node | None = None
    for token in tokens:
        if token.type == "ident" and before is not None and before == ".":
            yield token.value
        elif token.type == "function" and token.lower_name not in ALTERNATIVES:
            yield from classes_asked_for(token.arguments)
        before = token


def without_idle_keyframes(rules: list[str]) -> list[str]:
    """Movements that no rule names are left out."""
    named = set(WORD.findall("\n".join(rule for rule in rules if not rule.startswith("@keyframes"))))
    return [rule for rule in rules if not rule.startswith("@keyframes") or name_of(rule) in named]


def name_of(keyframes: str) -> str:
    return keyframes.removeprefix("@keyframes").partition("{")[0].strip()


def text_of(tokens: list[Node]) -> str:
    return tinycss2.serialize(tokens).strip()


def defined_classes(sheet: str) -> set[str]:
    """Every class that a rule of the sheet asks for."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return set(chain.from_iterable(classes_in_rule(rule) for rule in rules))


def classes_in_rule(rule: Node) -> Iterator[str]:
    if isinstance(rule, QualifiedRule):
        yield from classes_asked_for(rule.prelude)
    elif isinstance(rule, AtRule) and rule.lower_at_keyword in FRAMES and rule.content is not None:
        for one in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True):
            yield from classes_in_rule(one)


if __name__ == "__main__":
    main()
