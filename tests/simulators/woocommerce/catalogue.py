"""Products and variations of the simulated shop, and their stock."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.simulators.woocommerce.answers import Shape, moments

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop

NO_SALE = dict.fromkeys(("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt"))
WRITABLE = ("name", "sku", "regular_price", "sale_price", "stock_quantity", "manage_stock", "tax_class", "weight")


class Product:
    """A product, or a variation of one. A variation whose product holds the stock says `manage_stock: "parent"`."""

    def __init__(self, number: int, at: datetime, stated: Shape, parent: Product | None = None):
        self.id = number
        self.parent = parent
        self.created_at = self.modified_at = at
        self.is_in_bin = False
        self.kind = "variation" if parent else stated.get("type", "simple")
        self.name = stated.get("name", "Product")
        self.sku = stated.get("sku", "")
        self.regular_price = str(stated.get("regular_price", ""))
        self.sale_price = str(stated.get("sale_price", ""))
        self.tax_class = stated.get("tax_class", "")
        self.weight = stated.get("weight", "")
        self.manage_stock: bool | str = stated.get("manage_stock", False)
        self.stock_quantity: int | None = stated.get("stock_quantity")
        self.is_virtual = bool(stated.get("virtual"))
        self.is_download = bool(stated.get("downloadable"))
        self.attributes: list[Shape] = stated.get("attributes", [])
        self.variations: list[Product] = []
        if parent:
            parent.variations.append(self)
            self.name = ", ".join(one["option"] for one in self.attributes)

    @property
    def price(self) -> str:
        return self.sale_price or self.regular_price

    @property
    def stock_holder(self) -> Product | None:
        if self.parent and self.manage_stock == "parent":
            return self.parent
        return self if self.manage_stock is True else None

    @property
    def title(self) -> str:
        return f"{self.parent.name} - {self.name}" if self.parent else self.name

    def write(self, stated: Shape, at: datetime) -> None:
        for name in WRITABLE:
            if name in stated:
                setattr(self, name, stated[name])
        self.modified_at = at

    def change_stock(self, by: int, at: datetime) -> bool:
        holder = self.stock_holder
        if holder is None or holder.stock_quantity is None or not by:
            return False
        holder.stock_quantity += by
        holder.modified_at = at
        return True


def shared_shape(product: Product, shop: WooShop) -> Shape:
    holder = product.stock_holder
    quantity = holder.stock_quantity if holder else None
    return {
        "id": product.id,
        "type": product.kind,
        **moments("date_created", product.created_at, shop.zone),
        **moments("date_modified", product.modified_at, shop.zone),
        "description": "",
        "permalink": f"{shop.home}/product/{slug_of((product.parent or product).name)}/",
        "sku": product.sku,
        "global_unique_id": "",
        "price": product.price,
        "regular_price": product.regular_price,
        "sale_price": product.sale_price,
        **NO_SALE,
        "on_sale": bool(product.sale_price),
        "status": "trash" if product.is_in_bin else "publish",
        "purchasable": bool(product.price),
        "virtual": product.is_virtual,
        "downloadable": product.is_download,
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "tax_status": "taxable",
        "tax_class": product.tax_class,
        "manage_stock": product.manage_stock,
        "stock_quantity": quantity,
        "stock_status": "outofstock" if quantity is not None and quantity <= 0 else "instock",
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
        "weight": product.weight,
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_class": "",
        "shipping_class_id": 0,
        "menu_order": 0,
        "meta_data": [],
        "name": product.name,
        "parent_id": product.parent.id if product.parent else 0,
    }


def variation_shape(product: Product, shop: WooShop) -> Shape:
    return {
        **shared_shape(product, shop),
        "tax_class": product.tax_class or "parent",
        "image": None,
        "gallery_image_ids": [],
        "attributes": [{"id": 0, "slug": one["name"].lower(), **one} for one in product.attributes],
    }


def product_shape(product: Product, shop: WooShop) -> Shape:
    slug = slug_of(product.title)
    return {
        **shared_shape(product, shop),
        "name": product.title,
        "slug": slug,
        "featured": False,
        "catalog_visibility": "visible",
        "short_description": "",
        "total_sales": 0,
        "external_url": "",
        "button_text": "",
        "sold_individually": False,
        "shipping_required": not product.is_virtual,
        "shipping_taxable": not product.is_virtual,
        "reviews_allowed": True,
        "average_rating": "0",
        "rating_count": 0,
        "upsell_ids": [],
        "cross_sell_ids": [],
        "purchase_note": "",
        "categories": [{"id": 15, "name": "Uncategorized", "slug": "uncategorized"}],
        "brands": [],
        "tags": [],
        "images": [],
        "attributes": [attribute_shape(one, place) for place, one in enumerate(product.attributes)],
        "default_attributes": [],
        "variations": [one.id for one in product.variations],
        "grouped_products": [],
        "price_html": f"<span>{product.price}</span>" if product.price else "",
        "related_ids": [],
        "has_options": product.kind == "variable",
        "post_password": "",
        "permalink_template": f"{shop.home}/product/%pagename%/",
        "generated_slug": slug,
    }


def attribute_shape(stated: Shape, place: int) -> Shape:
    return {"id": 0, "slug": stated["name"], "position": place, **stated}


def event_shape(product: Product, shop: WooShop) -> Shape:
    """What a webhook tells of a product; of a variation in the shape of a product."""
    shape = product_shape(product, shop)
    del shape["permalink_template"], shape["generated_slug"]
    return shape


def slug_of(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-")


def net_price(product: Product, base_rate: Decimal) -> Decimal:
    """Without tax: prices of the shop include that of its own country."""
    return Decimal(product.price or 0) / (1 + base_rate / 100)
