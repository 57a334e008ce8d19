"""Which format a file is in, by what stands in it and not by its name, and reading it as that."""

from __future__ import annotations

import io
import logging
import lzma
import re
import traceback
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from flask_babel import gettext as _

from app.amounts.money import BadAmount, parse
from app.columns import storable
from app.intake_readers.decoding import decode_file
from app.models import StatementFormat
from app.statements.bank_csv import NoKnownTable, read_bank_csv
from app.statements.camt import read_camt
from app.statements.cfonb import read_cfonb
from app.statements.coda import read_coda
from app.statements.mapped_csv import (
    BankRecipe,
    UnknownColumns,
    choose_recipe,
    find_known_table,
    find_unknown_table,
    read_mapped,
    statements_of,
)
from app.statements.mt940 import read_mt940
from app.statements.norma43 import read_norma43
from app.statements.ofx import read_ofx
from app.statements.payouts import read_payouts
from app.statements.statement import BankStatement, UnreadableStatement, refuse_cut_off

log = logging.getLogger(__name__)

#: A year of a busy shop has a tenth of it.
LARGEST_STATEMENT = 20_000_000
MOST_FILES = 400

#: What a damaged ZIP makes its reader raise.
UNREADABLE_ZIP = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError,
)  # fmt: skip

TEXT_READERS: dict[StatementFormat, Callable[[str], list[BankStatement]]] = {
    StatementFormat.MT940: read_mt940,
    StatementFormat.CODA: read_coda,
    StatementFormat.NORMA43: read_norma43,
    StatementFormat.CFONB: read_cfonb,
    StatementFormat.OFX: read_ofx,
    StatementFormat.CSV: read_bank_csv,
}


#: Which recipes go with a header, by the digest of that: two banks, or two accounts, may have the same one.
Recipes: TypeAlias = Mapping[str, Sequence[BankRecipe]]


def read_statements(content: bytes, recipes: Recipes | None = None) -> tuple[StatementFormat, list[BankStatement]]:
    """All statements of a file, also of one that is a ZIP of them. Raises UnreadableStatement for the whole of it.

    UnknownColumns is raised for a table of which somebody has to say first which column is what.
    """
    try:
        form, statements = read_any(content, recipes or {})
        return form, [as_storable(one) for one in statements]
    except (ArithmeticError, LookupError, ValueError) as error:  # digits that are none, numbers without an end
        log.warning("a statement of %d bytes can't be read: %s", len(content), say_where(error))
        reason = _(
            "This file can’t be read: something in it is not as in other statements. Fetch it anew from the bank."
        )
        raise UnreadableStatement(reason) from error


def say_where(error: Exception) -> str:
    """In which line of ours, without what stood in the file: that is of customers."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno}"


def as_storable(statement: BankStatement) -> BankStatement:
    """The same, once it is known that a database takes its amounts and the name of its account."""
    for line in statement.lines:
        for one in (line, *line.parts):
            refuse_endless(one.amount)
            refuse_endless(one.fee)
    return replace(statement, account=storable(statement.account), currency=storable(statement.currency))


def refuse_endless(amount: Decimal) -> None:
    try:
        parse(amount)
    except BadAmount as error:
        raise refuse_cut_off(_("“%(text)s” is no amount", text=str(amount)[:40])) from error


def read_any(content: bytes, recipes: Recipes) -> tuple[StatementFormat, list[BankStatement]]:
    if not content.strip():
        raise UnreadableStatement(_("This file is empty."))
    if len(content) > LARGEST_STATEMENT:
        raise UnreadableStatement(_("This file is too large for a statement. Fetch fewer days at once."))
    if content.startswith(b"PK\x03\x04"):
        return read_zip(content, recipes)
    form = recognise_format(content)
    if form == StatementFormat.CAMT:
        return form, read_camt(content)
    text = decode_file(content)
    if form == StatementFormat.CSV and (payouts := read_payouts(text)) is not None:
        return StatementFormat.PAYOUT, payouts
    if form == StatementFormat.CSV:
        return form, read_csv_of_bank(text, recipes)
    return form, TEXT_READERS[form](text)


def read_csv_of_bank(text: str, recipes: Recipes) -> list[BankStatement]:
    """What somebody has said of its columns comes before what is known of banks."""
    known = find_known_table(text, recipes) if recipes else None
    if known is not None:
        if (recipe := choose_recipe(known, recipes[known.digest])) is None:
            raise UnknownColumns(known)
        return statements_of(read_mapped(known, recipe))
    try:
        return TEXT_READERS[StatementFormat.CSV](text)
    except NoKnownTable:
        if (table := find_unknown_table(text)) is None:
            raise
        raise UnknownColumns(table) from None


def recognise_format(content: bytes) -> StatementFormat:
    start = decode_file(content[:4000]).lstrip("\ufeff \r\n\t")
    if (start.startswith("<?xml") and "<OFX" not in start) or start.startswith("<Document"):
        return StatementFormat.CAMT
    if "OFXHEADER" in start or "<OFX>" in start:
        return StatementFormat.OFX
    if re.search(r"^:20:", start, re.MULTILINE) and re.search(r"^:25:", start, re.MULTILINE):
        return StatementFormat.MT940
    if re.match(r"0000\d[\d ]{10}05", start) or re.match(r"00000\d{6}\d{3}05", start):
        return StatementFormat.CODA
    if re.match(r"11\d{18}\d{12}[12]\d{14}\d{3}", start):
        return StatementFormat.NORMA43
    if re.match(r"01\d{5}.{4}.{5}[A-Z]{3}\d", start):
        return StatementFormat.CFONB
    return StatementFormat.CSV


def read_zip(content: bytes, recipes: Recipes) -> tuple[StatementFormat, list[BankStatement]]:
    """Banks pack the days of a month; what they unpack to is limited, whatever their headers say."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [one for one in archive.infolist() if not one.is_dir()]
            if len(names) > MOST_FILES or sum(one.file_size for one in names) > LARGEST_STATEMENT:
                raise UnreadableStatement(_("This file is too large for a statement. Fetch fewer days at once."))
            files = [read_limited(archive, one) for one in names]
    except UNREADABLE_ZIP as error:
        raise UnreadableStatement(_("This ZIP can’t be opened. Fetch it anew from the bank.")) from error
    if not files:
        raise UnreadableStatement(_("This file is empty."))
    read = [read_any(one, recipes) for one in files if not one.startswith(b"PK\x03\x04")]
    return read[0][0] if read else StatementFormat.CSV, [statement for _form, found in read for statement in found]


def read_limited(archive: zipfile.ZipFile, name: zipfile.ZipInfo) -> bytes:
    with archive.open(name) as packed:
        content = packed.read(LARGEST_STATEMENT + 1)
    if len(content) > LARGEST_STATEMENT:
        raise UnreadableStatement(_("This file is too large for a statement. Fetch fewer days at once."))
    return content
