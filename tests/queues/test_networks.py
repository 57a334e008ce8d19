"""What somebody enters as an address leads into the internet, and nowhere else."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from app import webhooks
from app.connections.client import Access, ShopClient
from app.connections.failures import ShopFailure
from app.queues.deadlines import Deadline
from app.queues.networks import NotAllowed, refuse_private

INSIDE = """
    127.0.0.1 127.9.9.9 0.0.0.0 10.0.0.1 172.16.3.4 192.168.1.1 169.254.169.254 100.100.100.200 224.0.0.1 192.0.2.1
    255.255.255.255 ::1 :: fe80::1%eth0 fd00:ec2::254 ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
    64:ff9b::7f00:1 2002:7f00:1:: 2002:a00:1:: ::7f00:1 64:ff9b:1::7f00:1 ::ffff:0:7f00:1 fec0::1 5f00::1
""".split()
OUTSIDE = "93.184.216.34 8.8.8.8 2606:2800:220:1:248:1893:25c8:1946 ::ffff:8.8.8.8 64:ff9b::808:808".split()


@pytest.fixture
def nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is where nobody has said anything."""
    monkeypatch.delenv("TOONBANK_ALLOWED_NETWORKS")


@pytest.mark.usefixtures("nothing_allowed")
def test_only_the_internet_is_allowed_by_default() -> None:
    for address in OUTSIDE:
        refuse_private(address)
    for address in INSIDE:
        with pytest.raises(NotAllowed, match="is not in the internet"):
            refuse_private(address)


def test_networks_of_ones_own_are_allowed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_ALLOWED_NETWORKS", "10.1.0.0/16, ::1")
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "::1"):
        refuse_private(address)
    for address in ("10.2.0.1", "127.0.0.1", "169.254.169.254"):
        with pytest.raises(NotAllowed):
            refuse_private(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "evil.example"])
@pytest.mark.usefixtures("nothing_allowed")
def test_neither_shops_nor_programs_are_spoken_with_on_this_machine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Nor by a name that leads there, whatever it led to when it was looked at before."""
    look_up = socket.getaddrinfo
    here = lambda _name, *rest, **more: look_up("127.0.0.1", *rest, **more)  # noqa: E731
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        monkeypatch.setattr(socket, "getaddrinfo", here)
        address = f"http://{host}:{server.getsockname()[1]}"
        message = webhooks.Message(1, f"{address}/", webhooks.new_secret(), "msg_1", "{}")
        status, error = webhooks.post(message)
        with ShopClient(Access(address, {})) as client, pytest.raises(ShopFailure) as failure:
            client.get("/")
        with pytest.raises(BlockingIOError):  # nobody called
            server.accept()

    assert (status, error) == (None, "127.0.0.1 is not in the internet (TOONBANK_ALLOWED_NETWORKS allows it)")
    assert "not in the internet" in failure.value.detail


@pytest.mark.usefixtures("nothing_allowed")
def test_the_address_that_was_looked_at_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads into the internet first, and to this machine when it is asked for again."""
    answers = iter(["8.8.8.8", "127.0.0.1"])
    called: list[Any] = []

    def look_up(_name: str, port: int, **_more: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def call(_socket: socket.socket, place: Any) -> None:
        called.append(place)
        raise TimeoutError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", call)
    deadline = Deadline(5, only_public=True)
    with pytest.raises(TimeoutError):
        deadline.connect(("evil.example", 80), 1)
    deadline.end()

    assert called == [("8.8.8.8", 80)]
