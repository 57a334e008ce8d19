"""Telling other programs what happens: messages written in the transaction they tell about, delivered by the worker.

Signed as Standard Webhooks says (https://www.standardwebhooks.com). A message is thin: what happened, to which order,
and its facts; whoever wants more asks the API, which knows how the order is now.
"""

from __future__ import annotations

import hmac
import http.client
import json
import logging
import secrets
import urllib.error
import urllib.request
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, update

from app.columns import now
from app.extensions import db, transaction
from app.models import DeliveryState, Order, WebhookDelivery, WebhookEndpoint
from app.queues.deadlines import Deadline
from app.queues.leases import LeasedQueue, free
from app.write_back import listening_programs

log = logging.getLogger(__name__)

#: Pauses before the second, third … attempt, as Standard Webhooks advises: three days in all.
PAUSES = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)]
PAUSES += [timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)]
#: Seconds that an endpoint has to answer, from the first word to the last.
ENDPOINT_TIMEOUT = 10
SECRET_MARK = "whsec_"
#: The type of a message that only tries the way out.
TEST = "test"


def new_secret() -> str:
    return SECRET_MARK + b64encode(secrets.token_bytes(24)).decode()


def new_message_id() -> str:
    return f"msg_{secrets.token_urlsafe(18)}"


def signature(secret: str, message_id: str, at: datetime, body: str) -> str:
    """ "v1," and the base64 of the HMAC-SHA256 of id, seconds and body."""
    key = b64decode(secret.removeprefix(SECRET_MARK))
    signed = f"{message_id}.{int(at.timestamp())}.{body}"
    return "v1," + b64encode(hmac.digest(key, signed.encode(), "sha256")).decode()


# --- writing --------------------------------------------------------------------------------------------------------


def queue_message(event: str, order: Order, facts: dict[str, object]) -> None:
    """Write a message for each endpoint that wants to hear of this; no statement while there is no endpoint.

    A draft is no order yet: nobody hears of it before it is placed.
    """
    wanting = [one for one in listening_programs() if not one.events or event in one.events]
    if not wanting or order.is_demo or order.is_draft:
        return
    at = now()
    message_id = new_message_id()
    origin = {"source": order.source, "shop": shop_title(order), "external_id": order.external_id}
    about = {"order": order.number, **origin, **facts}
    body = json.dumps({"type": event, "timestamp": at.isoformat(), "data": about}, ensure_ascii=False)
    db.session.add_all(
        WebhookDelivery(
            endpoint_id=one.id,
            message_id=message_id,
            event=event,
            order_id=order.id,
            body=body,
            due_at=at,
            created_at=at,
        )
        for one in wanting
    )


def shop_title(order: Order) -> str | None:
    """The shop by whose id the order is known elsewhere."""
    return order.outside_shop.title if order.outside_shop else None


# --- delivering -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """What is sent where, taken out of the database so that nothing is held meanwhile."""

    delivery_id: int
    url: str
    secret: str
    message_id: str
    body: str


DELIVERIES = LeasedQueue(
    WebhookDelivery,
    unfinished=WebhookDelivery.state == DeliveryState.WAITING,
    allowed=WebhookDelivery.endpoint_id.in_(select(WebhookEndpoint.id).where(WebhookEndpoint.is_active)),
    turn=(  # an endpoint that is out of order holds up no other
        WebhookDelivery.endpoint_id.in_(select(WebhookEndpoint.id).where(WebhookEndpoint.failing_since.is_not(None))),
        WebhookDelivery.due_at,
        WebhookDelivery.id,
    ),
    lease=timedelta(minutes=2),  # longer than an endpoint has to answer
    most_attempts=len(PAUSES) + 1,
    pause_after=lambda attempts: PAUSES[attempts - 1],
)


def claim_message(worker: str = "") -> Message | None:
    """Take the message that is due longest; another worker passes it over until the lease ends."""
    for delivery in DELIVERIES.claim(worker):
        to = delivery.endpoint
        return Message(delivery.id, to.url, to.secret, delivery.message_id, delivery.body)
    return None


def post(message: Message) -> tuple[int | None, str]:
    """Post it. Answers the HTTP status and what went wrong: (204, ""), (500, "…") or (None, "timed out")."""
    deadline = Deadline(ENDPOINT_TIMEOUT, only_public=True)
    try:
        outcome = answer_to(message, deadline)
    finally:
        deadline.end()
    return (None, str(deadline)) if deadline.has_passed else outcome


