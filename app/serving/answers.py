"""What is answered without the application: that this process is alive, and how large a body somebody may send."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING

from waitress.task import Task, WSGITask

from app.serving.requests import LEEWAY, ORDINARY

if TYPE_CHECKING:
    from app.serving.channels import Channel

log = logging.getLogger(__name__)


class Alive(Task):
    """/healthz, by a thread that does nothing else: it answers while all others are busy."""

    complete = True

    def execute(self) -> None:
        body = b"alive\n"
        self.content_length = len(body)
        self.response_headers += [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        self.write(b"" if self.request.command == "HEAD" else body)


class Admission:
    """Asks the application how large a body this sender may send; a task among those of the pool."""

    def __init__(self, channel: Channel):
        self.channel = channel

    def service(self) -> None:
        largest = ORDINARY
        try:
            environ = WSGITask(self.channel, self.channel.request).get_environment()
            environ["wsgi.input"] = BytesIO()
            largest = max(ORDINARY, LEEWAY * self.channel.server.largest_body(environ))
        except Exception:
            log.exception("nobody could tell how large a body may be")
        self.channel.go_on(largest)

    def cancel(self) -> None:
        self.channel.cancel()
