"""WooCommerce's own page on which somebody allows us a key, and the answer by which the shop hands it over.

Source: includes/class-wc-auth.php of WooCommerce. The shop posts the key to us, and deletes it unless we answer 200.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

KEY, SECRET = re.compile(r"ck_\w{4,120}", re.ASCII), re.compile(r"cs_\w{4,120}", re.ASCII)


def key_page(address: str, *, user_id: str, return_url: str, callback_url: str) -> str:
    """Where somebody of the shop allows the key. Its pages lead nowhere in a shop with plain permalinks.

    `user_id` comes back in the address that people return to.
    """
    asked = {
        "app_name": "Toonbank",
        "scope": "read_write",
        "user_id": user_id,
        "return_url": return_url,
        "callback_url": callback_url,
    }
    return f"{address}/wc-auth/v1/authorize?{urlencode(asked)}"


def credentials_in(told: Mapping[str, object]) -> dict[str, str] | None:
    """The key and its secret; None where they don't look like these. All else that it says is not believed."""
    key, secret = told.get("consumer_key"), told.get("consumer_secret")
    if not isinstance(key, str) or not isinstance(secret, str):
        return None
    is_right = KEY.fullmatch(key) and SECRET.fullmatch(secret)
    return {"consumer_key": key, "consumer_secret": secret} if is_right else None