def answer_to(message: Message, deadline: Deadline) -> tuple[int | None, str]:
    at = now()
    try:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Toonbank",
            "webhook-id": message.message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature(message.secret, message.message_id, at, message.body),
        }
        request = urllib.request.Request(message.url, message.body.encode(), headers, method="POST")
        with opener(deadline).open(request, timeout=ENDPOINT_TIMEOUT) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, f"{error.code} {error.reason}"
    except (OSError, ValueError, http.client.HTTPException) as error:  # no connection, no address, no HTTP
        return None, str(getattr(error, "reason", error)) or type(error).__name__
    except Exception as error:  # a fault of ours: it must use up attempts as well, not come back with every lease
        log.exception("message %s could not be sent", message.message_id)
        return None, f"An error that nobody expected: {type(error).__name__}"


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: a signed message goes where the owner said, and nowhere else."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


class InTime(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Connections that are shut when the deadline has passed."""

    def __init__(self, deadline: Deadline):
        super().__init__()
        self.deadline = deadline

    def do_open(self, http_class: Any, req: urllib.request.Request, **http_conn_args: Any) -> http.client.HTTPResponse:
        return super().do_open(partial(self.connection, http_class), req, **http_conn_args)

    def connection(self, http_class: Any, *address: Any, **how: Any) -> http.client.HTTPConnection:
        made: Any = http_class(*address, **how)
        made._create_connection = self.deadline.connect
        return made


def opener(deadline: Deadline) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(NoRedirects(), urllib.request.ProxyHandler({}), InTime(deadline))


def record_outcome(worker: str, delivery_id: int, status: int | None, error: str) -> None:
    """Write down what came of it: sent, to be tried again after a pause, or given up.

    Unless the lease ran out and the message is another worker's by now.
    """
    delivery = DELIVERIES.held_by(worker, delivery_id)
    if delivery is None:
        log.warning("message %s took longer than its lease; another worker has it", delivery_id)
        return
    delivery.answer, delivery.last_error = status, error[:1000]
    note_health(delivery.endpoint_id, error)
    if not error:
        delivery.state, delivery.delivered_at = DeliveryState.SENT, now()
    elif not DELIVERIES.retry(delivery):
        delivery.state = DeliveryState.FAILED
    free(delivery)


def note_health(endpoint_id: int, error: str) -> None:
    """Since when the endpoint takes no messages. That is no change of it, so its form never collides with it."""
    failing = WebhookEndpoint.failing_since
    differs = failing.is_(None) if error else failing.is_not(None)
    since = now() if error else None
    db.session.execute(
        update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id, differs).values(failing_since=since)
    )


def deliver_due(worker: str = "") -> int:
    """Deliver one message that is due; 1 when there was one. Nothing is locked while the endpoint takes its time."""
    with transaction():
        message = claim_message(worker)
    if message is None:
        return 0
    status, error = post(message)
    with transaction():
        record_outcome(worker, message.delivery_id, status, error)
    return 1


def try_out(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Send a test message now, without waiting for the worker, and keep what was answered. It is never repeated.

    It ends the transaction: nothing is locked while the endpoint takes its time.
    """
    at, endpoint_id = now(), endpoint.id
    body = json.dumps({"type": TEST, "timestamp": at.isoformat(), "data": {}})
    message = Message(0, endpoint.url, endpoint.secret, new_message_id(), body)
    db.session.rollback()
    status, error = post(message)
    delivery = WebhookDelivery(
        endpoint_id=endpoint_id,
        message_id=message.message_id,
        event=TEST,
        body=body,
        state=DeliveryState.FAILED if error else DeliveryState.SENT,
        attempts=1,
        due_at=at,
        created_at=at,
        answer=status,
        last_error=error[:1000],
        delivered_at=None if error else now(),
    )
    with transaction():
        db.session.add(delivery)
        note_health(endpoint_id, error)
    return delivery


def queue_again(delivery: WebhookDelivery) -> None:
    """Deliver it once more, under the same id, so that the other side can tell that it is the same."""
    delivery.state, delivery.attempts, delivery.due_at = DeliveryState.WAITING, 0, now()
    delivery.delivered_at = None
    free(delivery)
