"""The server: its limits, who has to go when it is full, and the thread that answers for its health."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from waitress.adjustments import Adjustments
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from app.serving.channels import Channel
from app.serving.requests import LARGEST_HEADERS, ORDINARY

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

#: Threads that answer.
THREADS = 8
#: Connections at once. They cost no thread until a request is there as a whole.
CONNECTIONS = 500
#: Files that may be open: a connection, and what is put aside of its request and of its answer; the database, the rest.
OPEN_FILES = 3 * CONNECTIONS + 200
#: Bytes of an answer that wait, on disk, for a slow reader, before the thread that makes it has to wait as well.
WAITING = 256 * 1024 * 1024

#: How many bytes this sender may send; it knows the headers only.
LargestBody = Callable[["WSGIEnvironment"], int]


class Runs(Protocol):
    def run(self) -> None: ...
    def close(self) -> None: ...


class Server(TcpWSGIServer):
    channel_class = Channel
    largest_body: LargestBody
    health: ThreadedTaskDispatcher

    def maintenance(self, _now: float) -> None:
        now = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_late(now):
                channel.shut()

    def handle_accept(self) -> None:
        super().handle_accept()
        if len(self.active_channels) > CONNECTIONS and (one := dispensable(list(self.active_channels.values()))):
            one.shut()

    def add_task(self, channel: Channel) -> None:
        is_health = channel.requests and channel.requests[0].is_about_health
        (self.health if is_health else self.task_dispatcher).add_task(channel)


def dispensable(channels: list[Channel]) -> Channel | None:
    """When there are too many: of whoever has the most connections, the one on which nothing happened longest.

    Only those count on which we wait for somebody. None when we are to answer on all of them.
    """
    waiting = [one for one in channels if one.is_dispensable]
    many = Counter(one.peer for one in waiting)
    return min(waiting, key=lambda one: (-many[one.peer], one.last_activity), default=None)


def make_server(app: WSGIApplication, host: str, port: int, largest_body: LargestBody) -> Runs:
    """A server that has taken its port. Raises OSError and ValueError where it can't."""
    allow_many_files()
    settings = Adjustments(**limits(host, port))
    answering, health = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
    known: dict[int, object] = {}
    servers = [
        Server(app, known, True, None, dispatcher=answering, adj=settings, sockinfo=where) for where in settings.listen
    ]
    for server in servers:
        server.largest_body, server.health = largest_body, health
    answering.set_thread_count(THREADS)
    health.set_thread_count(1)
    places = [(server.effective_host, server.effective_port) for server in servers]
    made: Runs = MultiSocketServer(known, settings, places, answering, servers[0].log_info)
    return made


def limits(host: str, port: int) -> dict[str, object]:
    return {
        "host": host,
        "port": port,
        "threads": THREADS,
        "ident": None,
        "asyncore_use_poll": True,  # select() knows no more than 1024 files
        "cleanup_interval": 1,  # how often patience is asked for
        "connection_limit": CONNECTIONS + 100,  # above ours, which makes room
        "max_request_header_size": LARGEST_HEADERS,
        "max_request_body_size": ORDINARY + 1,
        "outbuf_high_watermark": WAITING,
        "clear_untrusted_proxy_headers": False,  # `callers` decides whom to believe
        "log_socket_errors": False,  # people close their browsers
    }


def allow_many_files() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if 0 <= wanted < OPEN_FILES:
        log.warning("only %d files may be open at once; with many connections that is too few", wanted)
