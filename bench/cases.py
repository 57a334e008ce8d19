"""What people wait for: the pages that are asked for, and what they are called at the peers."""

from __future__ import annotations

from typing import NamedTuple

#: As a spreadsheet reads it.
CSV = "&file=csv&separator=;&decimal=,"
SURNAME, NOTHING = "verhoeven", "zzzqqq"


class Page(NamedTuple):
    """A page by its address; {number}, {id} … are those of another record each time. "" where a peer has none."""

    name: str
    ours: str
    django: str = ""
    oscar: str = ""
    has_floor: bool = False


LIST, ADMIN, BOARD = "/admin/order/", "/admin/shop/order/", "/dashboard/orders/"

PAGES = (
    Page("orders, first page", LIST, ADMIN, BOARD, has_floor=True),
    Page("orders, 100 rows", f"{LIST}?page_size=100"),
    Page("orders, page in the middle, typed",
        f"{LIST}?page={{middle}}", f"{ADMIN}?p={{django_middle}}", f"{BOARD}?page={{oscar_middle}}"),
    Page("orders, last page, typed", f"{LIST}?page={{last}}"),
    Page("orders by number", f"{LIST}?sort=number"),
    Page("orders by customer", f"{LIST}?sort=customer_name", f"{ADMIN}?o=2"),
    Page("orders by total, largest first", f"{LIST}?sort=total&desc=1", f"{ADMIN}?o=-5"),
    Page("orders, tab open", f"{LIST}?view=open"),
    Page("orders, tab unpaid", f"{LIST}?view=unpaid"),
    Page("orders, tab to ship", f"{LIST}?view=to_ship"),
    Page("orders, unpaid by customer", f"{LIST}?view=unpaid&sort=customer_name"),
    Page("orders, filter paid", f"{LIST}?payment=paid", f"{ADMIN}?payment_status__exact=paid"),
    Page("orders, filter paid and sent", f"{LIST}?payment=paid&shipment=shipped"),
    Page("orders, filter country", f"{LIST}?country=DE"),
    Page("orders, one month", f"{LIST}?since={{month}}-01&until={{month}}-28"),
    Page("orders, search surname", f"{LIST}?search={SURNAME}", f"{ADMIN}?q={SURNAME}", f"{BOARD}?name={SURNAME}"),
    Page("orders, search two words", f"{LIST}?search=tess+{SURNAME}", f"{ADMIN}?q=tess+{SURNAME}"),
    Page("orders, search number",
        f"{LIST}?search={{number}}", f"{ADMIN}?q={{number}}", f"{BOARD}?order_number={{number}}"),
    Page("orders, search what all have", f"{LIST}?search=example", f"{ADMIN}?q=example"),
    Page("orders, search two letters", f"{LIST}?search=ve"),
    Page("orders, search postcode", f"{LIST}?search=2333"),
    Page("orders, search nothing found", f"{LIST}?search={NOTHING}", f"{ADMIN}?q={NOTHING}", f"{BOARD}?name={NOTHING}"),
    Page("order page", f"{LIST}{{number}}", f"{ADMIN}{{id}}/change/", f"{BOARD}{{number}}/", has_floor=True),
    Page("order page, tab history", f"{LIST}{{number}}?tab=history"),
    Page("home", "/admin/", "/admin/", "/dashboard/", has_floor=True),
    Page("customers", "/admin/customer/", "/admin/shop/customer/", "/dashboard/users/", has_floor=True),
    Page("customers by e-mail", "/admin/customer/?sort=email", "/admin/shop/customer/?o=2"),
    Page("customers, search surname",
        f"/admin/customer/?search={SURNAME}", f"/admin/shop/customer/?q={SURNAME}",
        f"/dashboard/users/?name={SURNAME}"),
    Page("customers, search nothing", f"/admin/customer/?search={NOTHING}", f"/admin/shop/customer/?q={NOTHING}"),
    Page("customer page", "/admin/customer/edit/?id={customer}", "/admin/shop/customer/{customer}/change/"),
    Page("invoices", "/admin/invoice/", has_floor=True),
    Page("invoices, search number", "/admin/invoice/?search={invoice}"),
    Page("invoices, search nothing", f"/admin/invoice/?search={NOTHING}"),
    Page("invoice as PDF, again", f"{LIST}{{printed}}.pdf"),
    Page("shipments", "/admin/shipment/"),
    Page("shipments, search nothing", f"/admin/shipment/?search={NOTHING}"),
    Page("returns", "/admin/return/"),
    Page("returns, search nothing", f"/admin/return/?search={NOTHING}"),
    Page("tickets", "/admin/ticket/"),
    Page("tickets, search nothing", f"/admin/ticket/?search={NOTHING}"),
    Page("tasks", "/admin/task/"),
    Page("drafts", "/admin/draft/"),
    Page("mails", "/admin/outbox/"),
    Page("mails, search number", "/admin/outbox/?search={number}"),
    Page("mails, search nothing", f"/admin/outbox/?search={NOTHING}"),
    Page("arrivals", "/admin/arrivals/"),
    Page("arrivals, search nothing", f"/admin/arrivals/?search={NOTHING}"),
    Page("products", "/admin/product/", "/admin/shop/product/", "/dashboard/catalogue/"),
    Page("products, search",
        "/admin/product/?search=mug", "/admin/shop/product/?q=mug", "/dashboard/catalogue/?title=mug"),
    Page("products, search nothing", f"/admin/product/?search={NOTHING}"),
    Page("search in everything", f"/admin/search/?search={SURNAME}"),
    Page("jobs", "/admin/jobs/"),
    Page("reports", "/admin/reports/"),
    Page("export of a month: orders", "/admin/reports/orders?since={month}-01&until={month}-28" + CSV),
    Page("export of a month: invoices", "/admin/reports/invoices?since={month}-01&until={month}-28" + CSV),
    Page("settings", "/admin/vat-rates/"),
)  # fmt: skip
