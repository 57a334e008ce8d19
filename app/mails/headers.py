"""Headers of a mail that say what somebody typed, whatever that looks like."""

from __future__ import annotations

from base64 import b64encode
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import Policy

#: So many letters of a header are written as one word: of at most 4 bytes each base64 makes no more than 76 letters.
LETTERS_OF_WORD = 11


class Encoded(str):
    """A header as it goes over the line, which is not read by the standard library.

    That takes "=?utf-8?q?a=0D=0ABcc:…?=", which anybody can type, for what it stands for: two headers. So text of this
    kind is encoded here, and arrives as it was typed.
    """

    name: str

    def fold(self, *, policy: Policy[EmailMessage]) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def text_header(name: str, text: str) -> str:
    if "=?" not in text:
        return text
    if "\r" in text or "\n" in text:
        raise ValueError("a header is one line")
    return encoded_header(name, encode_words(text))


def address_header(name: str, address: Address) -> Address | Encoded:
    if "=?" not in address.display_name:
        return address
    return encoded_header(name, f"{encode_words(address.display_name)} <{address.addr_spec}>")


def encode_words(text: str) -> str:
    """As words of base64, a line each, which readers join without anything between."""
    pieces = (text[start : start + LETTERS_OF_WORD] for start in range(0, len(text), LETTERS_OF_WORD))
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece.encode()).decode()}?=" for piece in pieces)


def encoded_header(name: str, written: str) -> Encoded:
    header = Encoded(written)
    header.name = name
    return header
