"""The simulated WooCommerce answers as the recorded one did: statuses, headers, shapes, amounts, webhooks.

Every recorded request is made again, file by file, in order. The recordings lie in a folder outside the project that
TOONBANK_PAYLOADS names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.asking import ask, basic
from tests.simulators.woocommerce import WooShop

FOLDER = Path(os.environ.get("TOONBANK_PAYLOADS") or "nowhere") / "woocommerce-live"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="TOONBANK_PAYLOADS names no folder")

FILES = (
    "webhooks catalogue coupons order-edited-refunded order-cancelled order-discount-fee-rates order-cart-discount "
    "order-refunded order-deleted order-free-pick-up order-download order-lists errors shop"
).split()
BEFORE = ("webhooks", "catalogue", "coupons")

#: What is the recorded shop's own, and not the API's: what a list holds, and what is not simulated of coupons.
APART = {
    "/wp-json/wc/v3/settings",
    "/wp-json/wc/v3/coupons",
    "/wp-json/wc/v3/products?",
    "/wp-json/wc/v3/products/batch",
}
HEADERS = ("Content-Type", "Allow", "X-WP-Total", "X-WP-TotalPages")

#: Lists that hold fewer in the simulated shop: its own notes are few.
OTHERS = (".related_ids", ".routes", "/notes")

#: Texts that are amounts and states, and have to be the same, too.
SAME = ("status", "total", "total_tax", "subtotal", "discount_total", "shipping_tax", "cart_tax", "quantity", "amount")
SAME += ("stock_quantity", "needs_payment", "is_editable", "needs_processing", "number", "code", "message", "data")


def steps_of(name: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return steps


def play(shop: WooShop, step: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The answer to a recorded request, and the webhooks that it led to."""
    request, recorded = step["request"], step["response"]
    if request["method"] == "POST" and isinstance(recorded, dict) and step["status"] == 201:
        shop.count_from(recorded["id"], kind_of(request["path"]))
        for line in recorded.get("line_items", [])[:1]:
            shop.count_from(line["id"], "item")
    shop.to_deliver.clear()
    key = shop.key if step["why"] != "wrong key" else type(shop.key)("ck_no", "cs_no")
    answer = ask(shop, request["path"], method=request["method"], stated=request["json"], headers=basic(key))
    return answer, [
        (one.webhook.topic, json.loads(one.body))
        for one in shop.to_deliver
        if one.webhook.topic in one.headers.values()
    ]


def kind_of(path: str) -> str:
    return {"webhooks": "webhook", "notes": "note"}.get(path.rsplit("/", 1)[-1], "post")


def differing(recorded: Any, ours: Any, at: str = "") -> Iterator[str]:
    """Where keys, types or what has to be the same differ."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        if recorded.keys() != ours.keys() and not all(key.isdigit() for key in recorded):
            yield f"{at}: missing {sorted(recorded.keys() - ours)}, too many {sorted(ours.keys() - recorded)}"
        for name in recorded.keys() & ours.keys():
            yield from differing(recorded[name], ours[name], f"{at}.{name}")
    elif isinstance(recorded, list) and isinstance(ours, list):
        if len(recorded) != len(ours) and not at.endswith(OTHERS):
            yield f"{at}: {len(recorded)} recorded, {len(ours)} here"
        for place, (theirs, own) in enumerate(zip(recorded, ours, strict=False)):
            yield from differing(theirs, own, f"{at}[{place}]")
    elif kind(recorded) != kind(ours) or (at.rpartition(".")[2] in SAME and recorded != ours):
        yield f"{at}: {recorded!r} recorded, {ours!r} here"


def kind(value: Any) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        shop.is_ssl = True
        yield shop


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_request_is_answered_alike(name: str, woo: WooShop) -> None:
    played = [*BEFORE, "order-edited-refunded"] if name == "errors" else BEFORE
    for earlier in played[: played.index(name)] if name in played else played:
        for step in steps_of(earlier):
            play(woo, step)

    found = []
    for step in steps_of(name):
        answer, told = play(woo, step)
        path = step["request"]["path"]
        if any(path.startswith(one) for one in APART) or name == "order-lists":
            assert answer.status == step["status"], path
            continue
        headers = {key: answer.headers.get(key) for key in HEADERS if key in {**step["headers"], **answer.headers}}
        found += [
            (step["request"]["method"], path, one)
            for one in [
                *([] if answer.status == step["status"] else [f"{step['status']} recorded, {answer.status} here"]),
                *differing({key: step["headers"].get(key) for key in headers}, headers),
                *differing(step["response"], answer.body, path),
                *differing(*webhooks_of(step, told)),
            ]
        ]
    assert not found, "\n".join(map(str, found))


def webhooks_of(step: dict[str, Any], told: list[Any]) -> tuple[Any, Any]:
    """The webhooks of orders, recorded and ours, as topic → body."""
    theirs = [
        (one["headers"]["X-WC-Webhook-Topic"], one["body"])
        for one in step["webhooks"]
        if one["headers"].get("X-WC-Webhook-Topic", "").startswith("order.")
    ]
    return theirs, [one for one in told if one[0].startswith("order.")]
