"""Slowing down whoever guesses passwords, or floods a mailbox with links. Each site says what of it is slowed down.

Counted is by the client and, of each account, by the client: so nobody is kept out by what a stranger does. What all
clients together try of one account has a limit of its own, far above what one of them may; it doesn't count for a
browser in which its person has signed in before.

All processes on this machine count together (`throttle_counts`). With several machines, name a shared store that
Flask-Limiter knows as RATELIMIT_STORAGE_URI in instance/config.py.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, request
from flask_limiter import Limiter

from app.pages.throttle_counts import SCHEME, ThrottleCounts

#: The network of one client: providers give each a whole one of IPv6.
NETWORK_OF_IPV6 = 64


def register_throttling(app: Flask) -> None:
    app.config.setdefault("RATELIMIT_STORAGE_URI", f"{SCHEME}://")
    Limiter(client, app=app)


def count_together(app: Flask) -> None:
    """From now on, with all that serve on this machine from the same folder. A store that was named stays."""
    (limiter,) = app.extensions["limiter"]
    if isinstance(limiter.storage, ThrottleCounts):
        limiter.storage.count_in(Path(app.instance_path) / "throttling.sqlite", str(app.config["SECRET_KEY"]))


def throttle(
    app: Flask,
    endpoint: str,
    *,
    from_an_address: str,
    for_an_email: str = "",
    by_everybody: str = "",
    spares: Callable[[], bool] = lambda: False,
    only_refused: bool = False,
) -> None:
    """Count what is posted to this view: "10 per minute; 60 per hour" from a network address, and for the e-mail
    address in the form, by one client and by all of them together.

    Whom `spares` names is not hindered by what all others try. With `only_refused`, failures alone count, so a busy
    office behind one address isn't hindered.
    """

    def count(limit: str, key: Callable[[], str], unless: Callable[[], bool] = lambda: False) -> None:
        (limiter,) = app.extensions["limiter"]
        counted = was_refused if only_refused else None
        app.view_functions[endpoint] = limiter.limit(
            limit, key_func=key, methods=["POST"], deduct_when=counted, exempt_when=unless
        )(app.view_functions[endpoint])

    if by_everybody:
        count(by_everybody, email_in_form, spares)
    if for_an_email:
        count(for_an_email, lambda: f"{email_in_form()} {client()}")
    count(from_an_address, client)


def client() -> str:
    """Who is calling, as far as the network tells: an address of IPv4, a network of IPv6."""
    address = request.remote_addr or "127.0.0.1"
    try:
        stated = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(stated, ipaddress.IPv4Address):
        return address
    return str(stated.ipv4_mapped or ipaddress.ip_network((stated, NETWORK_OF_IPV6), strict=False))


def email_in_form() -> str:
    return "email:" + request.form.get("email", "").strip().lower()[:255]


def was_refused(response: Response) -> bool:
    """The form came back; a success redirects."""
    return response.status_code not in (302, 303)
