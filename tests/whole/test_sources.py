"""What no line of the program does, because somebody's text could act through it: looked for in the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app.security.xml_input import UnreadableXml, read_xml

APP = Path(__file__).parents[2] / "app"
MODULES = [file for file in sorted(APP.rglob("*.py")) if "migrations" not in file.parts]

#: What patterns are made of, besides what is written or escaped where they are: each was looked at.
PARTS_OF_PATTERNS = {
    "actions/naming_people.py: '|'.join(emails + phones)", "documents/joining.py: SCRIPTS",
    "documents/library_patches.py: FROM_THE_RIGHT", "intake_readers/csv/cells.py: mark",
    "intake_readers/csv/cells.py: other", "intake_readers/csv/several.py: TIMES", "maps/locating.py: pattern",
    "postal/house_numbers.py: ends", "postal/house_numbers.py: pattern",
    "seeding/patterns.py: '|'.join(map(re.escape, longest_first))",
}  # fmt: skip
#: Format strings that are not written where they are filled in: all are our own words, or a platform's addresses.
FORMAT_STRINGS = {
    "connections/lightspeed.py: part.route", "documents/example.py: words['please_pay']",
    "documents/account_statement_page.py: words['please_pay_now']",
    "documents/account_statement_page.py: words['transfer_to']", "documents/example.py: words['transfer_to']",
    "documents/invoice_page.py: sentence",
    "documents/invoice_page.py: words['each']",
    "documents/invoice_page.py: words['paid_by']", "documents/invoice_page.py: words['received']",
    "documents/invoice_page.py: words['transfer_to']",
    "documents/quotes.py: words_in(quote.language)['quote_is_valid']", "einvoices/hybrid.py: XMP",
    "intake_readers/csv/fields.py: way", "mails/markup.py: PAGE", "mails/markup.py: STYLES[found[1]]",
    "operations/starting.py: sentence",
}  # fmt: skip
PATTERNS = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}

#: module -> why it draws what somebody could foresee: no secret is made of it.
FORESEEABLE = {
    "mails/outbox.py": "pauses",
    "repeating/tries.py": "pauses",
    **dict.fromkeys(("demo/baskets.py", "demo/stories.py", "demo/planting.py"), "what is invented"),
    **dict.fromkeys(("seeding/copying.py", "seeding/__init__.py", "seeding/names.py"), "what is invented"),
    **dict.fromkeys(("seeding/customers.py", "seeding/products.py"), "what is invented"),
}
#: module -> why fewer than 16 random bytes do there.
NO_SECRETS = {
    "mails/account_notices.py": "tells mails apart",
    "mails/delivering.py": "tells workers apart",
    "operations/exchanging.py": "tells connections to the database apart",
    "security/form_tokens.py": "tells forms apart; what counts is the signature",
}
#: module -> why it uses a hash that is broken.
BROKEN_HASHES = {
    "einvoices/hybrid.py": "the id of a PDF",
    "intake/events.py": "events of Lightspeed are signed so",
    "security/second_factors.py": "apps know no other (RFC 6238)",
}


#: What runs a text, a template or bytes, whatever it is called on.
RUNNING = ("eval", "exec", "__import__", "render_template_string", "from_string")
RUNNING_MODULES = ("pickle", "marshal", "shelve", "builtins")
RUN_BY_A_SHELL = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput"), ("subprocess", "getstatusoutput")}
#: Modules that are only used by their own names, as these tests look for those.
BY_THEIR_NAMES = {"re", "os", "subprocess", *RUNNING_MODULES}


@cache
def all_calls() -> list[tuple[str, str, str, ast.Call]]:
    """Of the whole program: the module, of what something is called, its name, and the call."""
    return [
        (str(file.relative_to(APP)), *what) for file in MODULES for what in calls(ast.parse(file.read_text("utf-8")))
    ]


def calls(tree: ast.AST) -> Iterator[tuple[str, str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield words_of(node.func), node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield "", node.func.id, node


def words_of(called: ast.Attribute) -> str:
    """Only where it matters: writing it out takes its time."""
    if isinstance(called.value, ast.Name):
        return called.value.id
    return ast.unparse(called.value) if called.attr.startswith("format") else ""


def is_run(of: str, name: str, call: ast.Call) -> bool:
    """Whether it makes a program of a text or of bytes."""
    if any(one.arg == "shell" for one in call.keywords) or (of, name) in RUN_BY_A_SHELL:
        return True
    return name in RUNNING or of in RUNNING_MODULES


def test_no_text_is_run() -> None:
    found = [f"{file}: {ast.unparse(call)}" for file, *what, call in all_calls() if is_run(*what, call)]

    assert found == []


def hidden_names(tree: ast.AST) -> Iterator[str]:
    """Imports by which something of these modules would be called otherwise than these tests look for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in BY_THEIR_NAMES:
            yield from (f"{node.module}.{one.name}" for one in node.names if one.name not in TYPES)
        if isinstance(node, ast.Import):
            yield from (
                f"{one.name} as {one.asname}" for one in node.names if one.name in BY_THEIR_NAMES and one.asname
            )


