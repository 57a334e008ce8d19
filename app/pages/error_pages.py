"""Error pages in our look: what went wrong in a sentence, and what to do next."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from app.csrf import FromElsewhere
from app.errors import is_held
from app.extensions import db
from app.pages.preferences import local_path
from app.repeating import TALLY, Tally, is_full, is_passing
from app.security import form_tokens
from app.security.form_tokens import NoToken
from app.security.identity import current_staff, forget_staff
from app.security.security_log import SecurityKind, note_security, where_asked
from app.serving.callers import UnknownHost

log = logging.getLogger(__name__)

#: code -> (title, sentence)
SENTENCES = {
    400: (_l("Not understood"), _l("Something in this request is missing or not readable. Go back and try again.")),
    403: (_l("Not allowed"), _l("You lack the right to do this. The owner can give it to you.")),
    404: (_l("Not found"), _l("There is nothing at this address. It may be removed, or the link is incomplete.")),
    405: (_l("Not possible"), _l("This address can't be opened by itself. Go back and use the button.")),
    410: (_l("No longer here"), _l("This has been used or has run out.")),
    413: (_l("Too large"), _l("What you sent is too large. Choose a smaller file.")),
    429: (_l("Too many tries"), _l("Wait a few minutes, or ask the owner for a one-time sign-in link.")),
    500: (_l("Something went wrong"), _l("It is our mistake, not yours. Nothing was saved; try again in a moment.")),
}
SAVED = _l("It is our mistake, not yours. What you did was saved: look at it before you do it again.")
NOT_NOW = _l("Not just now")
HELD_NOW = _l("Somebody else is working on this just now. Nothing was saved; try again in a moment.")
NOT_REACHED = _l("The database is busy, or away for a moment. Nothing was saved; try again in a moment.")
FULL = _l("The disk of the database is full. Nothing was saved; once there is room, try again.")
SAVED_BEFORE = _l("The database went away afterwards. What you did was saved: look at it before you do it again.")
IN_DOUBT = _l(
    "The database went away while it saved this, so it may be saved or not: look at it before you do it again."
)
#: Seconds after which it makes sense to ask again.
RETRY_AFTER = 5
TYPED_IS_THERE = _l("Go back: what you typed is still there, to be sent again.")
#: What the error itself says to whoever called, by its header.
KEPT_HEADERS = ("Allow", "Content-Range", "Retry-After")
OPEN_TOO_LONG = (_l("Not saved"), _l("This page was open too long. Go back, reload it and try again."))
UNKNOWN_HOST = (
    _l("Not known by this name"),
    _l(
        "Open it by its own address. Whoever runs it sets that as TOONBANK_ADDRESS, "
        "and further names as TOONBANK_HOSTS."
    ),
)
FROM_ELSEWHERE = (
    _l("Not from this site"),
    _l("A page of another site sent this. Nothing was changed. Go to the start page here and do it there."),
)


def register_error_pages(app: Flask) -> None:
    app.register_error_handler(HTTPException, error_page)
    app.register_error_handler(SQLAlchemyError, answer_for_database)


#: The page of an error in a site's own frame, of its code, title and sentence; "" for whoever sees no such frame.
Frame: TypeAlias = Callable[[int, object, object], str]


def frame_errors(app: Flask, frame: Frame) -> None:
    """A site has a frame of its own for what was asked of it in vain. What failed here is told without one."""
    app.extensions["error_frame"] = frame


def show_framed(code: int, title: object, sentence: object) -> str:
    frame: Frame | None = current_app.extensions.get("error_frame")
    if code >= 500 or frame is None or "HX-Request" in request.headers:
        return ""
    try:
        return frame(code, title, sentence)
    except SQLAlchemyError:
        log.exception("the frame of an error failed as well")
        return ""


class DatabaseFailed(ServiceUnavailable):
    """The database failed what was asked; `saved` says what is known of it: "", "yes" or "unknown"."""

    def __init__(self, sentence: object, saved: str):
        super().__init__(str(sentence), retry_after=None if saved else RETRY_AFTER)
        self.saved = saved


def answer_for_database(error: SQLAlchemyError) -> ResponseReturnValue:
    """What passes by itself, in the way in which this address answers; whoever called then tries it once more.

    Anything else is a mistake of ours, as before.
    """
    if not (is_passing(error) or is_full(error)):
        raise error
    count = request.environ.get(TALLY) or Tally()
    count.error = error
    count.is_once = form_tokens.claim_here() is not None or is_done_once_for_programs()
    log.warning("%s %s: the database failed it: %s", request.method, request.path, first_line(error))
    forget_the_database()
    saved = "yes" if count.saved else "unknown" if count.is_in_doubt(error) else ""
    sentence = {"yes": SAVED_BEFORE, "unknown": IN_DOUBT}.get(saved) or why_not_now(error)
    return current_app.handle_http_exception(DatabaseFailed(sentence, saved))


def is_done_once_for_programs() -> bool:
    """A key of the program's, or the ids in what a shop tells."""
    has_key = request.path.startswith("/api/") and bool(request.headers.get("Idempotency-Key", "").strip())
    return has_key or request.path.startswith("/hooks/")


