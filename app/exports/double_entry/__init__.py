"""The books in double entry: which account each amount stands on, and the files that accountants' programs read."""

from app.exports.double_entry.accounts import CHARTS, USES, Accounts, default_accounts
from app.exports.double_entry.book_files import (
    BOOK_FILES,
    BookFile,
    find_other_currencies,
    read_books,
    usual_file,
)
from app.exports.double_entry.books import Books
from app.exports.double_entry.entries import LEDGER_COLUMNS, ledger_rows, make_entries

__all__ = [
    "BOOK_FILES",
    "CHARTS",
    "LEDGER_COLUMNS",
    "USES",
    "Accounts",
    "BookFile",
    "Books",
    "default_accounts",
    "find_other_currencies",
    "ledger_rows",
    "make_entries",
    "read_books",
    "usual_file",
]
