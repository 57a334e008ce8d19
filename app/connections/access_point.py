"""The API of an access point, as far as all of them are alike: a document is posted, and asked after.

Each names things otherwise, so what it answers is read by the words that they use. Only its verdict on the document is
final: whatever else goes wrong passes, or is mended by whoever set it up, and the document goes again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

from app.connections.client import Access, Query, Request, ShopAnswer, ShopClient, failure_in, said_in
from app.connections.failures import ShopFailure, in_short
from app.encryption.sealed import Lost
from app.models import EInvoiceState, Shop, Trouble
from app.security.json_input import read_json

#: Which header has the secret, where the shop names none.
USUAL_HEADER = "Authorization"
#: By which an access point can tell that a document is the same.
SAMENESS = "Idempotency-Key"

#: Seconds that it has to answer, from the first word to the last.
POINT_DEADLINE = 45

#: What their ids, addresses, states and reasons are called.
ID_NAMES = ("id", "messageId", "message_id", "documentId", "document_id", "guid", "uuid", "transmissionId")
STATUS_URLS = ("statusUrl", "status_url", "self", "url")
STATE_NAMES = ("state", "status", "deliveryStatus", "delivery_status", "processingStatus")
REASON_NAMES = ("reason", "message", "detail", "description", "error", "errors", "title")
#: Under which of their names a document, or what is known of it, may stand.
WRAPPERS = ("document", "data", "result", "links", "_links", "items", "results", "documents")

DELIVERED_WORDS = {"delivered", "received", "done", "completed", "complete", "success", "succeeded", "confirmed"}
REFUSING_WORDS = {
    "refused",
    "rejected",
    "failed",
    "failure",
    "error",
    "invalid",
    "undeliverable",
    "notdelivered",
    "cancelled",
}

#: Statuses of HTTP that are a verdict on the document.
VERDICTS = (400, 409, 413, 415, 422)


@dataclass(frozen=True)
class AccessPoint:
    """Where it is, and what lets us in."""

    url: str
    header: str = USUAL_HEADER
    secret: str = field(default="", repr=False)
    as_form: bool = False
    status: str = ""  # with {id}
    lookup: str = ""  # with {key}


@dataclass(frozen=True)
class Parcel:
    """A document as it is handed over."""

    number: str
    name: str  # of its file
    media_type: str
    content: bytes
    digest: str


@dataclass(frozen=True)
class PointVerdict:
    """What an access point says of a document."""

    state: EInvoiceState
    external_id: str = ""
    status_url: str = ""
    answer: int | None = None
    reason: str = ""


def access_point_of(own: Shop) -> AccessPoint:
    """Raises ShopFailure where its secret can't be read."""
    if isinstance(own.access_point_secret, Lost):
        raise ShopFailure(Trouble.SEALED)
    return AccessPoint(
        own.access_point_url,
        own.access_point_header or USUAL_HEADER,
        own.access_point_secret,
        own.access_point_as_form,
        own.access_point_status,
        own.access_point_lookup,
    )


def post_document(point: AccessPoint, parcel: Parcel) -> PointVerdict:
    """Raises ShopFailure for all that is no verdict on the document."""
    body, media_type = form_with_file(parcel) if point.as_form else (parcel.content, parcel.media_type)
    headers = {"Content-Type": media_type, SAMENESS: parcel.digest}
    answer = ask_point(point, "POST", point.url, body=body, headers=headers, verdicts=VERDICTS)
    if answer.status == 409 and id_in(answer):  # it knows the document, and says which it is
        return verdict_in(point, answer)
    if answer.status in VERDICTS:
        return PointVerdict(EInvoiceState.REFUSED, id_in(answer), "", answer.status, reason_in(answer))
    return verdict_in(point, answer)


def look_up(point: AccessPoint, digest: str) -> PointVerdict | None:
    """What it knows of the document, where it can be asked; None where it knows nothing."""
    if not point.lookup:
        return None
    address = point.lookup.replace("{key}", quote(digest, safe=""))
    answer = ask_point(point, "GET", address, verdicts=(404, 410))
    return verdict_in(point, answer) if answer.status < 300 and id_in(answer) else None


def ask_after(point: AccessPoint, status_url: str, external_id: str) -> PointVerdict:
    """What became of a document that it has."""
    answer = ask_point(point, "GET", status_url)
    found = verdict_in(point, answer)
    return PointVerdict(found.state, external_id, status_url, found.answer, found.reason)


def try_point(point: AccessPoint) -> int:
    """Whether it answers and lets us in, without handing anything over: the HTTP status. Raises ShopFailure."""
    key = secrets.token_hex(32)
    if point.lookup:
        return ask_point(point, "GET", point.lookup.replace("{key}", key), verdicts=(400, 404, 410, 422)).status
    if point.status:
        return ask_point(point, "GET", point.status.replace("{id}", key), verdicts=(400, 404, 410, 422)).status
    return ask_point(point, "OPTIONS", point.url, verdicts=(400, 404, 405, 415, 422, 501)).status


