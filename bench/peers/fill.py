"""Makes a peer's database with so many orders, and prints what is needed to ask for its pages:
`python -m bench.peers.fill 10000`."""

import json
import sys
from datetime import timedelta
from decimal import Decimal
from random import Random
from runpy import run_path

import django
from django.conf import settings
from django.core.management import call_command

LINES, PER_CUSTOMER, PER_PRODUCT, CHUNK = 3, 2, 50, 5_000


def main(orders):
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    random = Random(orders)
    (fill_oscar if settings.PEER == "oscar" else fill_admin)(orders, random)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps({"cookies": {"sessionid": signed_in()}}))


def signed_in():
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    user = get_user_model().objects.create_superuser("owner", "owner@example.org", "unused")
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()
    return session.session_key


def people(random, count):
    """The first and last names of Toonbank's load test."""
    names = run_path("app/seeding/names.py")  # without the rest of Toonbank, whose libraries are not here
    return [(random.choice(names["FIRST"]), random.choice(names["LAST"])) for _ in range(count)]


def placed(random):
    from django.utils import timezone

    return timezone.now() - timedelta(minutes=random.randrange(3 * 365 * 24 * 60))


def write(model, rows):
    return model.objects.bulk_create(rows, batch_size=CHUNK)


def fill_admin(orders, random):
    from bench.peers.shop.models import Address, Customer, Line, Order, Product

    products = write(
        Product,
        [Product(sku=f"MUG-{i}", name=f"Stoneware mug, no. {i}", price="12.50") for i in range(orders // PER_PRODUCT)],
    )
    named = people(random, orders // PER_CUSTOMER)
    customers = write(
        Customer,
        [
            Customer(name=f"{first} {last}", email=f"{first}.{last}.{i}@example.org".lower())
            for i, (first, last) in enumerate(named)
        ],
    )
    addresses = write(
        Address,
        [Address(customer=c, street="Markt 1", postcode="2333 CR", city="Leiden", country="NL") for c in customers],
    )
    made = []
    for i in range(orders):
        at = random.randrange(len(customers))
        status, paid = random.choice(("open", "done", "done", "done")), random.choice(("paid", "paid", "unpaid"))
        made.append(
            Order(
                number=f"ORD{10001 + i}", customer=customers[at], address=addresses[at], placed_at=placed(random),
                status=status, payment_status=paid, total=Decimal(random.randrange(1000, 50000)) / 100,
            )
        )  # fmt: skip
    for order in write(Order, made):
        order.made_lines = [
            Line(order=order, product=random.choice(products), quantity=1, price="12.50") for _ in range(LINES)
        ]
    write(Line, [line for order in made for line in order.made_lines])


def fill_oscar(orders, random):
    from django.contrib.auth import get_user_model
    from django.contrib.sites.models import Site
    from oscar.core.loading import get_model

    user_model, site = get_user_model(), Site.objects.get_or_create(pk=1)[0]
    order_model, line_model = get_model("order", "Order"), get_model("order", "Line")
    shipping, billing = get_model("order", "ShippingAddress"), get_model("order", "BillingAddress")
    country = get_model("address", "Country").objects.create(
        iso_3166_1_a2="NL", iso_3166_1_a3="NLD", name="Netherlands"
    )
    partner = get_model("partner", "Partner").objects.create(name="House", code="house")
    kind = get_model("catalogue", "ProductClass").objects.create(name="Goods", slug="goods")
    product, price = get_model("catalogue", "Product"), Decimal("12.50")
    products = write(
        product,
        [
            product(title=f"Stoneware mug, no. {i}", slug=f"mug-{i}", upc=f"MUG-{i}", product_class=kind)
            for i in range(orders // PER_PRODUCT)
        ],
    )
    named = people(random, orders // PER_CUSTOMER)
    users = write(
        user_model,
        [
            user_model(
                username=f"u{i}",
                first_name=first,
                last_name=last,
                email=f"{first}.{last}.{i}@example.org".lower(),
                password="!",
            )
            for i, (first, last) in enumerate(named)
        ],
    )
    where = {"line1": "Markt 1", "line4": "Leiden", "postcode": "2333 CR", "country": country}
    buyers = [random.choice(users) for _ in range(orders)]
    ship = write(shipping, [shipping(first_name=u.first_name, last_name=u.last_name, **where) for u in buyers])
    bill = write(billing, [billing(first_name=u.first_name, last_name=u.last_name, **where) for u in buyers])
    made = [
        order_model(
            number=f"ORD{10001 + i}", site=site, user=buyers[i], billing_address=bill[i], shipping_address=ship[i],
            currency="EUR", total_incl_tax=price * LINES, total_excl_tax=price * LINES, shipping_method="Post",
            status=random.choice(("Pending", "Paid", "Sent")), date_placed=placed(random),
        )
        for i in range(orders)
    ]  # fmt: skip
    for order in write(order_model, made):
        order.made_lines = [
            line_model(
                order=order, partner=partner, product=(one := random.choice(products)), title=one.title, upc=one.upc,
                quantity=1, num_allocated=0, line_price_incl_tax=price, line_price_excl_tax=price,
                unit_price_incl_tax=price, unit_price_excl_tax=price, line_price_before_discounts_incl_tax=price,
                line_price_before_discounts_excl_tax=price,
            )
            for _ in range(LINES)
        ]  # fmt: skip
    write(line_model, [line for order in made for line in order.made_lines])


if __name__ == "__main__":
    main(int(sys.argv[1]))
