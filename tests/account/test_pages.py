"""My account: coming in by mail, own orders and documents, questions, returns, addresses. And nobody else's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from app.actions.merging import merge_customers
from app.actions.payments import mark_paid
from app.actions.personal_data import erase_personal_data
from app.actions.returns import authorise_return
from app.actions.shipments import mark_sent
from app.actions.tickets import answer_ticket, ask, close_ticket
from app.columns import at, now
from app.extensions import db
from app.history import SYSTEM, Actor
from app.intake_readers.new_order import NewCustomer
from app.mails import Postman, deliver_due
from app.models import Customer, CustomerLink, History, Order, OutgoingMail, Return, StoredFile, Ticket
from app.queries import shop
from app.security.sessions import customer_link
from tests.arrange import at_once
from tests.clients import Client
from tests.factories import address, paid_order, placed_order
from tests.looking import words
from tests.postbox import Postbox

COLLEAGUE = Actor("person", "Sanne")
#: What differs from one second to the next.
TOKEN = re.compile(r'name="(?:csrf|form)_token" value="[^"]+"')


@pytest.fixture
def number(in_app: Any) -> str:
    """An order of Femke's that was sent."""
    with in_app():
        order = placed_order()
        mark_sent(order, by=SYSTEM, tracking_code="3STOON")
        return order.number


def picture_of(mode: str = "RGB", size: tuple[int, int] = (30, 20), format: str = "PNG") -> io.BytesIO:
    into = io.BytesIO()
    Image.new(mode, size, "red").save(into, format)
    into.seek(0)
    return into


# --- coming in -------------------------------------------------------------------------------------------------------


def test_a_mailed_link_lets_in_once(anonymous: Client, in_app: Any, number: str, postbox: Postbox) -> None:
    with in_app():
        postbox.connect(shop())
    asked = anonymous.post("/account/sign-in/", data={"email": "Femke@Example.org"})
    with in_app():
        deliver_due(Postman())
    texts = [mail.get_body(("plain",)).get_content() for mail in postbox.mails]  # type: ignore[union-attr]
    links = [re.search(r"http://localhost(/account/sign-in/\S+)", text) for text in texts]
    (path,) = [link[1] for link in links if link]

    assert asked.status_code == 200
    assert "Sign in" in anonymous.get(path).text  # looking at it does not use it up
    assert anonymous.post(path).location == "/account/"
    assert number in anonymous.get("/account/").text or "5001" in anonymous.get("/account/").text
    assert Client(anonymous.application).post(path).status_code == 410


def test_nothing_tells_whether_an_address_is_known(anonymous: Client, in_app: Any, number: str) -> None:
    known = anonymous.post("/account/sign-in/", data={"email": "femke@example.org"})
    unknown = anonymous.post("/account/sign-in/", data={"email": "nobody@example.org"})

    assert known.status_code == unknown.status_code
    assert TOKEN.sub("", known.text.replace("femke@", "nobody@")) == TOKEN.sub("", unknown.text)
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(CustomerLink)) == 0  # it is made when the mail goes
        mails = select(OutgoingMail.to_address).where(OutgoingMail.kind == "account_link")
        assert db.session.scalars(mails).all() == ["femke@example.org"]


def test_a_link_runs_out(anonymous: Client, in_app: Any, number: str) -> None:
    with in_app(), at(now() - timedelta(hours=1)):
        token = customer_link("femke@example.org")
    assert anonymous.get(f"/account/sign-in/{token}").status_code == 410
    assert anonymous.post(f"/account/sign-in/{token}").status_code == 410


