"""A mail server that makes difficulties, as real ones do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

from tests.postbox import Postbox


class DifficultPostbox(Postbox):
    """Answers each recipient as told, and at the end of each text takes it, refuses it, hangs up or says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.at_recipient: dict[str, str] = {}
        self.at_sender = "250 OK"
        self.after_text = "250 OK"  # an answer, "hang up" or "silence"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.at_sender

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.at_recipient.get(address, "250 OK")
        if answer == "hang up":
            server.transport.abort()
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.after_text[0] in "45":
            return self.after_text
        await super().handle_DATA(server, session, envelope)
        if self.after_text == "hang up":
            server.transport.abort()
        if self.after_text == "silence":
            await asyncio.sleep(3)
        return "250 OK"


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections on the port that it yields, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken: list[socket.socket] = []

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(listening.accept()[0])

        threading.Thread(target=take, daemon=True).start()
        yield listening.getsockname()[1]
        for connection in taken:
            connection.close()
