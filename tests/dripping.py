"""Real servers that are never silent for long and never finish: a line now and then, for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

EVERY = 0.2


class Dripping:
    """A server on a free port. `talk` answers a connection; what it leaves open is dripped on."""

    def __init__(self, talk: Callable[[socket.socket], bytes]):
        self.talk = talk
        self.reached = threading.Event()
        self.left = threading.Event()
        self.stopped = threading.Event()

    def __enter__(self) -> Dripping:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopped.set()
        self.server.close()

    def serve(self) -> None:
        while not self.stopped.is_set():
            try:
                connection, _address = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.drip, args=(connection,), daemon=True).start()

    def drip(self, connection: socket.socket) -> None:
        with connection:
            try:
                line = self.talk(connection)
                self.reached.set()
                while not self.stopped.wait(EVERY):
                    connection.sendall(line)
            except OSError:
                self.left.set()


def http_headers(connection: socket.socket) -> bytes:
    """One header after another."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    return b"X: y\r\n"


def http_first_line(connection: socket.socket) -> bytes:
    connection.recv(65_536)
    return b"H"


def http_interim(connection: socket.socket) -> bytes:
    """Always to be continued."""
    connection.recv(65_536)
    return b"HTTP/1.1 100 Continue\r\n\r\n"


def smtp_greeting(connection: socket.socket) -> bytes:
    return b"220-wait\r\n"


def smtp_recipient(connection: socket.socket) -> bytes:
    converse(connection, until=b"rcpt")
    return b"250-wait\r\n"


def smtp_text(connection: socket.socket) -> bytes:
    converse(connection, until=b"data")
    connection.sendall(b"354 go on\r\n")
    text = b""
    while not text.endswith(b"\r\n.\r\n"):
        text += connection.recv(65_536)
    return b"250-wait\r\n"


def converse(connection: socket.socket, *, until: bytes) -> None:
    connection.sendall(b"220 here\r\n")
    while not (asked := connection.recv(65_536)).lower().startswith(until):
        if not asked:
            raise OSError("it has left")
        connection.sendall(b"250 fine\r\n")