def test_links_are_throttled(anonymous: Client, number: str) -> None:
    answers = [anonymous.post("/account/sign-in/", data={"email": "femke@example.org"}).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_many_strangers_keep_no_customer_out_of_their_own_browser(anonymous: Client, in_app: Any, number: str) -> None:
    with in_app():
        token = customer_link("femke@example.org")
    anonymous.post(f"/account/sign-in/{token}")
    anonymous.post("/account/sign-in/out")

    def ask_from(browser: Client, client: str, email: str = "femke@example.org") -> int:
        browser.environ_base["REMOTE_ADDR"] = client
        return browser.post("/account/sign-in/", data={"email": email}).status_code

    strangers = Client(anonymous.application)
    asked = [ask_from(strangers, f"198.51.100.{number}") for number in range(31)]
    for_another = [ask_from(anonymous, f"198.51.100.{number}", "jan@example.org") for number in range(31)]

    assert asked == for_another == [200] * 30 + [429]  # the browser of one customer is no other's
    assert ask_from(anonymous, "203.0.113.1", "Femke@example.org") == 200


def test_the_mark_of_a_browser_lets_nobody_in_and_tells_no_address(anonymous: Client, in_app: Any, number: str) -> None:
    with in_app():
        token = customer_link("femke@example.org")
    let_in = anonymous.post(f"/account/sign-in/{token}").headers.getlist("Set-Cookie")
    anonymous.post("/account/sign-in/out")

    (mark,) = [cookie for cookie in let_in if cookie.startswith("known=")]
    assert "femke" not in mark
    assert "HttpOnly" in mark
    assert anonymous.get_cookie("known", path="/account") is not None
    assert anonymous.get("/account/").location == "/account/sign-in/"


def test_a_request_can_not_choose_where_the_link_leads(anonymous: Client, in_app: Any, number: str) -> None:
    answer = anonymous.post(
        "/account/sign-in/", data={"email": "femke@example.org"}, base_url="http://evil.example", headers={}
    )

    assert answer.status_code in (400, 503)
    with in_app():
        assert db.session.scalar(select(OutgoingMail.id).where(OutgoingMail.kind == "account_link")) is None


def test_what_is_no_address_is_refused(anonymous: Client) -> None:
    assert anonymous.post("/account/sign-in/", data={"email": "femke"}).status_code == 422


def test_signing_out_ends_the_visit_everywhere(femke: Client, number: str) -> None:
    cookie = femke.get_cookie("account", path="/account")
    femke.post("/account/sign-in/out")
    copy = Client(femke.application)
    copy.set_cookie("account", cookie.value, path="/account")  # type: ignore[union-attr]

    assert copy.get("/account/").location == "/account/sign-in/"


# --- own orders ------------------------------------------------------------------------------------------------------


def test_an_order_shows_its_progress_tracking_and_documents(femke: Client, number: str) -> None:
    page = femke.get(f"/account/order/{number}").text

    assert "3STOON" in page
    assert "Stoneware mug" in page
    assert femke.get(f"/account/order/{number}/INV00001.pdf").data.startswith(b"%PDF")
    assert femke.get(f"/account/order/{number}/INV00002.pdf").status_code == 404


def test_an_order_of_a_web_shop_says_also_the_number_that_mails_and_invoices_say(femke: Client, in_app: Any) -> None:
    with in_app():
        order = placed_order(number="W-17")
        number = order.number

    for path in ("/account/", f"/account/order/{number}"):
        page = words(femke.get(path).text)
        assert "W-17" in page
        assert number in page


def test_nobody_sees_anybody_elses(
    app: Flask, customer_with: Callable[[str], Client], in_app: Any, femke: Client, number: str
) -> None:
    """Every address of My account with every record of Femke's, by another customer and by a stranger."""
    femke.post(
        f"/account/order/{number}/ask",
        data={"subject": "Chipped", "text": "One mug is chipped.", "pictures": (picture_of(), "mug.png")},
    )
    with in_app():
        placed_order(customer=None, billing=address(email="other@example.org"), shipping=address())
        ticket = db.session.scalars(select(Ticket)).one()
        known = {
            "number": number,
            "document": "INV00001",
            "ticket_id": ticket.id,
            "file_id": ticket.messages[0].pictures[0].id,
        }
    other, stranger = customer_with("other@example.org"), Client(app)
    walked = 0
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("account.") or not rule.arguments:
            continue
        assert rule.arguments <= set(known), f"{rule.rule}: say with which record to try it"
        _, path = rule.build({name: known[name] for name in rule.arguments}) or ("", "")
        for method in rule.methods & {"GET", "POST"}:
            walked += 1
            assert other.open(path, method=method, headers=other.tokens()).status_code == 404, path
            refused = stranger.open(path, method=method, headers=stranger.tokens())
            assert refused.location == "/account/sign-in/", path
            assert femke.open(path, method="GET").status_code == 200, path
    assert walked >= 8
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_staff_are_no_customers_and_customers_no_staff(client: Client, femke: Client, number: str) -> None:
    assert client.get(f"/account/order/{number}").location == "/account/sign-in/"
    assert femke.get(f"/admin/order/{number}").location.startswith("/sign-in")


def test_who_was_merged_into_another_customer_still_sees_their_orders(
    customer_with: Callable[[str], Client], in_app: Any, number: str
) -> None:
    with in_app():
        gone = db.session.scalars(select(Customer)).one()
        into = Customer(name="Femke at work", email="femke@work.example")
        db.session.add(into)
        db.session.flush()
        merge_customers(gone, by=SYSTEM, into=into)

    for address_of_hers in ("femke@example.org", "femke@work.example"):
        assert customer_with(address_of_hers).get(f"/account/order/{number}").status_code == 200


def test_after_erasing_no_link_and_no_sign_in_lets_anybody_in(
    femke: Client, anonymous: Client, in_app: Any, number: str, postbox: Postbox
) -> None:
    """Neither what was open, nor what waits in the Outbox; and of another customer both stay."""
    noor = NewCustomer(name="Noor", email="noor@example.org")
    for email in ("femke@example.org", "noor@example.org"):
        assert anonymous.post("/account/sign-in/", data={"email": email}).status_code == 200
    with in_app():
        placed_order(customer=noor, billing=address(email=noor.email), shipping=address())
        tokens = [customer_link(email) for email in ("femke@example.org", "noor@example.org")]
        order = db.session.scalars(select(Order).where(Order.number == number)).one()
        mark_paid(order, by=SYSTEM, notify=False)
        assert order.customer
        erase_personal_data(order.customer, by=SYSTEM)
        postbox.connect(shop())
    with in_app():
        deliver_due(Postman())

    assert femke.get("/account/").location == "/account/sign-in/"
    assert [anonymous.get(f"/account/sign-in/{token}").status_code for token in tokens] == [410, 200]
    assert not [mail for mail in postbox.mails if "femke@example.org" in str(mail["To"]).lower()]
    anonymous.post("/account/sign-in/", data={"email": "femke@example.org"})
    with in_app():
        assert not db.session.scalars(select(OutgoingMail).where(OutgoingMail.to_address.ilike("femke%"))).all()


def test_the_address_of_before_shows_nothing_once_staff_have_changed_it(
    femke: Client, anonymous: Client, in_app: Any, number: str
) -> None:
    with in_app():
        token = customer_link("femke@example.org")
        customer = db.session.scalars(select(Customer)).one()
        customer.email = "femke@new.example"

    assert femke.get(f"/account/order/{number}").status_code == 404
    anonymous.post(f"/account/sign-in/{token}")
    assert anonymous.get(f"/account/order/{number}").status_code == 404
    assert number not in anonymous.get("/account/").text


# --- questions -------------------------------------------------------------------------------------------------------


def test_a_question_is_asked_answered_and_asked_again(femke: Client, in_app: Any, number: str) -> None:
    asked = femke.post(f"/account/order/{number}/ask", data={"subject": "Chipped", "text": "One mug is chipped."})
    assert asked.status_code == 303
    with in_app():
        ticket = db.session.scalars(select(Ticket)).one()
        assert ticket.status == "unanswered"
        assert ticket.order.has_unanswered_ticket
        answer_ticket(ticket, by=COLLEAGUE, text="We send you a {new} one.")
    with in_app():
        ticket = db.session.scalars(select(Ticket)).one()
        assert (ticket.status, ticket.order.has_unanswered_ticket) == ("answered", False)
        mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "ticket_answer")).one()
        assert (mail.subject, "We send you a {new} one." in mail.body) == ("Re: Chipped", True)
        close_ticket(ticket, by=COLLEAGUE)

    assert "We send you a {new} one." in femke.get(asked.location).text
    assert femke.post(asked.location, data={"text": "Thank you!"}).status_code == 303
    with in_app():
        ticket = db.session.scalars(select(Ticket)).one()
        assert (ticket.status, len(ticket.messages)) == ("unanswered", 3)
        kinds = select(History.what).where(History.what.startswith("ticket")).order_by(History.id)
        assert list(db.session.scalars(kinds)) == [
            "ticket_asked", "ticket_answered", "ticket_changed", "ticket_replied",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [{"subject": "", "text": "x"}, {"subject": "x", "text": " "}, {"subject": "x", "text": "y" * 5001}]
)
def test_an_empty_or_endless_question_is_refused(
    femke: Client, in_app: Any, number: str, wrong: dict[str, str]
) -> None:
    assert femke.post(f"/account/order/{number}/ask", data=wrong).status_code == 422
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0


