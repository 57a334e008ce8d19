"""Taking in bank statements: each movement once, whatever file tells of it and however often."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from app import queries
from app.accounting.closed_books import is_closed, wait_for_closing
from app.amounts.money import plain
from app.columns import now, storable
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor
from app.models import (
    LineState,
    Purpose,
    SetAside,
    Shop,
    StatementFile,
    StatementFormat,
    StatementLine,
    StatementRecipe,
)
from app.statements.mapped_csv import BankRecipe, UnknownColumns, UnknownTable
from app.statements.recognising import Recipes, read_statements
from app.statements.statement import BankLine, BankStatement, UnreadableStatement, compact_account, has_iban_digits

#: A number of an account of fewer digits may be part of any.
SHORTEST_ACCOUNT = 7

#: What a payment provider tells beside the payments is not booked on orders.
ASIDE_BY_PURPOSE = {Purpose.FEE: SetAside.FEE, Purpose.PAYOUT: SetAside.PAYOUT}


@dataclass
class FileReport:
    """What became of a file's lines."""

    added: int = 0
    known: int = 0
    probably_known: int = 0
    waits: int | None = None  # id of the file, of which somebody has to say first which column is what


def take_in_statement(
    name: str, content: bytes, *, by: Actor, recipes: Recipes | None = None, demo: bool = False
) -> FileReport:
    """Refuses a file that can't be read as a whole, or that was read before.

    The CSV of a bank that nobody knows waits until somebody has said which column is what; so does one of a header that
    several have. `recipes` are those that are known unless somebody says others.
    """
    digest = hashlib.sha256(content).hexdigest()
    statements, form = list[BankStatement](), StatementFormat.UNKNOWN
    try:
        form, statements = read_statements(content, known_recipes() if recipes is None else recipes)
    except UnknownColumns:
        pass
    except UnreadableStatement as problem:
        raise ActionRefused(f"{name}: {problem}") from problem
    db.session.scalars(select(Shop.id).with_for_update()).all()  # one file after the other
    wait_for_closing()
    file = db.session.scalars(select(StatementFile).where(StatementFile.sha256 == digest)).first()
    if file is not None and file.form != StatementFormat.UNKNOWN:
        raise ActionRefused(_("%(file)s was read before. Nothing is added.", file=name))
    if file is None:
        file = StatementFile(name=storable(name)[:255], sha256=digest, content=zlib.compress(content), is_demo=demo)
        db.session.add(file)
    file.form, file.read_by, file.read_at = form, by.name, now()
    db.session.flush()
    if form == StatementFormat.UNKNOWN:
        return FileReport(waits=file.id)
    report, currency = FileReport(), queries.shop().currency
    for account, of_account in by_account(statements):
        add_lines(file, account, of_account, currency, report)
    return report


# --- banks that nobody knows ----------------------------------------------------------------------------------------


def known_recipes() -> dict[str, list[BankRecipe]]:
    """What was said of the columns of banks, by the digest of the header; a shop has a few."""
    found: dict[str, list[BankRecipe]] = defaultdict(list)
    for one in db.session.scalars(select(StatementRecipe).order_by(StatementRecipe.id)):
        found[one.digest].append(recipe_of(one))
    return dict(found)


def recipe_of(kept: StatementRecipe) -> BankRecipe:
    return BankRecipe(kept.columns, kept.decimal_mark, kept.date_form, kept.out_words, kept.account)


def waiting_file(file_id: int) -> StatementFile | None:
    """One of which somebody has to say which column is what."""
    file = db.session.get(StatementFile, file_id)
    return file if file is not None and file.form == StatementFormat.UNKNOWN else None


def unknown_table(file: StatementFile) -> UnknownTable | None:
    """The table in it that nobody has said the columns of, or of which it is asked though somebody has; else None."""
    content = zlib.decompress(file.content)
    for recipes in (known_recipes(), {}):
        try:
            read_statements(content, recipes)
        except UnknownColumns as unknown:
            return unknown.table
        except UnreadableStatement:
            continue
    return None


