"""The client that speaks with shops: in time, to one host, never too much, and with no secret in what it says."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from app.connections import client as client_module
from app.connections.client import Access, ShopClient, origin_of, tidy_address
from app.connections.failures import Remedy, ShopFailure
from app.connections.oauth1 import normal_form
from app.errors import ActionRefused
from app.models import Trouble
from tests.dripping import Dripping, http_first_line, http_headers
from tests.simulators.serving import (
    Answer,
    Asked,
    Fault,
    OutsideShop,
    Way,
    cut_off,
    dripping,
    firewall,
    redirect,
    slow,
    status,
)

SECRET = "cs_very-secret"


class Plain(OutsideShop):
    """Answers everybody."""

    body: object = {"orders": []}

    def answer(self, asked: Asked) -> Answer:
        return Answer(200, self.body)


@pytest.fixture
def shop() -> Iterator[Plain]:
    with Plain() as made:
        yield made


def refusal(number: int, message: str = "no") -> Fault:
    return Fault(Way.INSTEAD, Answer(number, {"message": message}))


def client_of(address: str, **how: float) -> ShopClient:
    return ShopClient(Access(address, {"secret": SECRET}), **how)


def failure_of(address: str, **how: float) -> ShopFailure:
    with client_of(address, **how) as client, pytest.raises(ShopFailure) as raised:
        client.get("/orders")
    return raised.value


def test_it_asks_one_shop_over_one_connection(shop: Plain) -> None:
    with client_of(shop.url) as client:
        answers = [client.get("/orders", {"a": "b c", "d": "é&"}), client.ask("POST", "/x", body={"y": 1})]

    assert [answer.json for answer in answers] == [{"orders": []}] * 2
    asked, told = shop.requests
    assert asked.query == [("a", "b c"), ("d", "é&")]
    assert (asked.headers["user-agent"], told.json) == ("Toonbank", {"y": 1})


@pytest.mark.parametrize(
    ("fault", "trouble", "remedy"),
    [
        (status(429), Trouble.TOO_BUSY, Remedy.WAIT),
        (status(503, retry_after=7), Trouble.TOO_BUSY, Remedy.WAIT),
        (status(503), Trouble.OUT_OF_ORDER, Remedy.WAIT),
        (status(500), Trouble.OUT_OF_ORDER, Remedy.WAIT),
        (refusal(401), Trouble.WRONG_KEY, Remedy.MEND),
        (refusal(404), Trouble.NOT_THERE, Remedy.RECORD),
        (refusal(422), Trouble.REFUSED, Remedy.RECORD),
        (refusal(400), Trouble.ASKED_WRONGLY, Remedy.OURS),
        (firewall(403), Trouble.REFUSED_BEFORE, Remedy.MEND),
        (firewall(406), Trouble.REFUSED_BEFORE, Remedy.MEND),
        (firewall(503), Trouble.OUT_OF_ORDER, Remedy.WAIT),
        (firewall(200), Trouble.NO_API, Remedy.MEND),
        (redirect("https://elsewhere.example/orders"), Trouble.REDIRECTED, Remedy.MEND),
        (cut_off(), Trouble.NO_ANSWER, Remedy.WAIT),
    ],
)
def test_what_fails_is_sorted_by_what_is_to_be_done(shop: Plain, fault, trouble, remedy) -> None:
    shop.fail_next(fault)
    failure = failure_of(shop.url)
    assert (failure.trouble, failure.remedy) == (trouble, remedy)
    assert failure.sentence
    assert len(shop.requests) == 1  # it repeats nothing


def test_a_redirect_is_not_followed_and_says_where_it_leads(shop: Plain) -> None:
    with Plain() as other:
        shop.fail_next(redirect(f"{other.url}/orders?token=1"))
        assert failure_of(shop.url).detail == f"{other.url}/orders"
        assert other.requests == []


def test_retry_after_is_seconds_or_a_moment_by_the_shops_clock(shop: Plain) -> None:
    shop.skew = timedelta(hours=-3)
    shop.fail_next(status(429, retry_after=format_datetime(shop.now() + timedelta(seconds=90), usegmt=True)))
    shop.fail_next(status(429, retry_after=12))
    shop.fail_next(status(429, retry_after="soon"))
    moment, seconds, unreadable = [failure_of(shop.url).retry_after for _each in range(3)]
    assert moment in (89, 90)  # it may have taken a moment to be asked
    assert (seconds, unreadable) == (12, None)


@pytest.mark.parametrize("way", ["body", "headers", "first line"])
def test_a_shop_that_drips_is_left_when_the_time_is_over(shop: Plain, way: str) -> None:
    started = time.monotonic()
    if way == "body":
        shop.fail_next(dripping())
        failure = failure_of(shop.url, deadline=0.6)
    else:
        with Dripping({"headers": http_headers, "first line": http_first_line}[way]) as drip:
            failure = failure_of(f"http://127.0.0.1:{drip.port}", deadline=0.6)
    assert failure.trouble == Trouble.TOO_SLOW
    assert time.monotonic() - started < 3


def test_a_slow_answer_is_left_and_the_next_one_is_asked_anew(shop: Plain) -> None:
    shop.fail_next(slow(2))
    with client_of(shop.url, deadline=0.5) as client:
        with pytest.raises(ShopFailure):
            client.get("/orders")
        assert client.get("/orders").status == 200


def test_too_much_is_not_read(shop: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "LARGEST_ANSWER", 1000)
    shop.body = ["x" * 200_000]
    assert failure_of(shop.url).trouble == Trouble.TOO_LARGE


def test_nobody_there(shop: Plain) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    failure = failure_of(f"http://127.0.0.1:{port}")
    assert (failure.trouble, failure.detail) == (Trouble.NO_ANSWER, "Connection refused")
    assert failure_of("http://shop.invalid").trouble == Trouble.NO_ANSWER


def test_no_secret_stands_in_an_error(shop: Plain) -> None:
    shop.fail_next(refusal(401, f"Unknown {SECRET}, <b>sorry</b>"))
    failure = failure_of(shop.url)
    assert failure.detail == "HTTP 401 Unknown …, sorry"
    assert SECRET not in repr(failure) + str(failure) + repr(Access(shop.url, {"secret": SECRET}))


def test_what_is_too_short_for_a_secret_leaves_the_words_as_they_are(shop: Plain) -> None:
    """The number of a state is kept beside the key, and stands in every other word."""
    shop.fail_next(refusal(401, f"Unknown {SECRET}"))
    access = Access(shop.url, {"secret": SECRET, "paid_state": "4", "language": "nk"})
    with ShopClient(access) as client, pytest.raises(ShopFailure) as caught:
        client.get("/orders")
    assert caught.value.detail == "HTTP 401 Unknown …"


# --- signing --------------------------------------------------------------------------------------------------------


def test_what_is_signed_is_sorted_and_escaped_as_the_standard_says() -> None:
    """The example of RFC 5849, 3.4.1.3.2; the simulated shop checks whole signatures."""
    query = [("b5", "=%3D"), ("a3", "a"), ("c@", ""), ("a2", "r b"), ("c2", ""), ("a3", "2 q")]
    assert normal_form(query) == "a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2="


# --- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entered", "address"),
    [
        ("shop.example", "https://shop.example"),
        (" https://Shop.example/ ", "https://shop.example"),
        ("https://shop.example/wp-admin/admin.php?page=wc-settings", "https://shop.example"),
        ("http://192.168.1.20:8080/winkel/", "http://192.168.1.20:8080/winkel"),
        ("https://shop.example/?rest_route=", "https://shop.example"),
        ("https://käse.example/wp-json/wc/v3", "https://xn--kse-qla.example"),
    ],
)
def test_an_address_is_taken_as_people_copy_it(entered: str, address: str) -> None:
    assert tidy_address(entered) == address


@pytest.mark.parametrize("entered", ["", "https://", "https://me:secret@shop.example", "https://a b", "ftp://x/y:z"])
def test_what_is_no_address_is_refused(entered: str) -> None:
    with pytest.raises(ActionRefused):
        tidy_address(entered)


def test_where_it_leads_is_told_without_what_may_be_secret() -> None:
    assert origin_of("https://me:pw@shop.example/a?token=1") == "https://shop.example/a"
