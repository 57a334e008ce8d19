"""The one HTTP client that speaks with shops: in time, never too much, to one host only, no secret in clear.

Whatever goes wrong is a ShopFailure. It never waits by itself: who is told to wait notes that, and comes again later.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeAlias
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

import certifi
import urllib3
from flask_babel import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError

from app.columns import now
from app.connections.failures import ShopFailure
from app.errors import ActionRefused
from app.models import Trouble
from app.queues.deadlines import Deadline
from app.security.json_input import read_json

USER_AGENT = "Toonbank"
#: Seconds that a shop has to answer, from the first word to the last, and between two signs of life.
DEADLINE = 45
TIMEOUT = 20
#: Bytes of an answer, unpacked.
LARGEST_ANSWER = 25 * 1024 * 1024
#: Characters of a secret that is looked for in what is said.
SHORTEST_SECRET = 6
#: Nobody is waited for longer than a day, whatever is asked.
LONGEST_WAIT = 86_400

Query: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Access:
    """Where a shop is, and what lets us in: as entered, opened only for as long as it is used."""

    address: str
    credentials: Mapping[str, str]
    certificate: str = ""

    def __repr__(self) -> str:
        return f"Access({self.address})"


@dataclass(frozen=True)
class Request:
    """What is asked, as far as a signature is made of it. `address` has no query."""

    method: str
    address: str
    query: Query


class Signing(Protocol):
    """How a request shows who asks: what is added to its headers and to its query."""

    def __call__(self, request: Request) -> tuple[dict[str, str], Query]: ...


@dataclass(frozen=True)
class ShopAnswer:
    status: int
    headers: Mapping[str, str]  # by names in small letters
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    @property
    def json(self) -> object:
        """Raises ShopFailure for what is no JSON."""
        try:
            return read_json(self.body or b"null")
        except ValueError:
            raise ShopFailure(Trouble.UNREADABLE) from None

    @property
    def shop_time(self) -> datetime:
        """The shop's clock as it answered; ours where it doesn't say."""
        try:
            return parsedate_to_datetime(self.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError, OverflowError):
            return now()

    @property
    def is_page(self) -> bool:
        """Whether it is for people: an API answers with data."""
        return "html" in self.headers.get("content-type", "") or self.body[:200].lstrip().lower().startswith(
            (b"<!doctype", b"<html")
        )

    def number(self, header: str) -> int | None:
        """A whole number that stands in a header: `X-WP-Total: 43`."""
        stated = self.headers.get(header.lower(), "")
        return int(stated) if re.fullmatch(r"\d{1,9}", stated) else None


class ShopClient:
    """Speaks with one shop; a context manager. One thread uses it at a time.

    `sign` shows who asks. `sort` is asked first what a refusal means to this platform; None leaves it to `failure_in`.
    """

    def __init__(
        self,
        access: Access,
        *,
        sign: Signing | None = None,
        sort: Callable[[ShopAnswer], ShopFailure | None] | None = None,
        deadline: float = DEADLINE,
    ):
        self.access, self.sign, self.sort, self.seconds = access, sign, sort, deadline
        self.parts = urlsplit(access.address)
        self.shop_time: datetime | None = None  # the shop's clock when it answered last
        self.deadline: Deadline | None = None
        self.pool: urllib3.HTTPConnectionPool | None = None

    def __enter__(self) -> ShopClient:
        return self

    def __exit__(self, *error: object) -> None:
        if self.pool is not None:
            self.pool.close()
        if self.deadline is not None:
            self.deadline.end()

    def get(self, path: str, query: Mapping[str, str] | Query = ()) -> ShopAnswer:
        return self.ask("GET", path, query)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | Query = (),
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> ShopAnswer:
        """Ask for `path` behind the shop's address. A body is sent as JSON, bytes as they are, with a
        Content-Type of the caller's. Answers only what is 2xx, in JSON or empty.

        Raises ShopFailure. Nothing is repeated: whether what was asked for was done all the same, the caller looks up.
        """
        pairs = list(query.items() if isinstance(query, Mapping) else query)
        address = urlsplit(self.access.address)._replace(query="").geturl() + path
        signed_headers, signed_query = self.sign(Request(method, address, pairs)) if self.sign else ({}, pairs)
        sent = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
        sent |= {**(headers or {}), **signed_headers}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        target = urlsplit(address).path or "/"
        target += f"?{urlencode(signed_query, quote_via=quote)}" if signed_query else ""
        with self.failures():
            answer = self.exchange(method, target, sent, encode_body(body))
        self.refuse(answer)
        return answer

    def exchange(self, method: str, target: str, sent: dict[str, str], body: bytes | None) -> ShopAnswer:
        pool = self.connection_pool()
        response = pool.urlopen(
            method,
            target,
            body=body,
            headers=sent,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(connect=TIMEOUT / 2, read=TIMEOUT),
            preload_content=False,
        )
        try:
            read = bytearray()
            for piece in response.stream(65_536):
                read += piece
                if len(read) > LARGEST_ANSWER:
                    response.close()
                    raise ShopFailure(Trouble.TOO_LARGE)
        finally:
            response.release_conn()
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = ShopAnswer(response.status, headers, bytes(read))
        self.shop_time = answer.shop_time
        return answer

    def connection_pool(self) -> urllib3.HTTPConnectionPool:
        """One connection, kept for the next request, that is shut when a request took too long."""
        if self.deadline is None:
            self.deadline = Deadline(self.seconds, only_public=True)
        else:
            self.deadline.start(self.seconds)
        if self.pool is None:
            self.pool = pool_of(self.parts, self.access.certificate, self.deadline)
        return self.pool

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Say in our terms what went wrong on the way; no address, for a query may hold a secret."""
        try:
            yield
        except ShopFailure:
            raise
        except SSLError as error:
            trouble = Trouble.TOO_SLOW if self.is_late() else Trouble.CERTIFICATE
            raise ShopFailure(trouble, self.without_secrets(reason_of(error))) from None
        except (HTTPError, OSError, ValueError) as error:
            trouble = Trouble.TOO_SLOW if self.is_late() or is_timeout(error) else Trouble.NO_ANSWER
            raise ShopFailure(trouble, self.without_secrets(reason_of(error))) from None
        finally:
            if self.deadline is not None:
                self.deadline.stop_clock()
        if self.is_late():  # what had come by then counts for nothing
            raise ShopFailure(Trouble.TOO_SLOW)

    def is_late(self) -> bool:
        return self.deadline is not None and self.deadline.has_passed

    def refuse(self, answer: ShopAnswer) -> None:
        """Raise what an answer means that is none."""
        failure = self.sort(answer) if self.sort else None
        failure = failure or failure_in(answer, self.access.address)
        if failure is not None:
            failure.detail = self.without_secrets(failure.detail)
            raise failure

    def without_secrets(self, text: str) -> str:
        """What is as short as the number of a state, or a language, is no secret, and may stand in any word."""
        for secret in self.access.credentials.values():
            text = text.replace(secret, "…") if len(secret) >= SHORTEST_SECRET else text
        return text


