"""A mail server for tests: real SMTP on a free port of this machine."""

from __future__ import annotations

import socket
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from app.models import Shop


class Postbox:
    """Takes every mail. `with Postbox() as box: box.connect(shop)`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Postbox:
        self.controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.controller.stop()

    def connect(self, shop: Shop) -> None:
        """Set the shop up to send its mail here."""
        shop.smtp_host, shop.smtp_port, shop.smtp_security = "127.0.0.1", self.port, "none"
        shop.mail_sender = "shop@example.org"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def wait_for(self, count: int, *, seconds: float = 10) -> list[EmailMessage]:
        """The mails, once there are this many."""
        until = time.monotonic() + seconds
        while len(self.mails) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.mails) >= count, f"{len(self.mails)} of {count} mails came within {seconds} s"
        return self.mails


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