def test_a_picture_is_made_anew_without_what_was_hidden_in_it(femke: Client, in_app: Any, number: str) -> None:
    hidden = Image.new("RGB", (3000, 100), "red")
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    into = io.BytesIO()
    hidden.save(into, "JPEG", exif=exif)
    into.seek(0)

    femke.post(
        f"/account/order/{number}/ask",
        data={"subject": "Look", "text": "Here", "pictures": (into, "../../my mug.jpeg")},
    )

    with in_app():
        kept = db.session.scalars(select(StoredFile)).one()
        assert (kept.name, kept.media_type) == ("my mug.jpg", "image/jpeg")
        assert b"secret" not in kept.content
        assert Image.open(io.BytesIO(kept.content)).size == (2000, 67)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.4",
        b"\x89PNG\r\n\x1a\n but not really",
        b"",
        b"x" * (10 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_is_asked(
    femke: Client, in_app: Any, number: str, content: bytes
) -> None:
    given = {"subject": "Look", "text": "Here", "pictures": (io.BytesIO(content), "mug.png")}
    answer = femke.post(f"/account/order/{number}/ask", data=given)

    assert answer.status_code == 422
    assert "Picture: “mug.png”" in answer.text
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_see_through_pictures_get_a_white_ground(femke: Client, in_app: Any, number: str) -> None:
    see_through = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(see_through, "PNG")
    see_through.seek(0)
    femke.post(f"/account/order/{number}/ask", data={"subject": "L", "text": "H", "pictures": (see_through, "a.png")})

    with in_app():
        kept = Image.open(io.BytesIO(db.session.scalars(select(StoredFile)).one().content))
        assert kept.getpixel((5, 5)) == (255, 255, 255)


# --- returns and addresses -------------------------------------------------------------------------------------------


def test_a_return_is_asked_for_within_its_period(femke: Client, in_app: Any, number: str) -> None:
    with in_app():
        line = db.session.scalars(select(Order)).one().lines[0].id
    path = f"/account/order/{number}/return"

    assert femke.post(path, data={f"line_{line}": "4"}).status_code == 422
    assert femke.post(path, data={f"line_{line}": "0"}).status_code == 422
    assert femke.post(path, data={f"line_{line}": "2", "reason": "Damaged", "note": "Sorry"}).status_code == 303
    with in_app():
        asked = db.session.scalars(select(Return)).one()
        assert (asked.status, asked.reason, asked.lines[0].quantity) == ("requested", "Damaged", Decimal(2))
        assert asked.order.lines[0].returned == 2
        slip = f"/account/order/{number}/return-{asked.number}.pdf"
    assert slip not in femke.get(f"/account/order/{number}").text
    assert femke.get(slip).status_code == 404
    with in_app():
        authorise_return(db.session.scalars(select(Return)).one(), by=SYSTEM)
        db.session.commit()
    assert slip in femke.get(f"/account/order/{number}").text
    assert femke.get(slip).data[:4] == b"%PDF"


def test_no_return_after_its_period(femke: Client, in_app: Any) -> None:
    with in_app(), at(now() - timedelta(days=15)):
        order = placed_order()
        mark_sent(order, by=SYSTEM)
        number, line = order.number, order.lines[0].id

    answer = femke.post(f"/account/order/{number}/return", data={f"line_{line}": "1"})

    assert answer.status_code == 422
    assert "The return period is over" in answer.text
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Return)) == 0


