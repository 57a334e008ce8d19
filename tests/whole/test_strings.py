"""Meaning is not kept in strings: kinds, results and sources are enums, and no text is taken apart to learn one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"

#: What says of which kind something is, or what became of it.
TELLING = {"kind", "actor_kind", "result", "fate", "source", "once_key", "status", "state", "what"}

#: Function and what it does -> why it may.
EXCEPTIONS = {
    ("admin_views/orders.py", "run_on_row"): "a button has one value, and says action and order by it",
    ("admin_views/dashboard/history.py", "mail_url"): "a subject in history names a record of any table",
    ("mails/queueing.py", "times_queued"): "counts keys by what they begin with, as their numbers are given",
    ("intake_readers/lightspeed.py", "read"): "the other shop keeps its meaning so",
}


def test_no_meaning_is_kept_in_strings() -> None:
    found = {
        (str(file.relative_to(APP)), function): what
        for file in sorted(APP.rglob("*.py"))
        if "migrations" not in file.parts
        for function, what in meanings_in(file.read_text("utf-8"))
    }

    assert {place: what for place, what in found.items() if place not in EXCEPTIONS} == {}, "make it an enum, or a fact"
    assert set(EXCEPTIONS) <= set(found), "an exception that nothing needs any more"


@pytest.mark.parametrize(
    ("code", "is_meaning"),
    [
        ('field, _, sentence = reason.partition(": ")', True),
        ('name = job.kind.partition(":")[0]', True),
        ('mail.once_key.startswith("reminder")', True),
        ('kind.startswith(("bulk", "import"))', True),
        ('OutgoingMail.once_key.startswith(f"{key}:")', True),
        ('invoice.kind == "invoice"', True),
        ('"quarantined" != arrival.result', True),
        ('order.source in ("api", "staff")', True),
        ("invoice.kind == InvoiceKind.INVOICE", False),
        ('url.startswith("https://")', False),
        ('head.partition("\\n")', False),
        ('request.args.get("kind") == "invoice"', False),
    ],
)
def test_what_keeps_meaning_in_a_string_is_seen(code: str, is_meaning: bool) -> None:
    assert bool(list(meanings_in(f"def f():\n    {code}"))) is is_meaning


def meanings_in(source: str) -> Iterator[tuple[str, str]]:
    """(function, code) of each place that reads meaning out of a string."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((function.name, ast.unparse(node)) for node in ast.walk(function) if reads_meaning(node))


def reads_meaning(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        takes_apart = node.func.attr == "partition" and is_colon(node.args[0])
        return takes_apart or (node.func.attr == "startswith" and tells(node.func.value) and is_text(node.args[0]))
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return any(isinstance(side, ast.Attribute) and tells(side) for side in sides) and any(map(is_text, sides))
    return False


def is_colon(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).strip() == ":"


def tells(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in TELLING


def is_text(node: ast.expr) -> bool:
    """A text, or several, written out where they are compared; "" is none."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(is_text, node.elts))
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(node.value)
    )