def why_not_now(error: SQLAlchemyError) -> object:
    return FULL if is_full(error) else HELD_NOW if is_held(error) else NOT_REACHED


def first_line(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", error)).strip().partition("\n")[0]


def error_page(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code >= 500:
        forget_the_database()
    note_refusal(error)
    title, sentence = what_to_say(error, code)
    saved = error.saved if isinstance(error, DatabaseFailed) else ""
    if code >= 500 and not saved and form_tokens.is_done_here():
        saved, sentence = "yes", SAVED
    headers = {"X-Saved": saved} if saved else {}
    headers |= {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    if is_of_other_session(error):
        return answer_pop_up(title, sentence)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(error=str(sentence)), code, headers
    nowhere = isinstance(error, UnknownHost)
    if not nowhere and (page := show_framed(code, title, sentence)):
        return page, code, headers
    links = {"start_page": ""} if nowhere else way_again(error, saved)  # by that name no link leads to us
    return render_template("errors.html", title=title, sentence=sentence, code=code, **links), code, headers


def way_again(error: HTTPException, saved: str) -> dict[str, object]:
    """What to do about what passes by itself: look at the address once more, or go back to the form."""
    if not isinstance(error, DatabaseFailed) or saved:
        return {}
    if request.method == "POST":
        return {"typed": TYPED_IS_THERE}
    return {"again": local_path(request.full_path.rstrip("?"))}


#: What is refused -> what the security log calls it.
REFUSED = {403: SecurityKind.NOT_ALLOWED, 429: SecurityKind.THROTTLED}


def note_refusal(error: HTTPException) -> None:
    """A form that was open too long is no attack by itself; a heap of them is, and its row counts."""
    kind = REFUSED.get(error.code or 500)
    if isinstance(error, UnknownHost):
        kind = SecurityKind.WRONG_HOST
    elif isinstance(error, FromElsewhere):
        kind = SecurityKind.FROM_OTHER_SITE
    elif isinstance(error, CSRFError):
        kind = SecurityKind.FORGED
    if kind:
        note_security(kind, detail=where_asked())


def is_of_other_session(error: HTTPException) -> bool:
    """A form in a pop-up that was opened in another session: the browser's cookies are gone since."""
    is_stale = isinstance(error, CSRFError | NoToken) and not isinstance(error, FromElsewhere)
    return is_stale and "HX-Request" in request.headers


def answer_pop_up(title: object, sentence: object) -> ResponseReturnValue:
    """Its script says who is signed out that they are; for who signed in again, it sends the form once more."""
    page = render_template("errors.html", title=title, sentence=sentence, code=401)
    if current_staff() is None:
        return page, 401
    renewed = form_tokens.renew()
    return page, 401 if renewed else 400, renewed


def what_to_say(error: HTTPException, code: int) -> tuple[object, object]:
    if isinstance(error, DatabaseFailed):
        return NOT_NOW, error.description
    if isinstance(error, FromElsewhere):
        return FROM_ELSEWHERE
    if isinstance(error, UnknownHost):
        return UNKNOWN_HOST
    if isinstance(error, CSRFError | NoToken):
        return OPEN_TOO_LONG
    return SENTENCES.get(code, (error.name, error.description))


def forget_the_database() -> None:
    """It may be what failed: the page is made without it, for nobody in particular."""
    try:
        db.session.rollback()
    except SQLAlchemyError:
        log.exception("the rollback failed as well")
    forget_staff()
