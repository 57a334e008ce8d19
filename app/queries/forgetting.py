"""Making SQLite's indexes of words forget what was erased.

An index only notes that a word is gone: the word, and the note, stay in its file until the parts that it consists of
are merged. With all of them merged nothing is left of either. Of a large index that takes seconds, so that it is begun
with the erasure, and gone on with in short transactions. (The option secure-delete of FTS5 would do it at once, but no
SQLite before 3.42 can read such a file.) PostgreSQL has its rows vacuumed.
"""

from __future__ import annotations

import time

from sqlalchemy import text

from app.deferring import write_deferred
from app.extensions import db, transaction
from app.models import SEARCH_DOCUMENTS

INDEXES_OF_WORDS = ("order_search_fts", *(f"{table.name}_fts" for table in SEARCH_DOCUMENTS.values()))

#: What is merged in one transaction, in pages, and for how many seconds before others have a turn.
MERGED_AT_ONCE, ONE_TURN = 100, 1.0

#: Where an index keeps how it is made up.
STRUCTURE = 10


def begin_to_forget() -> None:
    """Have all parts merged that there are now, with what was erased in this transaction."""
    if db.engine.dialect.name != "sqlite":
        return
    write_deferred()
    db.session.flush()
    with db.session.begin_nested():  # for which the indexes write down what they hold in memory
        for index in INDEXES_OF_WORDS:
            merge(index, -1)


def forget_on() -> int:
    """Go on with what was begun, for a moment; answers whether there may be more."""
    if db.engine.dialect.name != "sqlite":
        return 0
    begun, until = [index for index in INDEXES_OF_WORDS if is_merging(index)], time.monotonic() + ONE_TURN
    db.session.rollback()
    for index in begun:
        while is_merging(index):
            with transaction():
                merge(index, MERGED_AT_ONCE)
            if time.monotonic() > until:
                return 1
    return 0


def merge(index: str, pages: int) -> None:
    """So many pages, of parts that are being merged already; a negative number says that all are to be."""
    db.session.execute(text(f"INSERT INTO {index}({index}, rank) VALUES ('merge', :pages)"), {"pages": pages})


def is_merging(index: str) -> bool:
    """By the record of its parts: after a cookie of four bytes the number of levels, of parts, a counter, and of each
    level how many of its parts are being merged, how many it has, and three numbers of each part."""
    block = db.session.scalar(text(f"SELECT block FROM {index}_data WHERE id = :id"), {"id": STRUCTURE})
    numbers = read_numbers(block[4:])
    at = 3
    for _level in range(numbers[0]):
        merging, parts = numbers[at : at + 2]
        if merging:
            return True
        at += 2 + 3 * parts
    return False


def read_numbers(block: bytes) -> list[int]:
    """As SQLite packs them: seven bits a byte, of which the last has no eighth."""
    numbers, number = [], 0
    for byte in block:
        number = number << 7 | byte & 127
        if byte < 128:
            numbers.append(number)
            number = 0
    return numbers
