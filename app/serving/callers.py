"""Who is calling, and by what name we are called: proxies that are believed, and hosts that are ours.

Nobody is believed unless the installation says so. Whoever calls us by another name is turned away, so that a page,
a mail or a redirect can't be led elsewhere by a header, and no name of a stranger can be pointed at this machine.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from app.config import Network, site_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: What proxies say of whoever called them.
SAID_BY_PROXIES = (
    "HTTP_FORWARDED", "HTTP_X_FORWARDED_BY", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_PROTO",
)  # fmt: skip

#: Names of this very machine; no name of a stranger can be one of them.
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

#: Asked by programs that watch us, by whatever address they know; nothing in the answer depends on it.
FOR_WATCHERS = ("health.alive", "health.ready", "metrics.expose_measures")


class UnknownHost(BadRequest):
    """Somebody calls us by a name that is not set."""


class BelievedProxies:
    """WSGI middleware: takes from the proxies in front who is calling, and from nobody else."""

    def __init__(self, app: WSGIApplication, networks: Iterable[Network], count: int):
        self.app, self.networks = app, tuple(networks)
        self.behind_proxy = ProxyFix(app, x_for=count, x_proto=count, x_host=count)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.is_proxy(environ.get("REMOTE_ADDR", "")):
            return self.behind_proxy(environ, start_response)
        for name in SAID_BY_PROXIES:
            environ.pop(name, None)
        return self.app(environ, start_response)

    def is_proxy(self, address: str) -> bool:
        try:
            caller = ipaddress.ip_address(address)
        except ValueError:  # a socket of this machine has none
            return False
        mapped = getattr(caller, "ipv4_mapped", None) or caller
        return any(mapped in network for network in self.networks)


def register_hosts(app: Flask) -> None:
    """Before anything that answers."""
    app.before_request(refuse_other_hosts)


def refuse_other_hosts() -> None:
    if request.endpoint not in FOR_WATCHERS and not is_our_name(request.environ.get("HTTP_HOST", "").lower()):
        raise UnknownHost


def is_our_name(host: str) -> bool:
    """By its port, too, it is only looked at: the one on which we are asked may be another one outside."""
    return host_is_trusted(host, LOOPBACK[:2]) or host_is_trusted(host, own_names()) or is_loopback_6(host)


def is_loopback_6(host: str) -> bool:
    """The library takes the colons in the name of one's own for the beginning of a port."""
    return host == "[::1]" or (host.startswith("[::1]:") and host[6:].isdecimal())


def own_names() -> list[str]:
    """Of TOONBANK_ADDRESS and TOONBANK_HOSTS. Never empty, which would mean any."""
    own = urlsplit(site_address()).hostname or ""
    return [own or LOOPBACK[0], *current_app.config["HOSTS"]]


def own_address() -> str:
    """What links begin with: TOONBANK_ADDRESS, or this machine for whoever sits at it; "" when nobody said.

    What a request calls us is no part of it: whoever sends it could have links to a host of their own made for others.
    """
    return site_address() or local_address()


def local_address() -> str:
    """With the port of the server: the one in the header is only what somebody says."""
    name = next((name for name in LOOPBACK if request.host == name or request.host.startswith(f"{name}:")), "")
    port = request.environ["SERVER_PORT"]
    shown = "" if port == {"http": "80", "https": "443"}.get(request.scheme) else f":{port}"
    return f"{request.scheme}://{name}{shown}" if name else ""
