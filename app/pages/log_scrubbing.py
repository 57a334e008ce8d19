"""What the log leaves out, whoever writes it: tokens of links, e-mail addresses, and rows that a database quotes."""

from __future__ import annotations

import logging
import re
import traceback

from flask import has_request_context, request

TOKEN = re.compile(r"(/(?:sign-in|quote|hooks/\w+)/)[\w-]{20,}")
EMAIL = re.compile(r"[^\s@<>\"'(),;:=\[\]{}]+@[^\s@<>\"'(),;:=\[\]{}/]+\.[A-Za-z]{2,}")
#: PostgreSQL says which row it was, with all that stands in it.
QUOTED_ROW = re.compile(r"^DETAIL:.*$", re.MULTILINE)


#: What an exception quotes is what somebody entered; of these it is names of ours.
QUOTED_VALUE = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
OF_OURS = ("AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "TypeError", "FileNotFoundError")
#: Shorter texts of a request say nothing, and stand in many words.
SHORTEST_SAID, MOST_SAID = 5, 200


def scrub(text: str) -> str:
    for said in said_in_request():
        text = text.replace(said, "…")
    return QUOTED_ROW.sub("DETAIL: …", EMAIL.sub("…@…", TOKEN.sub(r"\1…", text)))


def said_in_request() -> list[str]:
    """The texts that the request at hand came with, the longest first: what was entered belongs in no log."""
    if not has_request_context() or (request.content_length and request.content_length > LONGEST_READ):
        return []
    try:
        given = [*request.args.values(), *request.form.values(), *request.cookies.values()]
        given += [value for name, value in request.headers if name in TELLING_HEADERS]
        given += leaves(request.get_json(silent=True)) if request.is_json else []
    except Exception:  # a body that can't be read: then nobody has read it
        return []
    texts = {text for value in given for text in (value, repr(value)[1:-1]) if len(text) >= SHORTEST_SAID}
    return sorted(texts, key=len, reverse=True)[:MOST_SAID]


LONGEST_READ = 1_000_000
TELLING_HEADERS = ("Authorization", "Idempotency-Key", "User-Agent", "Referer", "X-Csrftoken")


def leaves(value: object) -> list[str]:
    """The texts of a JSON value."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in leaves(one)]
    if isinstance(value, list):
        return [text for one in value for text in leaves(one)]
    return [value] if isinstance(value, str) else []


def tell(error: BaseException) -> str:
    """The traceback: files and lines as they are, and of what the exceptions say only what nobody entered."""
    return "".join(
        part if part.startswith((" ", "Traceback", "\n")) else scrub_message(part)
        for part in traceback.format_exception(error)
    ).rstrip("\n")


def scrub_message(part: str) -> str:
    """Of one exception; the statement of one of the database holds no values."""
    said, sql, statement = part.partition("[SQL:")
    quoted = said if part.startswith(OF_OURS) else QUOTED_VALUE.sub("…", said)
    return in_one_entry(scrub(quoted)) + sql + statement


def in_one_entry(text: str) -> str:
    """What is quoted begins no entry of its own, and steers no terminal: further lines are indented."""
    ended = text.endswith("\n")
    lines = CONTROL.sub("�", text.rstrip("\n")).split("\n")
    return "\n    ".join(lines) + ("\n" if ended else "")


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


class ScrubbedRecord(logging.LogRecord):
    """An entry whose message and traceback name nobody; the traceback keeps its files and lines."""

    def getMessage(self) -> str:  # noqa: N802
        """Asked for before the traceback is written, by whatever writes it."""
        error = self.exc_info[1] if self.exc_info else None
        if error is not None and not self.exc_text:
            self.exc_text = tell(error)
        return in_one_entry(scrub(super().getMessage()))


def leave_out_personal_data() -> None:
    """From here on, in this process."""
    logging.setLogRecordFactory(ScrubbedRecord)