def test_own_addresses_change_no_order(femke: Client, in_app: Any, number: str) -> None:
    given = {
        "billing-name": "Femke Jansen",
        "billing-street": "Voldersgracht 1",
        "billing-city": "Delft",
        "billing-country": "NL",
    }
    assert femke.post("/account/addresses", data=given).status_code == 303
    with in_app():
        customer = db.session.scalars(select(Customer)).one()
        assert customer.billing.street == "Voldersgracht 1"  # type: ignore[union-attr]
        assert db.session.scalars(select(Order)).one().billing.street == "Markt 87"  # type: ignore[union-attr]
        assert db.session.scalar(select(History.actor_kind).where(History.what == "record_changed")) == "customer"


@pytest.mark.each_database
def test_answers_that_come_at_once_are_all_kept(in_app: Any, customer_with: Callable[[str], Client]) -> None:
    with in_app():
        ticket_id = ask(placed_order(), by=SYSTEM, subject="Glaze", text="Is it safe?").id
    browsers = [customer_with("femke@example.org") for _ in range(4)]

    said = at_once(4, lambda one: browsers[one].post(f"/account/question/{ticket_id}", data={"text": f"{one}"}))

    assert [answer.status_code for answer in said] == [303] * 4
    with in_app():
        texts = [message.text for message in db.session.get_one(Ticket, ticket_id).messages]
    assert sorted(texts) == ["0", "1", "2", "3", "Is it safe?"]


