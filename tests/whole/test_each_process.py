"""What a process keeps for itself while others serve beside it: each of it is named here, with why that is right."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
MODULES = [file for file in sorted(APP.rglob("*.py")) if "migrations" not in file.parts]

#: What is made empty, and filled while the process lives.
EMPTY = {"set", "dict", "list", "deque", "defaultdict", "Counter", "Lock", "RLock", "local", "Event", "Condition"}

PROGRAM = "the same in each process: it follows from the program, its texts and its own files"
ASKED = "the same in each process: it follows from what is asked alone"
OWN = "of this process: its threads, its children, its locks"
#: module: name -> why each process may have one of its own.
KEPT = {
    **dict.fromkeys(
        (
            "accounting/late_payment.py: read_rates", "actions/vat_limits.py: read_limits",
            "accounting/vat_rates.py: read_shipped", "actions/declaration.py: ACTIONS",
            "actions/next_steps.py: every_step", "actions/stock.py: stock_added", "actions/usual_words.py: usual_words",
            "admin_views/bulk.py: bulk_actions",
            "admin_views/bulk.py: pressed_in_rows", "admin_views/bulk.py: row_actions",
            "admin_views/cell_actions.py: actions_in_cells",
            "admin_views/dashboard/loading.py: around_draft", "admin_views/dashboard/loading.py: around_order",
            "admin_views/dashboard/offered_actions.py: offered_actions", "admin_views/forms.py: countries",
            "admin_views/forms.py: own_form",
            "admin_views/manual.py: picture_sizes", "admin_views/manual.py: read_page",
            "amounts/money.py: currencies", "documents/fonts.py: faces",
            "documents/fonts.py: faces_with", "documents/layout.py: measuring_font", "documents/pages.py: templates",
            "documents/vat_texts.py: national_articles",
            "documents/wording.py: words_in", "einvoices/hybrid.py: colour_profile",
            "exports/double_entry/accounts.py: read_charts",
            "intake_readers/csv/cells.py: countries", "intake_readers/csv/cells.py: months",
            "intake_readers/csv/fields.py: known_names", "intake_readers/csv/mapping.py: names_by_word",
            "intake_readers/csv/order_rows.py: affixes",
            "intake_readers/reading.py: countries", "deferring.py: defaults_of", "deferring.py: parents_of",
            "mails/queueing.py: insert_once", "mails/texts.py: template",
            "maps/atlas.py: lines_of", "numbering.py: counter_moved_on", "operations/databases_beside.py: empty_sqlite",
            "operations/order_proofs.py: documents_with_orders", "operations/order_proofs.py: houses",
            "operations/order_proofs.py: taxes_of_lines", "operations/order_proofs.py: units_of",
            "operations/order_proofs.py: what_is_said", "operations/order_proofs.py: zone_named",
            "operations/order_rows.py: table_reader",
            "operations/seal_checks.py: next_of_chain",
            "operations/starting.py: head", "pages/formatting.py: kept_order_badges",
            "pages/formatting.py: kept_parts", "pages/formatting.py: names", "pages/static_files.py: content_mark",
            "pages/static_files.py: read_joined", "queries/news.py: counts_and_news",
            "queries/order_list.py: view_counts", "queries/order_parts.py: every_part",
            "queries/statistics.py: sales_on_days", "queries/statistics.py: what_waits",
            "security/sessions.py: who_is_signed_in",
        ),
        PROGRAM,
    ),
    **dict.fromkeys(
        (
            "amounts/money.py: decimals", "amounts/money.py: format_amount", "amounts/money.py: is_currency",
            "amounts/money.py: shown_number", "mails/words.py: write_out_day", "amounts/money.py: smallest_unit",
            "documents/joining.py: shape", "documents/layout.py: text_width",
            "encryption/sealed.py: keys_in", "intake_readers/spreadsheets.py: as_csv_text",
            "intake_readers/spreadsheets.py: sheets_of", "maps/drawing.py: draw", "maps/locating.py: locate_in_atlas",
            "pages/formatting.py: drawn_badge", "pages/formatting.py: written_day", "seeding/copying.py: written_day",
            "seeding/copying.py: written_day",
        ),
        ASKED,
    ),
    **dict.fromkeys(
        (
            "documents/render_process.py: long_process", "documents/render_process.py: second_process",
            "documents/render_process.py: the_process",
            "locking/database.py: held", "locking/database.py: one_at_a_time", "maps/atlas.py: connections",
        ),
        OWN,
    ),
    "connections/shopware.py: TOKENS": "a shop gives as many as are asked for; by the address and the secret",
    "connections/woocommerce_writer.py: TRACKING": "what a shop can do, asked anew after minutes",
    "documents/fonts.py: PRINTED": "what the program that renders has loaded",
    "documents/printing.py: unprintable": "only spares a try; another process tries once, too, and logs it",
    "jobs/importing.py: readings": "of the worker that has the job; another one reads the file anew",
    "security/security_log.py: waiting": "each process writes its own: once a minute, and at its end",
}  # fmt: skip


def kept_things() -> Iterator[str]:
    """Caches and locks, what begins empty, and what changes itself, of each module."""
    trees = {file: ast.parse(file.read_text("utf-8")) for file in MODULES}
    changing = {
        one.name for tree in trees.values() for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and changes(one)
    }
    for file, tree in trees.items():
        for statement in tree.body:
            for name in kept_by(statement, changing):
                yield f"{file.relative_to(APP)}: {name}"


def changes(of_class: ast.ClassDef) -> bool:
    """Whether it changes itself after it was made."""
    methods = [one for one in of_class.body if isinstance(one, ast.FunctionDef) and one.name != "__init__"]
    return any(is_own(part) for method in methods for part in ast.walk(method))


def is_own(part: ast.AST) -> bool:
    if not isinstance(part, ast.Attribute | ast.Subscript) or not isinstance(part.ctx, ast.Store):
        return False
    kept: ast.expr = part.value if isinstance(part, ast.Subscript) else part
    return isinstance(kept, ast.Attribute) and isinstance(kept.value, ast.Name) and kept.value.id == "self"


def kept_by(statement: ast.stmt, changing: set[str]) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef):
        if {called(one) for one in statement.decorator_list} & {"cache", "lru_cache"}:
            yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        names, values = parts(target), parts(statement.value)
        if len(names) == len(values):
            yield from (ast.unparse(name) for name, value in zip(names, values, strict=True) if keeps(value, changing))


def parts(of: ast.expr) -> list[ast.expr]:
    return list(of.elts) if isinstance(of, ast.Tuple) else [of]


def keeps(value: ast.expr, changing: set[str]) -> bool:
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.List):
        return not value.elts
    if not isinstance(value, ast.Call):
        return False
    return called(value) in changing or (called(value) in EMPTY and not (value.args and called(value) != "deque"))


def called(what: ast.expr) -> str:
    while isinstance(what, ast.Call | ast.Subscript):
        what = what.func if isinstance(what, ast.Call) else what.value
    return what.attr if isinstance(what, ast.Attribute) else getattr(what, "id", "")


def test_what_each_process_keeps_is_known() -> None:
    assert sorted(kept_things()) == sorted(KEPT)
