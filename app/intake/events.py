"""Events of connected shops: stored as they come in, read by the worker afterwards, each once."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from app.actions.outside_shops import learn_host
from app.columns import now, storable
from app.encryption.sealed import CanNotOpen
from app.extensions import db
from app.history import Actor
from app.intake.accept import Taken, erased_order_of, record_result, take_in, why_erased
from app.intake.external_updates import note_deleted
from app.intake_readers import Found, only_order_in, own_id
from app.models import ActorKind, Arrival, Connection, Fate, InvoicesFor, Source
from app.queries import order_from, shop
from app.queues.leases import LeasedQueue, free
from app.security.json_input import read_json

MOST_ATTEMPTS = 8

#: Topics that tell of an order; others are kept and not read.
ABOUT_ORDERS = ("order.", "orders/", "order/", "orders.")

#: Those that tell that an order was deleted there, or put in the bin; their payload is little more than its id.
ABOUT_DELETING = ("order.deleted", "orders/delete", "orders/deleted", "order/deleted")


# --- who sent it ----------------------------------------------------------------------------------------------------


def hmac_sha256(body: bytes, secret: str) -> str:
    return b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def md5_with_secret(body: bytes, secret: str) -> str:
    return hashlib.md5(body + secret.encode(), usedforsecurity=False).hexdigest()


def given_secret(body: bytes, secret: str) -> str:
    """Of a platform that signs nothing that we can check, but sends along what we had it keep."""
    return secret


def hmac_of_event(body: bytes, secret: str) -> str:
    """Of "<eventCreated>.<eventId>" alone; "" of what is no event. Nobody believes the rest: it is a hint."""
    told = object_in(body)
    moment, event_id = told.get("eventCreated"), told.get("eventId")
    return hmac_sha256(f"{moment}.{event_id}".encode(), secret) if moment and event_id else ""


#: source -> (header that holds the signature, how it is made, header that names the topic)
SIGNATURES: dict[str, tuple[str, Callable[[bytes, str], str], str]] = {
    Source.WOOCOMMERCE: ("X-WC-Webhook-Signature", hmac_sha256, "X-WC-Webhook-Topic"),
    Source.SHOPIFY: ("X-Shopify-Hmac-Sha256", hmac_sha256, "X-Shopify-Topic"),
    Source.LIGHTSPEED: ("X-Signature", md5_with_secret, "X-Event"),
    Source.BIGCOMMERCE: ("X-Toonbank-Secret", given_secret, "X-Toonbank-Topic"),
    Source.ECWID: ("X-Ecwid-Webhook-Signature", hmac_of_event, ""),
}

#: Whose events name an order and hold nothing of it: they are worth something only where it can be read.
NAMING_ONLY = (Source.BIGCOMMERCE, Source.ECWID)

#: source -> the credential that its shop signs with, whatever the secret of the connection is
SIGNING_CREDENTIALS: dict[str, str] = {Source.LIGHTSPEED: "api_secret", Source.ECWID: "client_secret"}

#: source -> what in its body names the topic, where no header does
TOPICS_IN_BODY: dict[str, str] = {Source.ECWID: "eventType"}

#: source -> header that holds the id of a delivery, the same when it is sent again; where it is known
DELIVERIES: dict[str, str] = {Source.WOOCOMMERCE: "X-WC-Webhook-Delivery-ID"}


def is_signed(connection: Connection, body: bytes, signature: str) -> bool:
    """Whether the signature fits the very bytes that came; compared in constant time."""
    _header, made, _topic = SIGNATURES[connection.source]
    expected = [made(body, secret) for secret in secrets_of(connection)]
    return any(hmac.compare_digest(one.encode(), signature.encode()) for one in expected if one)


def secrets_of(connection: Connection) -> list[str]:
    """What its events may be signed with: its own secret, and that of the shop's API where it signs with that."""
    name = SIGNING_CREDENTIALS.get(connection.source, "")
    try:
        of_api = connection.credentials.open().get(name, "") if name else ""
    except CanNotOpen:
        of_api = ""
    return [secret for secret in (connection.secret, of_api) if secret]


def topic_in(source: str, header: str, body: bytes) -> str:
    """What the event calls itself, in a header or in its body."""
    name = TOPICS_IN_BODY.get(source)
    return str(object_in(body).get(name, "")) if name else header