#: What runs nothing.
TYPES = {"Match", "Pattern"}


def test_what_is_looked_for_here_is_called_by_its_name() -> None:
    found = [
        f"{file.relative_to(APP)}: {name}"
        for file in MODULES
        for name in hidden_names(ast.parse(file.read_text("utf-8")))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("code", "is_seen"),
    [
        ("from os import system", True), ("import re as regex", True), ("from re import compile", True),
        ("from pickle import loads", True), ("import os", False), ("from re import Match", False),
    ],
)  # fmt: skip
def test_another_name_of_a_module_is_seen(code: str, is_seen: bool) -> None:
    assert bool(list(hidden_names(ast.parse(code)))) == is_seen


def strange_part(text: ast.expr) -> str:
    """The part of a pattern or of a format string that is not written in the sources; "" when there is none."""
    if isinstance(text, ast.JoinedStr):
        parts = [one.value for one in text.values if isinstance(one, ast.FormattedValue)]
    else:
        parts = [] if isinstance(text, ast.Constant) else [text]
    for part in parts:
        if not (isinstance(part, ast.Call) and ast.unparse(part.func) == "re.escape"):
            return ast.unparse(part)
    return ""


def test_no_pattern_is_made_of_a_text_that_is_not_escaped() -> None:
    parts = {
        f"{file}: {part}"
        for file, of, name, call in all_calls()
        if of == "re" and name in PATTERNS and call.args and (part := strange_part(call.args[0]))
    }

    assert parts == PARTS_OF_PATTERNS, "escape it, or look at it and add it above"


def test_no_text_of_others_is_a_format_string() -> None:
    filled_in = {
        f"{file}: {of}"
        for file, of, name, call in all_calls()
        if name in ("format", "format_map") and not of.startswith(("'", '"', "Markup('", "DEFAULT"))
    }

    assert filled_in == FORMAT_STRINGS, "look at where it comes from, and add it above"


@pytest.mark.parametrize(
    ("modules", "allowed"),
    [
        (r"^\s*(import random|from random import|import .*, random)\b", FORESEEABLE),
        (r"\b(md5|sha1|SHA1)\b", BROKEN_HASHES),
    ],
    ids=["chance", "hashes"],
)
def test_secrets_are_drawn_and_hashed_well(modules: str, allowed: dict[str, str]) -> None:
    using = {
        str(file.relative_to(APP)) for file in MODULES if re.search(modules, file.read_text("utf-8"), re.MULTILINE)
    }

    assert using == set(allowed)


def test_what_is_drawn_to_be_secret_has_128_bits() -> None:
    drawn = [(file, call.args) for file, of, name, call in all_calls() if of == "secrets" and name.startswith("token_")]
    short = {file for file, args in drawn if not args or ast.literal_eval(args[0]) < 16}

    assert short == set(NO_SECRETS)
    assert len(drawn) > 15


