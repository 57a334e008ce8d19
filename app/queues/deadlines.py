"""Deliveries to other machines that end in time, however slowly these answer.

A time-out counts from one sign of life to the next: who says a word every five seconds is never late. A deadline is
for the whole of it. When it has passed, the connection is shut and whoever waits on it goes on with an error.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

from app.queues.networks import refuse_private


class Deadline:
    """Shuts the connections that were made through it when its time is over. One thread uses it at a time."""

    def __init__(self, seconds: float, *, only_public: bool = False):
        """With `only_public` it connects only to what `networks` allows: the address was entered by somebody."""
        self.only_public = only_public
        self.connections: list[socket.socket] = []
        self.start(seconds)

    def start(self, seconds: float) -> None:
        """Begin to count: also anew, for the next step on the same connection."""
        self.stop_clock()
        self.seconds, self.ends_at, self.has_passed = seconds, time.monotonic() + seconds, False
        self.clock = threading.Timer(seconds, self.shut)
        self.clock.daemon = True
        self.clock.start()

    def stop_clock(self) -> None:
        """From here on nothing is shut any more."""
        if clock := getattr(self, "clock", None):
            clock.cancel()
            clock.join()

    def end(self) -> None:
        self.stop_clock()
        while self.connections:
            self.connections.pop().close()

    def connect(self, address: tuple[str, int], timeout: float, _source: object = None) -> socket.socket:
        """A connection to one of the machine's addresses. Raises OSError."""
        error = OSError(f"no address of {address[0]}")
        for family, kind, protocol, _name, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            made = socket.socket(family, kind, protocol)
            try:
                if self.only_public:
                    refuse_private(str(place[0]))
                made.settimeout(min(timeout, max(0.01, self.ends_at - time.monotonic())))
                made.connect(place)
            except OSError as failure:
                made.close()
                error = failure
            else:
                made.settimeout(timeout)
                self.watch(made)
                return made
        raise error

    def watch(self, connection: socket.socket) -> None:
        """By a descriptor of its own, which stays the same when the connection is encrypted afterwards."""
        self.connections.append(socket.fromfd(connection.fileno(), connection.family, connection.type))
        if self.has_passed:
            self.shut()

    def shut(self) -> None:
        self.has_passed = True
        for connection in list(self.connections):
            with suppress(OSError):  # it has ended already
                connection.shutdown(socket.SHUT_RDWR)

    def __str__(self) -> str:
        return f"it took longer than {self.seconds:g} seconds"
