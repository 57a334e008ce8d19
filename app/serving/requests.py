"""Requests as they come in: how large a body may be is decided when the headers are there, before any of it is read."""

from __future__ import annotations

from copy import copy

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import RequestEntityTooLarge

#: Bytes of the first line and all headers.
LARGEST_HEADERS = 64 * 1024
#: Read from anybody. The application refuses the half of it, and can say so on a page.
ORDINARY = 2 * 1024 * 1024
#: Where the rest of the application's limit for a sender is read, so is as much again, for the same reason.
LEEWAY = 2


class Request(HTTPRequestParser):
    """Stops at the headers when it has a body that not everybody may send; `allow` lets it go on."""

    adj: Adjustments
    expect_continue: bool
    command: str
    path: str
    version: str
    chunked: bool
    headers: dict[str, str]
    is_asking = False
    waits_for_continue = False

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.refuse_two_ends()
        if self.content_length > ORDINARY:
            self.is_asking = True
            self.waits_for_continue, self.expect_continue = self.expect_continue, False
            self.limit_to(self.content_length + 1)

    def refuse_two_ends(self) -> None:
        """A proxy in front may take the other one for the end, and what is behind it for a request of somebody else."""
        says_chunked = self.chunked or "TRANSFER_ENCODING" in self.headers  # which is left there of HTTP/1.0
        if says_chunked and ("CONTENT_LENGTH" in self.headers or self.version != "1.1"):
            raise ParsingError("Its end is stated in two ways")

    def limit_to(self, size: int) -> None:
        self.adj = copy(self.adj)
        self.adj.max_request_body_size = size

    def allow(self, largest: int) -> None:
        """Go on reading if the body is not larger than this."""
        self.is_asking = False
        if self.content_length > largest:
            self.error = RequestEntityTooLarge(f"at most {largest} bytes")
            self.completed = True
        else:
            self.expect_continue = self.waits_for_continue

    @property
    def is_refused(self) -> bool:
        return isinstance(self.error, RequestEntityTooLarge)

    @property
    def is_about_health(self) -> bool:
        return not self.error and self.path == "/healthz" and self.command in ("GET", "HEAD")
