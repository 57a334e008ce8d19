"""What changes something comes from a page of our own: a token in each form, and what the browser says of its origin.

Whatever is not one of the methods that only ask is checked. What programs send is not: a key in a header and a
signature are nothing that a foreign page could send along.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from app.config import site_address

#: The methods that only ask (RFC 9110, section 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

#: What a browser says of a page of our own, and of what somebody typed. Another port of this host is "same-site".
FROM_HERE = ("same-origin", "none")


class FromElsewhere(CSRFError):
    code = 403
    description = "This came from a page of another site."


class Unsafe:
    """The methods that are checked: all but those that only ask, also the ones that nobody has thought of yet."""

    def __contains__(self, method: str) -> bool:
        return method not in SAFE_METHODS


class OwnPages(CSRFProtect):
    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.config["WTF_CSRF_METHODS"] = Unsafe()

    def protect(self, apply_exemptions: bool = False) -> None:
        is_checked = request.endpoint and not (apply_exemptions and self._is_exempt())
        if is_checked and request.method not in SAFE_METHODS and is_from_elsewhere():
            raise FromElsewhere
        return super().protect(apply_exemptions)


def is_from_elsewhere() -> bool:
    """Whether the browser says that another site's page sent this. Old browsers and programs say nothing.

    Browsers send Sec-Fetch-Site only over https and to this very machine; it also holds behind a proxy that has given
    the host another name.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in FROM_HERE
    return origin is not None and not is_our_own(origin)


def is_our_own(origin: str) -> bool:
    """ "null", which a page without an origin sends, is nobody's."""
    host = host_of(origin)
    return bool(host) and host in (request.host.lower(), host_of(site_address()))


def host_of(address: str) -> str:
    """Host and port; "" where there is none."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""
