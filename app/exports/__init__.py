"""Data taken out, row by row: what each export holds, and how it is written as CSV or XLSX.

An export reads in chunks and writes as it reads, so a million rows need no more memory than a thousand.
"""

from app.exports.bookkeeping import journal, vat_summary
from app.exports.files import FILES, as_csv, as_xlsx
from app.exports.tables import EXPORTS, Export

__all__ = ["EXPORTS", "FILES", "Export", "as_csv", "as_xlsx", "journal", "vat_summary"]