def keep_recipe(table: UnknownTable, recipe: BankRecipe, *, title: str, by: Actor) -> StatementRecipe:
    """From now on files with this header are read by it; of each account that the file doesn't name there is one."""
    account = "" if "account" in recipe.columns else storable(compact_account(recipe.account))[:60]
    known = select(StatementRecipe).where(StatementRecipe.digest == table.digest, StatementRecipe.account == account)
    kept = db.session.scalars(known).first()
    if kept is None:
        kept = StatementRecipe(digest=table.digest, account=account)
        db.session.add(kept)
    kept.title, kept.made_by, kept.made_at = storable(title)[:255], by.name, now()
    kept.columns = {one: storable(name) for one, name in recipe.columns.items()}
    kept.decimal_mark, kept.date_form = recipe.decimal_mark, recipe.date_form
    kept.out_words = storable(recipe.out_words)[:255]
    db.session.flush()
    return kept


def take_in_waiting(file_id: int, recipe: BankRecipe, *, by: Actor) -> FileReport:
    """By what somebody says of its columns, which is kept for the next one."""
    file = waiting_file(file_id)
    table = unknown_table(file) if file is not None else None
    if file is None:
        raise ActionRefused(_("This file waits no more: it was read, or left."))
    recipes = known_recipes()
    if table is not None:
        keep_recipe(table, recipe, title=file.name, by=by)
        recipes[table.digest] = [recipe]
    return take_in_statement(file.name, zlib.decompress(file.content), by=by, recipes=recipes)


def leave_waiting(file_id: int) -> None:
    """It is not read, and forgotten."""
    if file := waiting_file(file_id):
        db.session.delete(file)


def forget_recipe(recipe_id: int) -> None:
    """The next file with that header is asked about again."""
    if kept := db.session.get(StatementRecipe, recipe_id):
        db.session.delete(kept)


def by_account(statements: list[BankStatement]) -> Iterator[tuple[str, list[BankStatement]]]:
    """All statements of one account together: a file may have one for each day."""
    found: dict[str, list[BankStatement]] = defaultdict(list)
    for statement in statements:
        found[account_as_known(statement.account)].append(statement)
    yield from found.items()


def account_as_known(account: str) -> str:
    """The name under which its lines are here: some formats write an IBAN, others a part of it."""
    own = compact_account(queries.shop().iban or "")
    known = [own, *db.session.scalars(select(StatementLine.account).distinct().order_by(StatementLine.account))]
    account = account or own or "–"
    if account in known:
        return account
    for other in known:
        shorter, longer = sorted((account, other), key=len)
        if is_part_of(shorter, longer):
            return other
    return account[:60]


def is_part_of(number: str, iban: str) -> bool:
    """Whether it is the number of the account within its country."""
    digits = number.lstrip("0")
    return has_iban_digits(iban) and number.isdigit() and len(digits) >= SHORTEST_ACCOUNT and digits in iban[4:]


def add_lines(
    file: StatementFile, account: str, statements: list[BankStatement], currency: str, report: FileReport
) -> None:
    stored = StoredLines(account, [line.booked_on for one in statements for line in one.lines])
    ordinals: Counter[tuple[object, ...]] = Counter()
    pairs = [(statement, line) for statement in statements for line in statement.lines]
    told = [(statement, one, whole) for statement, whole in pairs for one in lines_to_keep(whole, stored)]
    prints = []
    for _statement, line, _whole in told:
        key = movement_key(line)
        ordinals[key] += 1
        prints.append(print_of(key, ordinals[key]))
    stored.forget_matched(prints)
    for (statement, line, whole), mark in zip(told, prints, strict=True):
        if mark in stored.by_print:
            report.known += 1
            continue
        row = new_line(file, account, line, statement.currency or currency, mark)
        if line is not whole and (known_whole := stored.by_reference.get(whole.bank_reference)):
            row.aside = stored.replace_whole(known_whole)
        elif stored.has_twin(line, file.form):
            row.aside = SetAside.PROBABLY_KNOWN
        if row.aside:
            row.state, row.decided_at = LineState.SET_ASIDE, now()
        report.probably_known += row.aside == SetAside.PROBABLY_KNOWN
        report.added += row.aside != SetAside.PROBABLY_KNOWN
        db.session.add(row)
    db.session.flush()