def encode_body(body: object) -> bytes | None:
    return body if isinstance(body, bytes) or body is None else json.dumps(body).encode()


# --- connections that end in time -----------------------------------------------------------------------------------


class TimedConnection(HTTPConnection):
    """Shut when the deadline has passed."""

    own_deadline: Deadline

    def _new_conn(self) -> socket.socket:
        return self.own_deadline.connect((self._dns_host, self.port), TIMEOUT / 2)


class TimedSafeConnection(TimedConnection, HTTPSConnection):
    pass


class TimedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = TimedConnection
    deadline: Deadline

    def _new_conn(self) -> TimedConnection:
        made = super()._new_conn()
        assert isinstance(made, TimedConnection)
        made.own_deadline = self.deadline
        return made


class TimedSafePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = TimedSafeConnection
    deadline: Deadline

    def _new_conn(self) -> TimedSafeConnection:
        made = super()._new_conn()
        assert isinstance(made, TimedSafeConnection)
        made.own_deadline = self.deadline
        return made


def pool_of(parts: SplitResult, certificate: str, deadline: Deadline) -> TimedPool | TimedSafePool:
    """One host, one connection: no redirect can lead elsewhere."""
    host, port = parts.hostname or "", parts.port
    made: TimedPool | TimedSafePool
    if parts.scheme == "https":
        made = TimedSafePool(host, port, maxsize=1, ssl_context=trusting(certificate))
    else:
        made = TimedPool(host, port, maxsize=1)
    made.deadline = deadline
    return made


