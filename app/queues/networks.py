"""Which machines may be spoken with at an address that somebody entered: those of the internet, and no others.

Otherwise whoever may enter the address of a shop or of a program could ask what else runs beside Toonbank, or for the
keys that clouds hand out to their machines. An installation allows networks of its own by TOONBANK_ALLOWED_NETWORKS.
"""

from __future__ import annotations

import errno
import ipaddress

from blinker import Signal

from app.config import networks_in

#: Addresses of IPv6 that mean one of IPv4 behind them (RFC 6052).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Where machines of the internet are (RFC 4291); the rest of IPv6 is local, translated by somebody, or nobody's yet.
GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")


#: Sent where an address is refused, with it: the security log, which is no business of queues, hears it.
private_refused = Signal()


class NotAllowed(OSError):
    def __init__(self, address: str):
        super().__init__(errno.EACCES, f"{address} is not in the internet (TOONBANK_ALLOWED_NETWORKS allows it)")

    def __str__(self) -> str:
        return str(self.strerror)


def refuse_private(address: str) -> None:
    """Raises NotAllowed. The address is the one that is connected to, not the name that was looked up before."""
    meant = ipv4_behind(ipaddress.ip_address(address.partition("%")[0]))
    if meant.is_global and not meant.is_multicast and (meant.version == 4 or meant in GLOBAL_IPV6):
        return
    if not any(meant in network for network in networks_in("TOONBANK_ALLOWED_NETWORKS")):
        private_refused.send(str(meant))
        raise NotAllowed(str(meant))


def ipv4_behind(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Itself, where there is none."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