# --- asking ---------------------------------------------------------------------------------------------------------


class Answered(Exception):
    """Not what the client takes for an answer, but one that says something here."""

    def __init__(self, answer: ShopAnswer):
        self.answer = answer
        super().__init__(answer.status)


def ask_point(
    point: AccessPoint,
    method: str,
    address: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    verdicts: tuple[int, ...] = (),
) -> ShopAnswer:
    """Its secret goes to the host that it was entered for, and to no other one."""
    target = urljoin(point.url, address)
    if point.secret and not is_same_place(target, point.url):
        raise ShopFailure(Trouble.REDIRECTED, place_of(target))
    parts = urlsplit(target)

    def sign(request: Request) -> tuple[dict[str, str], Query]:
        return ({point.header: point.secret} if point.secret else {}), request.query

    def sort(answer: ShopAnswer) -> ShopFailure | None:
        if answer.status in verdicts:
            raise Answered(answer)
        return failure_in(answer, target)

    access = Access(f"{parts.scheme}://{parts.netloc}", {"secret": point.secret} if point.secret else {})
    try:
        with ShopClient(access, sign=sign, sort=sort, deadline=POINT_DEADLINE) as client:
            query = parse_qsl(parts.query, keep_blank_values=True)
            return client.ask(method, parts.path or "/", query, body=body, headers=headers)
    except Answered as answered:
        return answered.answer


def is_same_place(one: str, other: str) -> bool:
    return place_of(one) == place_of(other)


def place_of(address: str) -> str:
    """Scheme, host and port; "" for what is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def form_with_file(parcel: Parcel) -> tuple[bytes, str]:
    """As a file of a form, under the name `file`."""
    edge = f"toonbank-{parcel.digest[:32]}"
    name = "".join(sign for sign in parcel.name if sign.isalnum() or sign in "-._")
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    head += f"Content-Type: {parcel.media_type}\r\n\r\n"
    return head.encode() + parcel.content + f"\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


# --- what an answer says --------------------------------------------------------------------------------------------


def verdict_in(point: AccessPoint, answer: ShopAnswer) -> PointVerdict:
    external_id, state = id_in(answer), state_in(answer)
    if state in REFUSING_WORDS:
        return PointVerdict(EInvoiceState.REFUSED, external_id, "", answer.status, reason_in(answer))
    if state in DELIVERED_WORDS:
        return PointVerdict(EInvoiceState.DELIVERED, external_id, "", answer.status)
    where = status_url_in(point, answer, external_id)
    return PointVerdict(
        EInvoiceState.ACCEPTED if where else EInvoiceState.SENT, external_id, where, answer.status, reason_in(answer)
    )


def status_url_in(point: AccessPoint, answer: ShopAnswer, external_id: str) -> str:
    """Where it says what becomes of it: at the shop's own address, or where the answer leads, on the same host."""
    if point.status and external_id:
        return urljoin(point.url, point.status.replace("{id}", quote(external_id, safe="")))[:500]
    told = answer.headers.get("location", "") or next(texts_at(answer, STATUS_URLS), "")
    found = urljoin(point.url, told) if told else ""
    return found if len(found) <= 500 and is_same_place(found, point.url) else ""


def id_in(answer: ShopAnswer) -> str:
    return next(texts_at(answer, ID_NAMES), "")[:255]


def state_in(answer: ShopAnswer) -> str:
    return next(texts_at(answer, STATE_NAMES), "").casefold().replace("_", "").replace("-", "").replace(" ", "")


def reason_in(answer: ShopAnswer) -> str:
    """In its own words; JSON where they are several, or nothing else is known."""
    for part in objects_in(answer):
        for name in REASON_NAMES:
            if said := part.get(name):
                return in_short(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False))
    return said_in(answer) or ("" if answer.status < 300 else in_short(f"HTTP {answer.status} {answer.text[:300]}"))


def texts_at(answer: ShopAnswer, names: tuple[str, ...]) -> Iterator[str]:
    for part in objects_in(answer):
        for name in names:
            said = part.get(name)
            if isinstance(said, str | int) and not isinstance(said, bool) and str(said).strip():
                yield str(said).strip()


def objects_in(answer: ShopAnswer) -> Iterator[dict[str, object]]:
    """The whole of what it says, then what stands under one of the usual names; nothing of what is no JSON."""
    try:
        told = read_json(answer.body or b"null")
    except ValueError:
        return
    waiting: list[object] = [told]
    for _step in range(8):
        if not waiting:
            return
        part = waiting.pop(0)
        if isinstance(part, list):
            waiting += part[:1]
        if isinstance(part, dict):
            yield part
            waiting += [part[name] for name in WRAPPERS if name in part]
