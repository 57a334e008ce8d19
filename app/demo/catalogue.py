"""What the demo shop sells, how it is paid and how it is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.actions.stock import count_stock
from app.config import locale_of
from app.extensions import ShownText, db
from app.history import SYSTEM
from app.models import CustomStatus, PaymentMethod, Product, ShippingMethod
from app.queries import shop


class Article(NamedTuple):
    """A product: price in euros with Dutch VAT, `is_reduced` for what is taxed at the reduced rate (food and books)."""

    sku: str
    name: str
    price: Decimal
    stock: Decimal
    location: str
    is_reduced: bool = False
    by_length: bool = False


def article(sku: str, name: str, price: str, stock: int, location: str, **how: bool) -> Article:
    return Article(sku, name, Decimal(price), Decimal(stock), location, **how)


ARTICLES = (
    article("MUG-STN-30", "Stoneware mug, speckled, 30 cl", "12.50", 84, "A1-03"),
    article("MUG-STN-45", "Stoneware mug, speckled, 45 cl", "15.95", 41, "A1-04"),
    article("CUP-ESP-4", "Espresso cups, set of four", "29.95", 23, "A1-07"),
    article("POT-TEA-12", "Cast-iron teapot, 1.2 l", "59.00", 12, "A2-01"),
    article("BWL-ASH-20", "Ash-wood bowl, ø 20 cm", "34.50", 18, "A2-05"),
    article("BWL-SUP-2", "Soup bowls with ear, set of two", "27.00", 30, "A2-06"),
    article("PLT-DIN-26", "Dinner plate, reactive glaze, ø 26 cm", "18.75", 120, "A3-01"),
    article("PLT-BRK-21", "Breakfast plate, reactive glaze, ø 21 cm", "14.25", 132, "A3-02"),
    article("BRD-OLV-40", "Chopping board, olive wood, 40 cm", "39.90", 9, "A4-02"),
    article("KNF-BRD-24", "Bread knife, beech handle", "32.00", 15, "A4-03"),
    article("SPN-BRC-3", "Birch spoons, three sizes", "11.95", 66, "A4-06"),
    article("TWL-LIN-2", "Linen tea towels, set of two", "19.50", 75, "B1-01"),
    article("TBL-LIN-25", "Linen tablecloth, 150 × 250 cm, natural", "89.00", 7, "B1-04"),
    article("NPK-LIN-4", "Linen napkins, set of four", "36.00", 22, "B1-05"),
    article("FAB-LIN-M", "Linen by the metre, 140 cm wide, sage", "24.00", 60, "B1-09", by_length=True),
    article("CSH-WOL-50", "Wool cushion, 50 × 50 cm, ochre", "49.95", 14, "B2-02"),
    article("BLK-MER-18", "Merino blanket, 130 × 180 cm", "119.00", 5, "B2-03"),
    article("RUG-JUT-90", "Braided jute rug, ø 90 cm", "64.50", 6, "B3-01"),
    article("BSK-SEA-35", "Seagrass basket with lid, 35 cm", "42.00", 11, "B3-04"),
    article("LMP-DSK-OP", "Desk lamp, opal glass and brass", "129.00", 4, "C1-01"),
    article("LMP-CRD-3M", "Textile lamp cord, 3 m, rust", "17.90", 38, "C1-06"),
    article("CND-BEE-2", "Beeswax candles, pair, 28 cm", "13.50", 90, "C2-01"),
    article("CND-HLD-BR", "Brass candle holder", "21.00", 27, "C2-02"),
    article("VAS-GLS-25", "Mouth-blown vase, smoke, 25 cm", "45.00", 8, "C2-05"),
    article("CLK-WLL-30", "Wall clock, oak, ø 30 cm", "69.00", 6, "C3-01"),
    article("HKS-OAK-5", "Coat rack, oak, five hooks", "54.00", 10, "C3-03"),
    article("SOP-OLV-3", "Olive soap, three bars", "10.95", 58, "D1-02"),
    article("TEA-SEN-100", "Sencha, 100 g", "9.80", 47, "D2-01", is_reduced=True),
    article("HNY-LIM-350", "Lime-blossom honey, 350 g", "8.25", 52, "D2-03", is_reduced=True),
    article("BOK-BRD-EN", "Book: Bread at Home", "24.99", 16, "D3-01", is_reduced=True),
)

IDEAL, CARD, BANK, CASH = "iDEAL", "Credit card", "Bank transfer", "Cash on pick-up"
POSTNL, DHL, DPD, PICK_UP = "PostNL", "DHL", "DPD", "Pick up in the shop"

CARD_COST = Decimal("0.50")
SHIPPING_COSTS = {POSTNL: Decimal("5.95"), DHL: Decimal("9.50"), DPD: Decimal("12.50"), PICK_UP: Decimal(0)}

TRACKING_URLS = {
    POSTNL: "https://postnl.nl/tracktrace/?B={code}&P={postcode}&D={country}&T=C",
    DHL: "https://www.dhl.com/global-en/home/tracking.html?tracking-id={code}",
    DPD: "https://tracking.dpd.de/status/en_US/parcel/{code}",
}


#: What the shop calls some of its orders, in its own language, and in which colour.
OWN_STATUSES = ((_l("Gift wrap"), "green"), (_l("Engraving"), "purple"), (_l("Waits for supplier"), "orange"))


def put_in(*, demo: bool) -> None:
    """Add the products, methods and statuses that the shop doesn't have yet."""
    skus = set(db.session.scalars(select(Product.sku)))
    payments = set(db.session.scalars(select(PaymentMethod.title)))
    shippings = set(db.session.scalars(select(ShippingMethod.title)))
    new = [product for product in products(demo=demo) if product.sku not in skus]
    db.session.add_all(new)
    statuses = set(db.session.scalars(select(CustomStatus.title)))
    called = [(say_in(shop().language, title), colour) for title, colour in OWN_STATUSES]
    own = [(title, colour) for title, colour in called if title not in statuses]
    db.session.add_all(CustomStatus(title=title, colour=colour, position=at) for at, (title, colour) in enumerate(own))
    db.session.add_all(method for method in payment_methods() if method.title not in payments)
    db.session.add_all(method for method in shipping_methods() if method.title not in shippings)
    db.session.flush()
    for product in new:
        count_stock(product, product.stock, by=SYSTEM)
    db.session.flush()


def say_in(language: str, text: ShownText) -> str:
    with force_locale(locale_of(language)):
        return str(text)


def products(*, demo: bool) -> list[Product]:
    return [
        Product(
            sku=a.sku,
            name=a.name,
            price=a.price,
            vat_rate=Decimal(9 if a.is_reduced else 21),
            stock=a.stock,
            location=a.location,
            is_demo=demo,
        )
        for a in ARTICLES
    ]


def payment_methods() -> list[PaymentMethod]:
    rate = Decimal(21)
    return [
        PaymentMethod(title=IDEAL, confirms_itself=True),
        PaymentMethod(title=CARD, confirms_itself=True, cost=CARD_COST, vat_rate=rate),
        PaymentMethod(title=BANK),
        PaymentMethod(title=CASH),
    ]


def shipping_methods() -> list[ShippingMethod]:
    return [
        ShippingMethod(
            title=title,
            carrier="" if title == PICK_UP else title,
            tracking_url=TRACKING_URLS.get(title, ""),
            is_pick_up=title == PICK_UP,
            cost=cost,
            vat_rate=Decimal(21),
        )
        for title, cost in SHIPPING_COSTS.items()
    ]
