"""What the simulated shop tells of itself: namespaces, settings, taxes, its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulators.serving import Answer
from tests.simulators.woocommerce.answers import ListQuery, Paged, Shape
from tests.simulators.woocommerce.order import COUNTRY, RATES

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop
    from tests.simulators.woocommerce.calls import Call

READ_ONLY = {"Allow": "GET"}

#: Where the routes of orders stand, as `GET /wp-json/wc/v3` names them.
NAMED_ROUTES = [
    "/wc/v3/orders",
    r"/wc/v3/orders/(?P<id>[\d]+)",
    r"/wc/v3/orders/(?P<order_id>[\d]+)/notes",
    r"/wc/v3/orders/(?P<order_id>[\d]+)/refunds",
    "/wc/v3/orders/statuses",
    "/wc/v3/products",
    r"/wc/v3/products/(?P<id>[\d]+)",
    "/wc/v3/products/batch",
    r"/wc/v3/products/(?P<product_id>[\d]+)/variations",
    "/wc/v3/system_status",
    "/wc/v3/taxes",
    "/wc/v3/webhooks",
]


def describe_site(shop: WooShop) -> Answer:
    """`GET /wp-json/`, open to everybody: which plug-ins offer what."""
    names = ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wc-analytics", *shop.namespaces, "wp/v2"]
    body = {
        "name": shop.title,
        "description": "",
        "url": shop.home,
        "home": shop.home,
        "gmt_offset": shop.now().astimezone(shop.zone).utcoffset().total_seconds() / 3600,  # type: ignore[union-attr]
        "timezone_string": str(shop.zone),
        "namespaces": names,
        "authentication": {},
        "routes": {f"/{name}": {"namespace": name, "methods": ["GET"]} for name in names},
    }
    return Answer(200, body, READ_ONLY)


def describe_routes(call: Call) -> Answer:
    return Answer(200, {"namespace": "wc/v3", "routes": NAMED_ROUTES}, READ_ONLY)


def show_status(call: Call) -> Answer:
    shop = call.shop
    body = {
        "environment": {
            "home_url": shop.home,
            "site_url": shop.home,
            "version": shop.version,
            "wp_version": "7.0.4",
            "wp_multisite": False,
            "language": "nl_NL",
        },
        "active_plugins": [
            {"plugin": "woocommerce/woocommerce.php", "name": "WooCommerce", "version": shop.version},
        ],
        "settings": {"currency": shop.currency, "currency_symbol": "&euro;", "number_of_decimals": shop.decimals},
    }
    return Answer(200, body, READ_ONLY)


def list_settings(call: Call, group: str) -> Answer:
    shop = call.shop
    groups = {
        "general": {
            "woocommerce_default_country": COUNTRY,
            "woocommerce_calc_taxes": "yes",
            "woocommerce_currency": shop.currency,
            "woocommerce_price_num_decimals": str(shop.decimals),
        },
        "tax": {"woocommerce_prices_include_tax": "yes", "woocommerce_tax_based_on": "shipping"},
    }
    return Answer(200, [setting(name, value) for name, value in groups.get(group, {}).items()], READ_ONLY)


def setting(name: str, value: str) -> Shape:
    return {"id": name, "label": name, "description": "", "type": "text", "default": "", "tip": "", "value": value}


def listed(call: Call, shapes: list[Shape]) -> Answer:
    query = ListQuery.of(call.asked.query, call.shop.zone)
    return Paged(shapes, query, call.shop.home + call.asked.path).answer(lambda one: one)


def list_gateways(call: Call) -> Answer:
    names = {"bacs": "Direct bank transfer", "cheque": "Check payments", "cod": "Cash on delivery"}
    answer = listed(
        call,
        [{"id": key, "title": name, "enabled": False, "method_title": name} for key, name in names.items()],
    )
    answer.headers.update(READ_ONLY)
    return answer


def list_zones(call: Call) -> Answer:
    return listed(call, [{"id": 0, "name": "Locations not covered by your other zones", "order": 0}])


def list_taxes(call: Call) -> Answer:
    return listed(
        call,
        [
            {
                "id": number,
                "country": COUNTRY,
                "state": "",
                "postcode": "",
                "city": "",
                "rate": f"{rate}.0000",
                "name": f"BTW {rate}",
                "priority": 1,
                "compound": False,
                "shipping": True,
                "order": 0,
                "class": tax_class or "standard",
                "postcodes": [],
                "cities": [],
            }
            for tax_class, (number, rate) in RATES.items()
        ],
    )


def list_statuses(call: Call) -> Answer:
    names = ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"]
    return Answer(200, [{"slug": name, "name": name.capitalize()} for name in names], READ_ONLY)


def not_found_page() -> Answer:
    """What a shop with plain permalinks says at /wp-json."""
    return Answer(404, "<!DOCTYPE html><title>Page not found</title>", {"Content-Type": "text/html; charset=UTF-8"})


def no_json() -> Answer:
    body = {"code": "rest_invalid_json", "message": "Invalid JSON body passed.", "data": {"status": 400}}
    return Answer(400, body)
