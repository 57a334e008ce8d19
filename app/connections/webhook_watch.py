"""Webhooks of a shop that is read by its API: made by Toonbank, and made anew when the shop has switched them off.

They only say where to look at once; without them the polls find everything, a little later.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from app.columns import now
from app.config import site_address
from app.connections.failures import Remedy, ShopFailure
from app.connections.platform import Platform
from app.connections.turns import Turn, note_end

EVERY = timedelta(days=1)
#: What is kept in mind of the webhooks that were made: the digest of their secret.
SECRET = "secret"


def watch_webhooks(turn: Turn, shop: Platform) -> None:
    """A desk that nobody reaches from outside needs none. A shop that doesn't let us make them is no trouble either."""
    trouble, detail = None, ""
    if site_address():
        try:
            turn.new = keep_webhooks(turn, shop)
        except ShopFailure as failure:
            if failure.remedy == Remedy.WAIT:
                raise
            trouble, detail = failure.trouble, failure.detail
    note_end(turn, now() + EVERY, taken=turn.new, trouble=trouble, detail=detail, trouble_at=now() if trouble else None)


def keep_webhooks(turn: Turn, shop: Platform) -> int:
    """Answers how many were made. One that is switched on again would keep its count of failures: it is made anew.

    So are all when their secret is another one than they were made with.
    """
    path = f"/hooks/{shop.source.value}/{turn.hook_key}"
    address, made = site_address() + path, 0
    ours = [one for one in shop.webhooks() if one.address.endswith(path)]
    signed = {SECRET: digest_of(turn.hook_secret)}  # no shop tells by which secret it signs
    for topic in shop.topics:
        of_topic = [one for one in ours if one.topic == topic]
        good = [one for one in of_topic if one.is_active and one.address == address and turn.seen == signed]
        for one in of_topic:
            if one not in good[:1]:
                shop.remove_webhook(one.external_id)
        if not good:
            shop.add_webhook(topic, address, turn.hook_secret)
            made += 1
    turn.seen = signed
    return made


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()[:16]
