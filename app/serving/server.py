"""The server: its limits, who has to go when it is full, and the thread that answers for its health."""

from __future__ import annotations

import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from waitress import wasyncore
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
#: Connections of a port that nobody has taken yet, of all processes together.
BACKLOG = 1024
#: Seconds in which whoever was let in is answered when the server is told to stop.
STOPPING = 10
#: Bytes of an answer that wait, on disk, for a slow reader, before the thread that makes it has to wait as well.
WAITING = 256 * 1024 * 1024

#: How many bytes this sender may send; it knows the headers only.
LargestBody = Callable[["WSGIEnvironment"], int]


class Server(TcpWSGIServer):
    channel_class = Channel
    accepting: bool
    active_channels: dict[int, Channel]
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


class Serving(MultiSocketServer):
    """One process at its port. It runs until it is told to stop, and answers whoever was let in by then."""

    map: dict[int, object]
    adj: Adjustments
    servers: Sequence[Server]
    stops_at: float | None = None

    def run(self) -> None:
        while self.map and not self.is_over():
            wasyncore.loop(timeout=self.adj.asyncore_loop_timeout, map=self.map, use_poll=True, count=1)
        self.close()

    def stop(self) -> None:
        """From any thread, and from a signal."""
        self.stops_at = time.monotonic() + STOPPING
        for server in self.servers:
            server.accepting = False
            server.trigger.pull_trigger()

    def is_over(self) -> bool:
        if self.stops_at is None:
            return False
        channels = [channel for server in self.servers for channel in list(server.active_channels.values())]
        return time.monotonic() >= self.stops_at or not any(one.is_being_answered for one in channels)


def take_port(host: str, port: int) -> list[socket.socket]:
    """The sockets on which this host listens, for one process or for many that share them. Raises OSError, ValueError.

    They are inherited, and not one for each process by SO_REUSEPORT: so whoever has time takes the next connection, and
    what waits for a process that dies is taken by another one.
    """
    taken: list[socket.socket] = []
    try:
        for family, kind, protocol, address in Adjustments(**limits(host, port)).listen:
            one = socket.socket(family, kind, protocol)
            taken.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(BACKLOG)
    except OSError:
        for one in taken:
            one.close()
        raise
    return taken


def make_server(app: WSGIApplication, taken: Sequence[socket.socket], largest_body: LargestBody) -> Serving:
    """What answers on these sockets in this process."""
    allow_many_files()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that somebody waits for a moment is no news
    host, port = taken[0].getsockname()[:2]
    settings = Adjustments(**limits(host, port))
    answering, health = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
    known: dict[int, object] = {}
    servers = [
        Server(app, known, True, one, dispatcher=answering, adj=settings, sockinfo=sockinfo_of(one), bind_socket=False)
        for one in taken
    ]
    for server in servers:
        server.largest_body, server.health = largest_body, health
    answering.set_thread_count(THREADS)
    health.set_thread_count(1)
    places = [(server.effective_host, server.effective_port) for server in servers]
    made = Serving(known, settings, places, answering, servers[0].log_info)
    made.servers = servers
    return made


def sockinfo_of(taken: socket.socket) -> tuple[int, int, int, object]:
    return taken.family, taken.type, taken.proto, taken.getsockname()


def limits(host: str, port: int) -> dict[str, object]:
    return {
        "host": host,
        "port": port,
        "threads": THREADS,
        "ident": None,
        "backlog": BACKLOG,
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
