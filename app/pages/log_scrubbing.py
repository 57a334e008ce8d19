"""What the log leaves out, whoever writes it: tokens of links, e-mail addresses, and rows that a database quotes."""

from __future__ import annotations

import logging
import re
import traceback

TOKEN = re.compile(r"(/(?:sign-in|quote)/)[\w-]{20,}")
EMAIL = re.compile(r"[^\s@<>\"'(),;:=\[\]{}]+@[^\s@<>\"'(),;:=\[\]{}/]+\.[A-Za-z]{2,}")
#: PostgreSQL says which row it was, with all that stands in it.
QUOTED_ROW = re.compile(r"^DETAIL:.*$", re.MULTILINE)


def scrub(text: str) -> str:
    return QUOTED_ROW.sub("DETAIL: …", EMAIL.sub("…@…", TOKEN.sub(r"\1…", text)))


class ScrubbedRecord(logging.LogRecord):
    """An entry whose message and traceback name nobody; the traceback keeps its files and lines."""

    def getMessage(self) -> str:  # noqa: N802
        """Asked for before the traceback is written, by whatever writes it."""
        error = self.exc_info[1] if self.exc_info else None
        if error is not None and not self.exc_text:
            self.exc_text = scrub("".join(traceback.format_exception(error))).rstrip("\n")
        return scrub(super().getMessage())


def leave_out_personal_data() -> None:
    """From here on, in this process."""
    logging.setLogRecordFactory(ScrubbedRecord)
