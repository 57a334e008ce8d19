"""Formulas of a spreadsheet that no program worked out: programs may write them and leave that to Excel.

Read as they are, their cells are empty or 0.
"""

from __future__ import annotations

import re
import zipfile

from flask_babel import gettext as _

from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.payloads import FILE

CHUNK = 1 << 20

#: A cell with a formula, its attributes and its value; and what says that values are to be worked out on opening.
FORMULA = re.compile(rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v>([^<]*)</v>|<v\s*/>)?\s*</c>")
TO_WORK_OUT = re.compile(rb"fullCalcOnLoad\s*=\s*[\"'](?:1|true)[\"']")
#: No cell is longer.
LONGEST_CELL = 1 << 18


def refuse_unworked(parts: zipfile.ZipFile) -> None:
    """Raise UnreadableOrder, with what to do, where a sheet has one."""
    names = parts.namelist()
    is_to_work_out = "xl/workbook.xml" in names and TO_WORK_OUT.search(parts.read("xl/workbook.xml")) is not None
    for name in names:
        if name.startswith("xl/worksheets/") and name.endswith(".xml") and has_unworked(parts, name, is_to_work_out):
            reason = _(
                "This spreadsheet has formulas whose values were not worked out. Open it in your spreadsheet program, "
                "save it anew, and upload that file."
            )
            raise UnreadableOrder(FILE, reason)


def has_unworked(parts: zipfile.ZipFile, name: str, is_to_work_out: bool) -> bool:
    before = b""
    with parts.open(name) as stream:
        while chunk := stream.read(CHUNK):
            now = before + chunk
            before = now[max(now.rfind(b"<c "), len(now) - LONGEST_CELL) :]
            found = FORMULA.finditer(now) if b"<f" in now else ()
            if any(is_unworked(one[1], one[2], is_to_work_out) for one in found):
                return True
    return False


def is_unworked(attributes: bytes, value: bytes | None, is_to_work_out: bool) -> bool:
    """Whether a formula has no value; a text may be empty, and a 0 counts where nothing is to be worked out."""
    if b't="str"' in attributes:
        return False
    return not value or (is_to_work_out and value == b"0")
