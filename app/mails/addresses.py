"""Mail addresses and header lines as they may stand in a mail: nothing that could begin a header of its own."""

from __future__ import annotations

import re
from email.headerregistry import Address

PLAIN = re.compile(r"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@,;:<>()\[\]\\\"]{1,255}")
DOMAIN = re.compile(r"[A-Za-z0-9._-]+")
WITH_NAME = re.compile(r'\s*"?([^<>]*?)"?\s*<([^<>]*)>\s*')
CONTROLS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


def split_sender(text: str) -> tuple[str, str]:
    """The name and the address of "My shop <shop@your-shop.example>", whatever the name is; "" where there is none."""
    named = WITH_NAME.fullmatch(text)
    return (named[1], named[2].strip()) if named else ("", text.strip())


def one_line(text: str) -> str:
    """The text as one line: every run of white space and control characters becomes a space."""
    return CONTROLS.sub(" ", text).strip()


def is_address(text: str) -> bool:
    """Whether mail can be sent there. The part before the @ must be ASCII; the domain may be in any script.

    What may be read as an encoded word ("=?utf-8?q?…") is none.
    """
    return len(text) <= 254 and PLAIN.fullmatch(text) is not None and domain_of(text) != ""


def domain_of(address: str) -> str:
    """The domain in ASCII, of "a@b.example" or "Shop <a@b.example>"; "" where there is none.

    Some signs are several letters in ASCII, "℀" is "a/c": what no domain has makes it none.
    """
    domain = split_sender(address)[1].rpartition("@")[2]
    try:
        written = domain.encode("idna").decode()
    except UnicodeError:
        return ""
    return written if DOMAIN.fullmatch(written) else ""


def header_address(address: str, name: str = "") -> Address:
    """The address as a header takes it. Raises ValueError for what is no address."""
    if not is_address(address):
        raise ValueError(f"“{one_line(address)}” is not an address that mail can be sent to")
    return Address(one_line(name), address.rpartition("@")[0], domain_of(address))
