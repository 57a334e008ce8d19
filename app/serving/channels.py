"""A connection: it is asked for its patience each second, and shut when that is over."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from waitress.channel import HTTPChannel

from app.serving.answers import Admission, Alive
from app.serving.patience import HEADERS, IDLE, LINGERING, Stretch
from app.serving.requests import Request


class Channel(HTTPChannel):
    parser_class = Request
    request: Request | None
    close_when_flushed: bool

    def __init__(
        self,
        server: object,
        sock: socket.socket,
        addr: tuple[str, int],
        adj: object,
        map: dict[int, object] | None = None,
    ):
        super().__init__(server, sock, addr, adj, map=map)
        self.peer = str(self.addr[0]) if self.addr else ""
        self.idle = Stretch(time.monotonic())
        self.reading: Stretch | None = None  # of a request that is not there as a whole
        self.writing: Stretch | None = None  # of what nobody has read yet
        self.refused: Stretch | None = None  # what is still sent is thrown away
        self.is_asking = False

    # --- by the thread that waits for all connections ---

    def readable(self) -> bool:
        return self.refused is not None or (not self.is_asking and super().readable())

    def handle_read(self) -> None:
        if self.refused is None:
            super().handle_read()
            return
        with suppress(OSError):
            self.recv(self.adj.recv_bytes)  # closes when the other side has

    def received(self, data: bytes) -> bool:
        """Of a request that has to be let in nothing more is read until it is known whether it is."""
        before = self.request
        taken: bool = super().received(data)
        if self.request is None:
            self.reading = None
        elif self.request is not before or self.reading is None:
            self.reading = Stretch(time.monotonic(), len(data))
        else:
            self.reading.bytes += len(data)
        if self.request is not None and self.request.is_asking and not self.is_asking:
            self.is_asking = True
            self.server.task_dispatcher.add_task(Admission(self))
        return taken

    def handle_write(self) -> None:
        """Closing at once would lose the answer of whoever is still sending: the machine resets the connection."""
        if self.close_when_flushed and self.is_refusing and self.refused is None and not self.will_close:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len and self.connected:
                self.refused, self.close_when_flushed = Stretch(time.monotonic()), False
                with suppress(OSError):
                    self.socket.shutdown(socket.SHUT_WR)
            return
        super().handle_write()

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close)
        if self.writing is not None:
            self.writing.bytes += sent or 0
        return sent

    # --- patience ---

    def is_late(self, now: float) -> bool:
        self.writing = (self.writing or Stretch(now)) if self.total_outbufs_len else None
        if self.refused is not None:
            return self.refused.is_over(now, LINGERING)
        if self.writing is not None:
            return self.writing.is_too_slow(now)
        if self.is_waited_for:
            self.idle = Stretch(now)
            return False
        if self.request is None or self.reading is None:
            return self.idle.is_over(now, IDLE)
        if not self.request.headers_finished:
            return self.reading.is_over(now, HEADERS)
        return self.reading.is_too_slow(now)

    @property
    def is_waited_for(self) -> bool:
        """Whether it is our turn."""
        return bool(self.requests) or self.is_asking

    @property
    def is_being_answered(self) -> bool:
        return not self.will_close and (self.is_waited_for or bool(self.total_outbufs_len))

    @property
    def is_dispensable(self) -> bool:
        """Whether nothing is lost but time when it is shut."""
        return not self.will_close and not self.is_waited_for and not self.total_outbufs_len

    def shut(self) -> None:
        """Have the loop close it. It must not go while the loop counts the connections that it waits for."""
        self.will_close = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    # --- by the threads that answer ---

    is_refusing = False

    def service(self) -> None:
        request = self.requests[0]
        self.is_refusing = request.is_refused
        self.task_class = Alive if request.is_about_health else HTTPChannel.task_class
        super().service()

    def go_on(self, largest: int) -> None:
        """Read on, or answer that it is too large."""
        with self.requests_lock:
            request = self.request
            if request is not None and self.connected:
                request.allow(largest)
                self.reading = Stretch(time.monotonic())
                if request.completed:
                    self.request = None
                    self.requests.append(request)
                    self.server.add_task(self)
                elif request.expect_continue:
                    self.send_continue()
            self.is_asking = False
        self.server.pull_trigger()
