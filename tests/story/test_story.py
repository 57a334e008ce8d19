"""Two desks and two shops in one story: killed at random, answers lost, webhooks doubled; nothing is lost or doubled.

The desks are real processes, one on each database. The suite plays a short story; `make story FOR=1h` plays one after
the other, each of a new seed, and says that of one that fails: `TOONBANK_STORY_SEED=123` plays its happenings again.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random, SystemRandom

import pytest

from app.models import Telling
from tests import postgresql
from tests.connections.telling import ALL_ON
from tests.databases import Postgresql, Sqlite
from tests.postbox import Postbox
from tests.simulators.certificates import issue_certificate
from tests.simulators.shopify import ALL_SCOPES, ShopifyShop
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.signing import Key
from tests.story.customers import ShopifyCustomers, WooCustomers
from tests.story.desk import Desk
from tests.story.examining import examine
from tests.story.settling import settle
from tests.story.telling import Story

#: Of the story that the suite plays.
SEED = 2735
#: Where its WooCommerce shop keeps tracking codes, and the rest of the seed by three.
CODES_ARE_IN = ("fulfillments", "notes", "shipment-trackings")
#: For how long stories are played, such as 90s, 15m or 2h; "" in the suite.
FOR = os.environ.get("TOONBANK_STORY", "")
UNITS = {"s": 1, "m": 60, "h": 3600}


class SetAside(Postgresql):
    """Beside the database of other tests."""

    def __init__(self) -> None:
        super().__init__()
        self.use(f"story_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


def a_story(seed: int, folder: Path, stack: ExitStack, *, workers: int) -> Story:
    issued = issue_certificate(folder)
    woo, shopify = stack.enter_context(WooShop()), stack.enter_context(ShopifyShop(tls=issued.context))
    (folder / "data").mkdir()
    first = Desk("a", Sqlite(folder / "data"), folder / "a", stack.enter_context(Postbox()), workers=workers)
    second = Desk("b", SetAside(), folder / "b", stack.enter_context(Postbox()))
    random = Random(seed)
    woo.keys = [Key("ck_a", "cs_a"), Key("ck_b", "cs_b")]
    story = Story(seed, random, first, second, WooCustomers(woo, random), ShopifyCustomers(shopify, random))
    story.woo.open_for_business(CODES_ARE_IN[seed % 3])
    for desk, key in zip(story.desks, woo.keys, strict=True):
        stack.callback(desk.stop)
        desk.set_up()
        secrets = {"consumer_key": key.key, "consumer_secret": key.secret}
        desk.connect("woocommerce", woo.url, secrets, **ALL_ON)
    shopify.scopes = set(ALL_SCOPES)
    choices = {**ALL_ON, "tell_notes": Telling.OFF}  # Shopify keeps no notes
    first.connect("shopify", shopify.url, {"token": shopify.token}, certificate=issued.pem, **choices)
    return story


def play(seed: int, folder: Path, *, steps: int, workers: int) -> None:
    print(f"seed {seed}", flush=True)
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        story = a_story(seed, folder, stack, workers=workers)
        try:
            for desk in story.desks:
                desk.start()
            for desk in story.desks:
                desk.wait_until_it_serves()
            story.begin(orders=3)
            story.go_through_the_worst()
            story.go_on(steps=steps, pause=0.1)
            settle(story)
            wrong = examine(story)
        except BaseException:
            print("\n".join(story.told))
            raise
        print("\n".join([*story.told, "", *wrong]) if wrong else f"{len(story.told)} happenings")
        assert wrong == []


needs_postgresql = pytest.mark.skipif(not postgresql.is_installed(), reason="PostgreSQL is not installed")


@needs_postgresql
def test_two_desks_and_two_shops_end_alike(tmp_path: Path) -> None:
    play(SEED, tmp_path / "story", steps=30, workers=0)


@pytest.mark.skipif(not FOR, reason="make story plays it")
@needs_postgresql
def test_ever_new_stories(tmp_path: Path) -> None:
    until, number = time.monotonic() + float(FOR[:-1]) * UNITS[FOR[-1]], 0
    while time.monotonic() < until:
        number += 1
        seed = int(os.environ.get("TOONBANK_STORY_SEED") or SystemRandom().randrange(10**6))
        play(seed, tmp_path / str(number), steps=200, workers=1)
    print(f"{number} stories, and nothing was lost or doubled")
