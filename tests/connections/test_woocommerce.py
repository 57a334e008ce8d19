"""How a WooCommerce shop is asked: signed or encrypted, by either kind of permalinks, with what its reader wants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.platform import CheckState
from app.connections.woocommerce import WooCommerce
from app.intake_readers import only_order_in
from app.models import Trouble
from tests.simulators.certificates import Issued, issue_certificate
from tests.simulators.serving import Answer, Asked, OutsideShop
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.system import not_found_page

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issue_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


@pytest.fixture
def safe_woo(issued: Issued) -> Iterator[WooShop]:
    with WooShop(tls=issued.context) as shop:
        yield shop


def access_to(shop: WooShop, certificate: str = "", address: str = "") -> Access:
    secrets = {"consumer_key": shop.key.key, "consumer_secret": shop.key.secret}
    return Access(address or shop.url, secrets, certificate)


def test_without_encryption_the_secret_does_not_travel(woo: WooShop) -> None:
    order = woo.add_order()
    with WooCommerce(access_to(woo)) as shop:
        assert shop.one(str(order.id))
        assert shop.one("999") is None
    assert woo.key.secret not in str(woo.requests)
    assert "authorization" not in woo.requests[0].headers


def test_a_certificate_of_its_own_is_trusted_only_by_that_of_its_issuer(safe_woo: WooShop, issued: Issued) -> None:
    with WooCommerce(access_to(safe_woo)) as shop, pytest.raises(ShopFailure) as refused:
        shop.many(["1"])
    assert refused.value.trouble == Trouble.CERTIFICATE
    assert safe_woo.requests == []

    with WooCommerce(access_to(safe_woo, issued.pem)) as shop:
        assert shop.many(["1"]) == []
    assert safe_woo.requests[0].headers["authorization"].startswith("Basic ")
    assert "consumer_secret" not in safe_woo.requests[0].target


def test_where_the_header_is_swallowed_the_key_goes_in_the_query_and_that_is_kept(
    safe_woo: WooShop, issued: Issued
) -> None:
    safe_woo.drops_authorization = True
    with WooCommerce(access_to(safe_woo, issued.pem)) as shop:
        trial = shop.try_out()
    assert trial.works
    safe_woo.requests.clear()
    with WooCommerce(trial.access) as shop:
        shop.many(["1"])
    assert len(safe_woo.requests) == 1


def test_plain_permalinks_work_signed(woo: WooShop) -> None:
    woo.has_plain_permalinks = True
    order = woo.add_order()
    with WooCommerce(access_to(woo)) as shop:
        trial = shop.try_out()
    assert trial.works
    with WooCommerce(trial.access) as shop:
        assert shop.one(str(order.id))


class Elsewhere(OutsideShop):
    """A site without WooCommerce."""

    def __init__(self, says: Answer):
        super().__init__()
        self.says = says

    def answer(self, asked: Asked) -> Answer:
        return self.says


@pytest.mark.parametrize("says", [not_found_page(), Answer(404, {"message": "Nothing here."})])
def test_what_is_no_woocommerce_is_said(woo: WooShop, says: Answer) -> None:
    with Elsewhere(says) as other, WooCommerce(access_to(woo, address=other.url)) as shop:
        trial = shop.try_out()
    assert [(check.title, check.state) for check in trial.checks] == [("The shop answers", CheckState.MISSING)]
    assert "There is no API" in str(trial.checks[0].hint)


@pytest.mark.parametrize(
    ("minutes", "said"), [(-120, "120 minutes behind that of this machine"), (30, "30 minutes ahead")]
)
def test_a_clock_that_goes_wrong_is_said_in_minutes(safe_woo: WooShop, issued: Issued, minutes: int, said: str) -> None:
    safe_woo.skew = timedelta(minutes=minutes)
    with WooCommerce(access_to(safe_woo, issued.pem)) as shop:
        trial = shop.try_out()
    assert said in str(trial.checks[1].hint)
    assert trial.checks[1].title == "The clocks differ"


def test_refunds_come_with_their_lines(woo: WooShop) -> None:
    order = woo.add_order(products={"MUG": 3})
    line = order.lines[0]
    woo.refund(order, "12.50", line_items=[{"id": line.id, "quantity": 1, "refund_total": "12.50"}])
    with WooCommerce(access_to(woo)) as shop:
        listed = shop.one(str(order.id))
        assert listed
        new = only_order_in("woocommerce", shop.complete(listed)).order
    assert new
    assert [str(one.amount) for one in new.refunds] == ["12.5"]
    assert [str(one.gone) for one in new.lines if one.external_id == str(line.id)] == ["1"]


def test_equal_moments_over_the_edge_of_a_page_skip_nothing(woo: WooShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.connections.woocommerce.PAGE_SIZE", 3)
    woo.shuffles_ties = True
    at = datetime.now(UTC) - timedelta(days=1)
    there = [str(woo.add_order(at=at).id) for _each in range(8)]
    found, place = [], {}
    with WooCommerce(access_to(woo)) as shop:
        while place is not None:
            page = shop.placed_between(at - timedelta(days=1), datetime.now(UTC), place)
            found += [one.external_id for one in page.orders]
            place = page.next
    assert found == there
