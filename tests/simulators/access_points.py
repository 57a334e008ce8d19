"""An access point as a real server: it takes documents, knows those that it has, and delivers or refuses them later."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from tests.simulators.serving import Answer, Asked, OutsideShop


@dataclass
class Taken:
    """A document that it has."""

    id: str
    key: str
    content: bytes
    state: str = "queued"
    reason: str = ""

    @property
    def said(self) -> dict[str, Any]:
        return {"document": {"id": self.id, "status": self.state}, "reason": self.reason}


@dataclass
class Rules:
    """What it is told to do with what comes."""

    secret: str = "Bearer sekret-4711"
    refuses: str = ""  # the reason for which it takes no document
    leads: bool = False  # answers with Location, and says nothing else of where its states are
    states: list[str] = field(default_factory=list)  # of the next documents; else they are queued


class AccessPointServer(OutsideShop):
    """POST /documents takes one; GET /documents/<id> says how it stands; GET /documents?key= finds it."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = Rules()
        self.taken: list[Taken] = []

    @property
    def documents(self) -> str:
        return f"{self.url}/documents"

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != self.rules.secret:
            return Answer(401, {"message": "Unknown key"})
        if asked.method == "POST" and asked.path == "/documents":
            return self.take(asked)
        if asked.method == "GET" and asked.path == "/documents":
            return self.find(dict(asked.query).get("key", ""))
        known = next((one for one in self.taken if asked.path == f"/documents/{one.id}"), None)
        return Answer(200, known.said) if known else Answer(404, {"message": "Not found"})

    def find(self, key: str) -> Answer:
        found = [one.said["document"] for one in self.taken if one.key == key]
        return Answer(200, {"documents": found}) if found else Answer(404, {"message": "Not found"})

    def take(self, asked: Asked) -> Answer:
        content = content_of(asked)
        key = asked.headers.get("idempotency-key", "")
        try:
            etree.fromstring(content)
        except etree.XMLSyntaxError:
            return Answer(400, {"errors": [{"message": "no XML"}]})
        if self.rules.refuses:
            return Answer(422, {"errors": [{"message": self.rules.refuses}]})
        if known := next((one for one in self.taken if one.key == key), None):
            return Answer(409, known.said)
        state = self.rules.states.pop(0) if self.rules.states else "queued"
        one = Taken(f"doc-{len(self.taken) + 1}", key, content, state)
        self.taken.append(one)
        leads = {"Location": f"/documents/{one.id}"} if self.rules.leads else {}
        return Answer(202, None if self.rules.leads else one.said, leads)


def content_of(asked: Asked) -> bytes:
    """The body, or the file of a form."""
    edge = re.search(r"boundary=(\S+)", asked.headers.get("content-type", ""))
    if edge is None:
        return asked.body
    part = asked.body.split(f"--{edge[1]}".encode())[1]
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