def test_what_is_open_is_paid_on_the_page_of_its_shop(femke: Client, client: Client, program: Any, in_app: Any) -> None:
    link = "https://shop.example.com/checkout/order-pay/7/?pay_for_order=true&key=wc_order_1"
    with in_app():
        order = placed_order(payment_link=link)
        number = order.number
        order.outside_shop.host = "shop.example.com"
    shown = f'href="{link.replace("&", "&amp;")}"'
    pages = (femke.get(f"/account/order/{number}"), client.get(f"/admin/order/{number}"))
    assert [shown in page.text for page in pages] == [True, True]
    assert program.get(f"/api/orders/{number}").json["payment_link"] == link

    program.post(f"/api/orders/{number}/actions/mark_paid", json={})
    pages = (femke.get(f"/account/order/{number}"), client.get(f"/admin/order/{number}"))
    assert [shown in page.text for page in pages] == [False, False]
    assert program.get(f"/api/orders/{number}").json["payment_link"] == ""


def test_methods_and_reasons_are_read_in_the_language_of_the_visitor(femke: Client, in_app: Any) -> None:
    with in_app():
        shop().return_days = 10_000
        shop().own_words = {
            "payment_method": {"Bank transfer": {"de": "Überweisung"}},
            "shipping_method": {"Parcel post": {"de": "Paketpost"}},
            "return_reason": {"Damaged": {"de": "Kaputt"}},
        }
        order = paid_order(payment_method="Bank transfer", shipping_method="Parcel post")
        mark_sent(order, by=SYSTEM, notify=False)
        number, line = order.number, order.lines[0].id
    femke.post("/account/language", data={"language": "de"})

    page = femke.get(f"/account/order/{number}").text
    assert ("Überweisung · Paketpost" in page, "Bank transfer" in page) == (True, False)
    form = femke.get(f"/account/order/{number}/return").text
    assert '<option value="Damaged">Kaputt</option>' in form
    assert femke.post(f"/account/order/{number}/return", data={f"line_{line}": "1", "reason": "Damaged"}).location
    with in_app():
        assert db.session.scalars(select(Return)).one().reason == "Damaged"  # as the shop's list says it
