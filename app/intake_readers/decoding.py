"""From the bytes of a file to its text, by a rule that a person can follow: marks first, then UTF-8, then Windows."""

from __future__ import annotations

import codecs

#: Marks at the start of a file that say how it is written; the longer one of two that start alike comes first.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: How far into a file without a mark it is looked for the zeros that UTF-16 has beside each Latin letter.
LOOKED_AT = 2_000


def decode_file(data: bytes) -> str:
    """The text of a file. No bytes make this raise: what isn't a character becomes the replacement character.

    A mark decides (Excel's "Unicode text" has that of UTF-16). Else it is UTF-8 if all of it is sound UTF-8, as
    other text practically never is; else UTF-16 if every second byte is mostly zero; else Windows-1252, which is
    what Excel writes in Western Europe and America.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if encoding := utf_16_by_its_zeros(data):
        return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def utf_16_by_its_zeros(data: bytes) -> str:
    """The byte order of UTF-16 without a mark, "" when it is something else."""
    even, odd = data[:LOOKED_AT:2], data[1:LOOKED_AT:2]
    if len(data) < 4 or len(data) % 2:
        return ""
    if odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.7 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return ""
