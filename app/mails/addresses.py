"""Mail addresses and header lines as they may stand in a mail: nothing that could begin a header of its own."""

from __future__ import annotations

import re
from email.headerregistry import Address

PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@,;:<>()\[\]\\\"]{1,255}")
#: What stands between the addresses of one field, as people and shops write them.
BETWEEN = re.compile(r"[,;]")
NAMED = re.compile(r"([^<>]*)<([^<>]*)>")  # Femke Jansen <femke@example.org>
CONTROLS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


def one_line(text: str) -> str:
    """The text as one line: every run of white space and control characters becomes a space."""
    return CONTROLS.sub(" ", text).strip()


def is_address(text: str) -> bool:
    """Whether mail can be sent there. The part before the @ must be ASCII; the domain may be in any script."""
    return len(text) <= 254 and PLAIN.fullmatch(text) is not None and domain_of(text) != ""


def list_addresses(text: str) -> list[str]:
    """Every address of a field that mail can be sent to, once: of "a@b.example; Ann <c@d.example>, ?" the two."""
    return list(dict.fromkeys(one for one in parts_of_field(text) if is_address(one)))


def are_addresses(text: str) -> bool:
    """Whether the field holds addresses and nothing else."""
    parts = parts_of_field(text)
    return bool(parts) and all(is_address(one) for one in parts)


def tidy_addresses(text: str) -> str:
    """The addresses of a field without names and blanks round them; what can't be read so stays as it is."""
    return ", ".join(list_addresses(text)) if are_addresses(text) else text.strip()


def find_main_address(text: str) -> str:
    """The first address, by which a customer is known; where there is none, what stands there."""
    return next(iter(list_addresses(text)), text.strip())


def parts_of_field(text: str) -> list[str]:
    return [split_name(part)[1] for part in BETWEEN.split(text) if part.strip()]


def split_name(text: str) -> tuple[str, str]:
    """Name and address of "My shop, Delft <shop@example.org>"; without a name, "" and the text."""
    if named := NAMED.fullmatch(text.strip()):
        return named[1].strip().strip('"').strip(), named[2].strip()
    return "", text.strip()


def domain_of(address: str) -> str:
    """The domain in ASCII, of "a@b.example" or "Shop <a@b.example>"; "" where there is none."""
    domain = split_name(address)[1].rpartition("@")[2]
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return ""


def header_address(address: str, name: str = "") -> Address:
    """The address as a header takes it. Raises ValueError for what is no address."""
    if not is_address(address):
        raise ValueError(f"“{one_line(address)}” is not an address that mail can be sent to")
    return Address(one_line(name), address.rpartition("@")[0], domain_of(address))
