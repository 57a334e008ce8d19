"""Which shop wrote an order, as far as it states it: the host names in its links to itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

#: Whose host names stand in links without being the shop's own.
NO_SHOPS = frozenset(("wordpress.com", "public-api.wordpress.com"))

#: BigCommerce links to its API by the shop's hash, which the shop's permanent host name has in it too.
BIGCOMMERCE_STORE = re.compile(r"//api\.bigcommerce\.com/stores/([a-z0-9]+)/")


def hosts_of(source: str, order: dict[str, object]) -> tuple[str, ...]:
    """The host names that an order states as its shop's, the surest first; without "www.", in lower case."""
    links = LINKS.get(source)
    found = (host_in(link) for link in links(order)) if links else ()
    return tuple(dict.fromkeys(host for host in found if host and host not in NO_SHOPS))


def host_in(link: object) -> str:
    """The host name of a link, or of what somebody typed as one."""
    if not isinstance(link, str):
        return ""
    try:
        host = urlsplit(link.strip() if "//" in link else f"//{link.strip()}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.").removesuffix(".")[:255]


#: What no address of a page holds, and what would end it in a text.
UNSAFE = re.compile(r"[\s<>\"'`{}|\\^\x00-\x1f\x7f]")
LONGEST_LINK = 500


def is_web_link(link: str, *, takes_http: bool = False) -> bool:
    """Whether it is the address of a page that people may be sent to: of no other kind, and without a password."""
    if len(link) > LONGEST_LINK or UNSAFE.search(link):
        return False
    try:
        parts = urlsplit(link)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return has_host and "@" not in parts.netloc and parts.scheme in (("https", "http") if takes_http else ("https",))


def own_links(order: Mapping[str, object]) -> list[str]:
    """Its links to itself, as WooCommerce tells them."""
    links = order.get("_links")
    own = links.get("self") if isinstance(links, dict) else None
    told = [one.get("href") for one in own if isinstance(one, dict)] if isinstance(own, list) else []
    return [one for one in told if isinstance(one, str)]


def woocommerce(order: dict[str, object]) -> Iterator[object]:
    links = order.get("_links")
    own = links.get("self") if isinstance(links, dict) else None
    for one in own if isinstance(own, list) else [own]:
        yield one.get("href") if isinstance(one, dict) else None
    yield order.get("payment_url")


def shopify(order: dict[str, object]) -> Iterator[object]:
    yield order.get("order_status_url")
    yield order.get("statusPageUrl")


def bigcommerce(order: dict[str, object]) -> Iterator[object]:
    for name in ("products", "shipping_addresses", "coupons"):
        resource = order.get(name)
        url = resource.get("url") if isinstance(resource, dict) else None
        if isinstance(url, str) and (store := BIGCOMMERCE_STORE.search(url)):
            yield f"https://store-{store[1]}.mybigcommerce.com"


LINKS: dict[str, Callable[[dict[str, object]], Iterator[object]]] = {
    "woocommerce": woocommerce,
    "shopify": shopify,
    "bigcommerce": bigcommerce,
}