def trusting(certificate: str) -> ssl.SSLContext:
    """Whom we believe: those whom everybody does, and whoever signed the certificate of a shop of its own."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    if certificate:
        try:
            context.load_verify_locations(cadata=certificate)
        except (ssl.SSLError, ValueError):
            raise ShopFailure(Trouble.CERTIFICATE) from None
    return context


def is_timeout(error: Exception) -> bool:
    return isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError)


def reason_of(error: Exception) -> str:
    """What the machine says, without the address that libraries put in front of it."""
    inner = error.__cause__ or next((one for one in error.args if isinstance(one, Exception)), error)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return inner.verify_message
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return type(inner).__name__


# --- what an answer means -------------------------------------------------------------------------------------------


def failure_in(answer: ShopAnswer, address: str = "") -> ShopFailure | None:
    """What is wrong with an answer, by its status; None when nothing is."""
    status, pause = answer.status, retry_after(answer)
    if 200 <= status < 300:
        return ShopFailure(Trouble.NO_API) if answer.is_page else None
    if 300 <= status < 400:
        return ShopFailure(Trouble.REDIRECTED, origin_of(urljoin(address, answer.headers.get("location", ""))))
    said = said_in(answer)
    if status == 429 or (status == 503 and pause is not None):
        return ShopFailure(Trouble.TOO_BUSY, said, retry_after=pause)
    if answer.is_page and status in (401, 403, 406):
        return ShopFailure(Trouble.REFUSED_BEFORE, f"HTTP {status}")
    if status >= 500 or status == 408:
        return ShopFailure(Trouble.OUT_OF_ORDER, f"HTTP {status} {said}", retry_after=pause)
    by_status = {401: Trouble.WRONG_KEY, 403: Trouble.NO_RIGHT, 404: Trouble.NOT_THERE, 410: Trouble.NOT_THERE}
    by_status |= {409: Trouble.REFUSED, 422: Trouble.REFUSED}
    trouble = Trouble.NO_API if status == 404 and answer.is_page else by_status.get(status, Trouble.ASKED_WRONGLY)
    return ShopFailure(trouble, f"HTTP {status} {said}")


def said_in(answer: ShopAnswer) -> str:
    """The message of an error: {"message": "Invalid ID."}, or under "error" or "errors"."""
    try:
        told = read_json(answer.body)
    except ValueError:
        return ""
    for key in ("message", "error_description", "error", "errors"):
        said = told.get(key) if isinstance(told, dict) else None
        if isinstance(said, dict):
            said = said.get("message") or json.dumps(said)
        if said:
            return said if isinstance(said, str) else json.dumps(said)
    return ""


def retry_after(answer: ShopAnswer) -> float | None:
    """Seconds that the shop wants to be left alone for: stated as seconds, or as a moment by its clock."""
    stated = answer.headers.get("retry-after", "").strip()
    if not stated:
        return None
    try:
        seconds = float(stated) if re.fullmatch(r"[\d.]+", stated) else waiting_until(stated, answer.shop_time)
    except (ValueError, TypeError):
        return None
    return max(0.0, min(seconds, LONGEST_WAIT))


def waiting_until(stated: str, shop_time: datetime) -> float:
    return (parsedate_to_datetime(stated) - shop_time).total_seconds()


# --- addresses ------------------------------------------------------------------------------------------------------

PAGES_OF_SHOPS = re.compile(r"/(wp-json|wp-admin|wp-login\.php|admin|index\.php)(/.*)?$")


def tidy_address(entered: str) -> str:
    """The address of a shop as people copy it, without what belongs to one of its pages.

    "shop.example/wp-admin/index.php?x=1" -> "https://shop.example". Raises ActionRefused.
    """
    text = entered.strip()
    text = text if re.match(r"https?://", text, re.I) else f"https://{text}"
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        host, port = "", None
    if not host or parts.username or text.count("://") > 1 or not re.fullmatch(r"[\w.:-]+", host):
        raise ActionRefused(_("Address of the shop: enter it like https://shop.example.com."))
    shown = f"[{host}]" if ":" in host else host
    path = PAGES_OF_SHOPS.sub("", quote(parts.path, safe="/%")).rstrip("/")
    return f"{parts.scheme.lower()}://{shown}{f':{port}' if port else ''}{path}"


def origin_of(address: str) -> str:
    """Scheme, host and path: what is to be entered, without a query that may hold anything."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
