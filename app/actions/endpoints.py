"""Addresses elsewhere that are told what happens here: made, given another secret, and told once more."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import webhooks
from app.actions.declaration import Many, action
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import DeliveryState, WebhookDelivery, WebhookEndpoint


def why_not_address(url: str) -> str:
    """Why no message can go to this address; "" when one can."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return _("This is not a web address. Enter one such as https://example.com/hook.")
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port or not is_plain(url):
        return _("Write the whole address, beginning with https:// or http://, without spaces.")
    if parts.username or parts.password:
        return _("Leave user name and password out: the signature says who sends.")
    if parts.fragment:
        return _("Leave out what follows #: it is never sent.")
    return ""


def is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url


def create_endpoint(title: str, *, url: str, events: list[str], by: Actor) -> WebhookEndpoint:
    """A new address; events are values of `Happened`, none of them means all. Its secret is made here."""
    if reason := why_not_address(url):
        raise ActionRefused(reason)
    endpoint = WebhookEndpoint(title=title.strip(), url=url, events=events, secret=webhooks.new_secret())
    db.session.add(endpoint)
    db.session.flush()

    record(Happened.RECORD_CREATED, None, by, subject=endpoint, record=endpoint.title, url=url, events=events)
    return endpoint


def replace_secret(endpoint: WebhookEndpoint, *, by: Actor) -> str:
    """The new secret; the old one signs nothing from now on, messages that wait included."""
    endpoint.secret = webhooks.new_secret()
    changes = {"secret": ["…", "…"]}

    record(Happened.RECORD_CHANGED, None, by, subject=endpoint, record=endpoint.title, changes=changes)
    return endpoint.secret


def why_not_send_again(delivery: WebhookDelivery) -> str:
    if delivery.state == DeliveryState.WAITING:
        return _("This message is waiting to be sent already.")
    if delivery.event == webhooks.TEST:
        return _("This was a test. Send another one from the webhook’s page.")
    if not delivery.body:
        return _("What it said was erased with the customer’s personal data.")
    if not delivery.endpoint.is_active:
        return _("The webhook is switched off. Switch it on first.")
    return ""


@action(
    title=_l("Send again"),
    group="settings",
    right="settings.webhooks",
    icon="refresh",
    done=_l("The message is waiting to be sent again."),
    why_not=why_not_send_again,
    many=Many(_l("Each is sent again under the same id. Those that wait stay as they are.")),
)
def deliver_again(delivery: WebhookDelivery, *, by: Actor) -> None:
    """Deliver it once more under the same id, as often as a new one would be tried."""
    before = delivery.state
    webhooks.queue_again(delivery)
    changes = {"state": [before, delivery.state]}

    record(Happened.RECORD_CHANGED, None, by, subject=delivery, record=str(delivery), changes=changes)
