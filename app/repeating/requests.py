"""A request that the database failed in passing is answered anew, from its input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING

from app.repeating.tries import Patience, counting

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where the tally of a try stands in the environment of its request.
TALLY = "toonbank.tally"


class Repeating:
    """WSGI middleware round Flask: a request that failed in passing is answered anew, from its input.

    Whoever makes the answer to such a failure notes the error on the request's tally.
    """

    def __init__(self, app: WSGIApplication):
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body, patience, tries = environ["wsgi.input"], Patience(), 0
        begins_at = body.tell() if is_seekable(body) else None
        while True:
            tries += 1
            held = HeldAnswer(start_response)
            with counting() as count:
                answer = self.app({**environ, TALLY: count}, held)
            error, count.error = count.error, None  # its traceback would hold on to all that was open
            is_over = error is None or begins_at is None or not count.may_repeat(error)
            if is_over or not patience.is_left(tries):
                held.let_go()
                return answer
            close = getattr(answer, "close", None)
            if close:
                close()
            body.seek(begins_at)
            patience.wait(tries)


class HeldAnswer:
    """The head of an answer, kept back until it is known that there will be no other one."""

    def __init__(self, start_response: StartResponse):
        self.start_response = start_response
        self.head: tuple[str, list[tuple[str, str]], OptExcInfo | None] | None = None
        self.is_let_go = False

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        if self.is_let_go:
            return self.start_response(status, headers, exc_info)
        self.head = status, headers, exc_info
        return lambda _part: None  # nothing here writes that way

    def let_go(self) -> None:
        self.is_let_go = True
        if self.head is not None:
            self.start_response(*self.head)


def is_seekable(body: IO[bytes]) -> bool:
    try:
        return body.seekable()
    except AttributeError:  # waitress's own
        return hasattr(body, "seek") and hasattr(body, "tell")