def object_in(body: bytes) -> dict[str, object]:
    try:
        told = read_json(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


# --- storing it -----------------------------------------------------------------------------------------------------


def receive(connection: Connection, body: bytes, topic: str, delivery: str = "") -> Arrival | None:
    """Keep an event to be read; None when the very same came before, for shops send an event until it is answered.

    What tells of deleting looks the same each time: by the id of its `delivery` it is known whether it came before.
    """
    digest = hashlib.sha256(body).hexdigest()
    once = hashlib.sha256(body + delivery.encode()).hexdigest() if topic in ABOUT_DELETING else digest
    once_key = f"{connection.id}:{topic[:40]}:{once}"[:120]
    tell_of(connection, last_event_at=now())
    if db.session.scalar(select(Arrival.id).where(Arrival.once_key == once_key)):
        return None
    text = storable(body.decode("utf-8", errors="replace"))
    is_about_an_order = not topic or topic.startswith(ABOUT_ORDERS)
    how = Fate.HINTED if connection.is_read else Fate.WAITING
    is_whole = is_about_an_order and (topic not in ABOUT_DELETING or tells_more_than_deleting(text))
    erased = erased_order_of(id_in(text), connection.shop_key) if is_whole else None
    arrival = Arrival(
        source=connection.source,
        outside_shop_id=connection.outside_shop_id,
        origin=connection.title[:255],
        connection_id=connection.id,
        topic=topic[:60],
        once_key=once_key,
        sha256=digest,
        payload=text if is_about_an_order and erased is None else "",  # what nobody will read is not kept
        result=Fate.SAME if erased else how if is_about_an_order else Fate.NOT_READ,
        reason=why_erased() if erased else "",
        order_id=erased.id if erased else None,
    )
    db.session.add(arrival)
    db.session.flush()
    return arrival


def tell_of(connection: Connection, **values: object) -> None:
    """Note on the connection how it fares: many events come at once, and none of them minds what another one noted."""
    this = update(Connection).where(Connection.id == connection.id)
    db.session.execute(this.values(**values).execution_options(synchronize_session=False))


# --- reading it -----------------------------------------------------------------------------------------------------


EVENTS = LeasedQueue(
    Arrival,
    unfinished=Arrival.result == Fate.WAITING,
    turn=(Arrival.id,),
    lease=timedelta(minutes=2),  # longer than reading one order takes
    most_attempts=MOST_ATTEMPTS,
    pause_after=lambda attempts: timedelta(seconds=min(3600, 10 * 2**attempts)),
)


def claim_events(limit: int = 1, *, worker: str = "") -> list[int]:
    """Take the events that are due, the first that came first; other workers pass them over until the lease ends."""
    return [arrival.id for arrival in EVENTS.claim(worker, most=limit)]


def read_event(arrival_id: int, *, worker: str = "") -> Taken | None:
    """Place or update the order that the event tells of. None when it is another worker's by now."""
    arrival = EVENTS.held_by(worker, arrival_id)
    if arrival is None:
        return None
    if arrival.topic in ABOUT_DELETING and not tells_more_than_deleting(arrival.payload):
        return read_deletion(arrival)
    connection = db.session.get(Connection, arrival.connection_id, options=[joinedload(Connection.outside_shop)])
    found = only_order_in(arrival.source, arrival.payload, currency=shop().currency, time_zone=shop().time_zone)
    if connection is not None:  # before the confirmation goes, which leads to no other host than the shop's
        learn_host(connection.outside_shop, found.hosts)
    by = Actor(ActorKind.PROGRAM, arrival.origin)
    taken = take_in(
        found,
        shop=arrival.shop_key,
        origin=arrival.origin,
        by=by,
        notify=bool(connection and connection.notify),
        invoices=connection.invoices_for if connection else InvoicesFor.OPEN,
        arrival=arrival,
    )
    if taken.fate == Fate.QUARANTINED and connection is not None:
        tell_of(connection, last_error=f"{taken.field}: {taken.reason}", last_error_at=now())
    return taken


def read_deletion(arrival: Arrival, *, unknown: str = "") -> Taken:
    """An order was deleted where it comes from: that is said, and it stays here.

    `unknown` is said instead where it never came in here.
    """
    external_id = id_in(arrival.payload)
    order = order_from(arrival.shop_key, arrival.source, external_id) if external_id else None
    is_news = order is not None and note_deleted(order, by=Actor(ActorKind.PROGRAM, arrival.origin))
    taken = Taken(Fate.UPDATED if is_news else Fate.SAME, order, changed=("deleted",) if is_news else ())
    if order is None:
        taken = Taken(Fate.NOT_READ, reason=unknown or _("An order was deleted there that never came in here."))
    record_result(arrival, Found(external_id, arrival.payload), taken)
    return taken


def id_in(payload: str) -> str:
    """The id of the order that an event tells of, also where it stands inside: {"order": {"id": 7}}.

    BigCommerce tells of its parts, too: {"data": {"type": "shipment", "id": 3, "orderId": 7}, "scope": ...}.
    """
    try:
        told = read_json(payload)
    except ValueError:
        return ""
    inner = next(iter(told.values()), None) if isinstance(told, dict) and len(told) == 1 else None
    body = inner if isinstance(inner, dict) else told
    if isinstance(body, dict) and "scope" in body and isinstance(body.get("data"), dict):
        data = body["data"]
        body = {"id": data.get("order_id", data.get("orderId", data.get("id")))}
    return (own_id(body) or id_of_entity(body)) if isinstance(body, dict) else ""


def id_of_entity(event: dict[str, object]) -> str:
    """Of an event that is no order: {"eventType": "order.updated", "entityId": 103, "data": {"orderId": "X8UYE"}}."""
    data = event.get("data")
    told = (data.get("orderId") if isinstance(data, dict) else None) or event.get("entityId")
    return str(told)[:60] if isinstance(told, str | int) and told else ""


def try_later(arrival_id: int, error: str, *, worker: str = "") -> None:
    """It failed for a reason of ours: try again after a pause that grows, and at last leave it to people."""
    arrival = EVENTS.held_by(worker, arrival_id)
    if arrival is None:
        return
    arrival.reason = error[:1000]
    if not EVENTS.retry(arrival):
        arrival.result, arrival.field = Fate.QUARANTINED, ""
        free(arrival)


#: What a payload calls the lines of an order, in all systems whose events hold an order.
NAMES_OF_LINES = ("line_items", "lineItems", "orderRows", "order_rows", "products", "items")


def tells_more_than_deleting(payload: str) -> bool:
    """Whether a whole order came under the topic of deleting one. The topic is in no shop's signature: somebody may
    have sent on what was signed for another one. Of an order that is gone its shop tells the id alone."""
    try:
        told = read_json(payload)
    except ValueError:
        return False
    bodies = [told, *told.values()] if isinstance(told, dict) else []
    return any(name in body for body in bodies if isinstance(body, dict) for name in NAMES_OF_LINES)