def lines_to_keep(line: BankLine, stored: StoredLines) -> tuple[BankLine, ...]:
    """A batch is its parts, also where a file before, with the same reference, had them."""
    if line.parts:
        return line.parts
    if line.bank_reference and f"{line.bank_reference}/1" in stored.by_reference:
        return ()
    return (line,)


class StoredLines:
    """What is here already of an account, of the days that a file is about."""

    def __init__(self, account: str, days: list[date]):
        query = select(StatementLine).where(StatementLine.account == account).order_by(StatementLine.id)
        if days:
            query = query.where(StatementLine.booked_on.between(min(days), max(days)))
        rows = list(db.session.scalars(query)) if days else []
        self.by_print = {row.fingerprint: row for row in rows}
        self.by_reference = {row.bank_reference: row for row in rows if row.bank_reference}
        forms = dict(db.session.execute(select(StatementFile.id, StatementFile.form)).all()) if rows else {}
        self.twins: dict[tuple[date, Decimal], list[StatementFormat]] = defaultdict(list)
        for row in rows:
            self.twins[row.booked_on, row.amount].append(forms[row.file_id])

    def forget_matched(self, prints: list[str]) -> None:
        """A line that the file tells of itself is no twin of another one in it."""
        for mark in prints:
            if row := self.by_print.get(mark):
                self.twins[row.booked_on, row.amount].pop(0)

    def has_twin(self, line: BankLine, form: StatementFormat) -> bool:
        """One of the same day and amount in another format: the same format would have told it in the same words."""
        forms = self.twins[line.booked_on, plain(line.amount)]
        other = next((one for one in forms if one != form), None)
        if other is None:
            return False
        forms.remove(other)
        return True

    def replace_whole(self, whole: StatementLine) -> SetAside | None:
        """A batch that was here as one sum waits no more; where it was booked so, its parts are known."""
        if whole.state == LineState.BOOKED or (whole.aside and is_closed(whole.booked_on)):
            return SetAside.PROBABLY_KNOWN
        whole.state, whole.aside, whole.decided_at = LineState.SET_ASIDE, SetAside.IN_PARTS, now()
        return None


def movement_key(line: BankLine) -> tuple[object, ...]:
    """What makes a movement the same: the bank's reference, else all that is said of it."""
    if line.bank_reference:
        return (line.booked_on, plain(line.amount), line.bank_reference)
    return (line.booked_on, plain(line.amount), line.iban, line.name, line.text, line.reference, line.end_to_end)


def print_of(key: tuple[object, ...], ordinal: int) -> str:
    """Movements that are alike in all of it are told apart by how many there were before in the file."""
    said = "\x1f".join([*map(str, key), str(ordinal)])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def new_line(file: StatementFile, account: str, line: BankLine, currency: str, mark: str) -> StatementLine:
    line = replace(line, text=storable(line.text), name=storable(line.name))
    return StatementLine(
        file=file,
        account=account,
        currency=currency[:3],
        booked_on=line.booked_on,
        valued_on=line.valued_on,
        amount=line.amount,
        fee=line.fee,
        name=line.name[:255],
        iban=storable(line.iban)[:60],
        text=line.text[:5000],
        reference=storable(line.reference)[:60],
        bank_reference=storable(line.bank_reference)[:255],
        end_to_end=storable(line.end_to_end)[:255],
        purpose=line.purpose,
        is_reversal=line.is_reversal,
        fingerprint=mark,
        state=LineState.OPEN,
        aside=None if is_closed(line.booked_on) else ASIDE_BY_PURPOSE.get(line.purpose),
    )