def test_xml_is_read_by_what_resolves_nothing_outside() -> None:
    """By one reader, which takes no document type in any encoding; from elsewhere come only names of types."""
    importing = {
        f"{file}: {re.sub(r'^(from|import) ', '', line.strip())}"
        for file in MODULES
        for line in file.read_text("utf-8").splitlines()
        if re.match(r"(from|import) (lxml|xml|bs4|defusedxml)\b", line.strip())
    }

    assert {one.partition(": ")[2] for one in importing} == {
        "defusedxml import DefusedXmlException",
        "defusedxml.ElementTree import fromstring",
        "xml.etree import ElementTree",
        "xml.sax.saxutils import escape",
        "xml.sax.saxutils import escape, quoteattr",
    }
    doubled = "".join(f'<!ENTITY a{step} "{f"&a{step - 1};" * 10}">' for step in range(1, 10))
    for entities, part in (
        (f'<!ENTITY a0 "a">{doubled}', "&a9;"),
        ('<!ENTITY a SYSTEM "file:///etc/hostname">', "&a;"),
    ):
        for written in ("utf-8", "utf-16"):
            with pytest.raises(UnreadableXml) as refused:
                read_xml(f"<!DOCTYPE a [{entities}]><a>{part}</a>".encode(written))
            assert refused.value.has_document_type
    named = (f'<?xml version="1.0" encoding="{name}"?><a/>'.encode() for name in ("x-nothing", "big5", "utf-7"))
    for unread in (b"", b"<a>", *named):
        with pytest.raises(UnreadableXml):
            read_xml(unread)
    parsing = re.compile(r"\b(fromstring|iterparse|ElementTree\.(parse|XML))\(")
    assert [file.name for file in MODULES if parsing.search(file.read_text("utf-8"))] == ["xml_input.py"]


def test_no_script_of_ours_writes_markup() -> None:
    """What is shown comes as a page that the server has escaped."""
    writes = re.compile(r"\.(innerHTML|outerHTML)\b|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc")
    found = {
        f"{file.name}: {line.strip()}"
        for file in sorted((APP / "static").glob("*.js"))
        for line in file.read_text("utf-8").splitlines()
        if writes.search(line)
    }

    assert found == set()


def test_no_script_of_ours_takes_names_of_properties_from_what_it_reads() -> None:
    """So that no text can reach the prototype of all objects: what is merged is written where it is merged."""
    merges = re.compile(r"__proto__|Object\.assign\([^,]+, (?!\{|properties\))|\.\.\.JSON\.parse|Reflect\.set")
    found = {
        f"{file.name}: {line.strip()}"
        for file in sorted((APP / "static").glob("*.js"))
        for line in file.read_text("utf-8").splitlines()
        if merges.search(line)
    }

    assert found == set()


def test_what_a_script_saves_is_sent_even_when_its_page_is_left() -> None:
    """A request that waits for its turn ends with its page, unless it is kept alive; what only asks may end with it."""
    saving = {
        f"{file.name}: {call}"
        for file in sorted((APP / "static").glob("*.js"))
        for call in re.findall(r"\bfetch\(.*\bmethod\b.*|\bXMLHttpRequest\b.*", file.read_text("utf-8"))
    }

    assert saving
    assert all("keepalive: true" in call for call in saving), saving


def test_scripts_keep_nothing_of_anybody_in_the_browser() -> None:
    cookie = r"document\.cookie\s*=(?!=)\s*(?:`(?:\$\{prefix\})?(\w+)=)?"
    kept = re.compile(rf"(?:localStorage|sessionStorage|indexedDB)(?:\.\w+\('(\w+)')?|{cookie}")
    names = {
        found[1] or found[2]
        for file in sorted((APP / "static").glob("*.js"))
        for found in kept.finditer(file.read_text("utf-8"))
    }

    assert names == {"news", "packed", "shortcuts", "theme", "typed"}


@pytest.mark.parametrize(
    ("code", "is_seen"),
    [
        ("eval(text)", True), ("subprocess.run(text, shell=True)", True), ("pickle.loads(text)", True),
        ("os.system(text)", True), ("subprocess.run(['pg_dump'])", False), ("subprocess.getoutput(text)", True),
        ("app.jinja_env.from_string(text)", True),
    ],
)  # fmt: skip
def test_what_runs_a_text_is_seen(code: str, is_seen: bool) -> None:
    assert any(is_run(*what, call) for *what, call in calls(ast.parse(code))) == is_seen


@pytest.mark.parametrize(
    ("code", "part"),
    [("f'a{word}'", "word"), ("f'a{re.escape(word)}'", ""), ("word", "word"), ("'a'", ""), ("rf'{mark}'", "mark")],
)
def test_a_part_of_others_is_seen(code: str, part: str) -> None:
    assert strange_part(ast.parse(code, mode="eval").body) == part
