"""GENERAL > Settings > API keys: made with rights that their maker has, shown once, taken out of use."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import queries
from app.actions.api_keys import create_key, remind_of_key
from app.actions.staff import add_staff
from app.extensions import db, transaction
from app.history import SYSTEM, Happened, person
from app.models import ApiToken, ApiTokenClient, History, Role, SecurityEvent, Staff
from app.queries.api_keys import keys_to_remind_of
from app.security.api_keys import NOTED_AN_HOUR
from app.security.sessions import hash_secret
from tests.clients import Program, somebody

NEW = "/admin/api-keys/new/"
FAR = "2999-12-31"


def tokens() -> list[ApiToken]:
    return list(db.session.scalars(select(ApiToken).order_by(ApiToken.id)))


@pytest.mark.each_database
def test_a_key_is_shown_once_and_works(client, in_app, app):
    page = client.post(
        NEW, data={"title": " Warehouse ", "expires_on": FAR, "rights": ["read.orders", "read", "payments.mark_paid"]}
    )

    key = re.search(r'value="(toon_[\w-]+)"', page.text)[1]
    with in_app():
        (token,) = tokens()
        assert (token.title, token.hash, token.rights) == (
            "Warehouse",
            hash_secret(key),
            ["payments.mark_paid", "read"],
        )
        event = db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one()
        assert (event.what, event.facts["rights"]) == (Happened.RECORD_CREATED, ["payments.mark_paid", "read"])
        assert key not in str(event.facts)
    listed = client.get("/admin/api-keys/").text
    assert key not in listed
    assert key[:10] in listed
    assert "mark orders paid and not paid: Paid · read everything" in listed
    asked = app.test_client().get("/api/orders", headers={"Authorization": f"Bearer {key}"})
    assert asked.status_code == 200


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"title": "", "rights": ["read"]}, "Fill this in."),
        ({"title": "Till"}, "Choose at least one right."),
        ({"title": "Till", "rights": ["read"], "expires_on": ""}, "Choose a day, or tick “Never runs out”."),
        ({"title": "Till", "rights": ["read"], "expires_on": "2026-02-31"}, "Not a valid date value."),
        ({"title": "Till", "rights": ["read"], "expires_on": "2020-01-01"}, "This day is over. Choose a later one."),
        ({"title": "Till", "rights": ["everything"]}, "&#39;everything&#39; is not a valid choice"),
    ],
)
def test_what_is_wrong_is_named_and_no_key_is_made(client, in_app, form, message):
    page = client.post(NEW, data=form)

    assert page.status_code == 422
    assert message in page.text
    with in_app():
        assert tokens() == []


def test_nobody_gives_a_key_more_than_they_have_and_reading_is_free(in_app, signed_in_as):
    with in_app():
        db.session.add(Role(name="keys", permissions=["settings.api_keys", "memos"]))
        db.session.flush()
        somebody("keys")
    browser = signed_in_as("keys")

    refused = browser.post(NEW, data={"title": "Till", "rights": ["memos", "payments.mark_paid"]})

    assert refused.status_code == 422
    assert "You can’t give rights that you lack yourself: payments.mark_paid." in refused.text
    with in_app():
        assert tokens() == []
    assert browser.post(NEW, data={"title": "Till", "never": "y", "rights": ["memos", "read"]}).status_code == 200


@pytest.mark.each_database
def test_a_revoked_key_is_refused_from_then_on(client, in_app, app):
    key = re.search(
        r'value="(toon_[\w-]+)"', client.post(NEW, data={"title": "Till", "never": "y", "rights": ["read"]}).text
    )[1]

    first = client.post("/admin/api-keys/1/act/revoke_key", follow_redirects=True)
    second = client.post("/admin/api-keys/1/act/revoke_key", follow_redirects=True)

    assert "The key is out of use." in first.text
    assert "This key is out of use already." in second.text
    with in_app():
        query = select(History.id).where(History.what == Happened.RECORD_DELETED)
        assert len(db.session.scalars(query).all()) == 1
    assert app.test_client().get("/api/orders", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_keys_are_for_those_with_the_right(signed_in_as, in_app):
    office = signed_in_as("office")

    assert {office.get(path).status_code for path in ("/admin/api-keys/", NEW)} == {403}
    assert office.post(NEW, data={"title": "Till", "rights": ["read"]}).status_code == 403
    assert office.post("/admin/api-keys/1/act/revoke_key").status_code == 403
    with in_app():
        assert tokens() == []


# --- until when, and with whom --------------------------------------------------------------------------------------


@pytest.fixture
def till(app, signed_in_as):
    """A colleague's key, and a program that uses it."""
    with app.app_context(), transaction():
        ann = add_staff("ann@example.org", role="owner", by=SYSTEM, name="Ann")
        token, key = create_key("Till", rights=["read", "payments"], by=person(ann))
        token_id = token.id
    program = Program(app, app.response_class)
    program.key, program.token_id = key, token_id
    return program


def key_of(token_id):
    db.session.expire_all()
    return db.session.get_one(ApiToken, token_id)


def test_a_year_is_proposed_and_never_has_to_be_said(client, in_app):
    with in_app():
        in_a_year = queries.today() + timedelta(days=365)
    assert f'value="{in_a_year}"' in client.get(NEW).text

    made = client.post(NEW, data={"title": "Till", "expires_on": str(in_a_year), "never": "y", "rights": ["read"]})

    assert "Never runs out" in made.text
    with in_app():
        (token,) = tokens()
        assert (token.expires_on, str(token.staff)) == (None, "Owner")


@pytest.mark.each_database
def test_a_key_works_through_its_last_day_and_is_then_refused_with_a_sentence(app, till):
    with app.app_context(), transaction():
        last = key_of(till.token_id).expires_on = queries.today()
    assert till.get("/api/orders").status_code == 200

    with app.app_context(), transaction():
        key_of(till.token_id).expires_on = last - timedelta(days=1)
    refused = till.get("/api/orders")

    assert refused.status_code == 401
    assert refused.json["detail"].startswith(f"This key ran out after {last - timedelta(days=1)}. Set a later day")


def test_a_last_day_is_changed_and_the_key_works_again(app, client, till):
    url = f"/admin/api-keys/{till.token_id}/act/change_last_day"
    with app.app_context(), transaction():
        key_of(till.token_id).expires_on = queries.today() - timedelta(days=1)
    assert "Run out" in client.get("/admin/api-keys/").text
    assert till.get("/api/orders").status_code == 401

    assert "it is over already" in client.post(url, data={"expires_on": "2020-01-01"}, follow_redirects=True).text
    assert "choose one, or tick" in client.post(url, data={"expires_on": ""}, follow_redirects=True).text
    client.post(url, data={"expires_on": FAR})

    assert till.get("/api/orders").status_code == 200
    client.post(url, data={"expires_on": FAR, "never": "y"})
    with app.app_context():
        assert key_of(till.token_id).expires_on is None
        changed = db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED)).all()
        assert [one.facts["changes"]["expires_on"][1] for one in changed] == [FAR, None]


def test_switching_somebody_off_says_which_keys_end_and_ends_them(app, client, till):
    with app.app_context():
        ann = db.session.scalars(select(Staff).where(Staff.name == "Ann")).one()
        page, version = f"/admin/staff/edit/?id={ann.id}", ann.version
        roles = [role.id for role in ann.roles]
    shown = client.get(page).text
    assert "API keys of Ann" in shown
    assert "/act/hand_over_key" in shown

    form = {"name": "Ann", "email": "ann@example.org", "roles": roles, "language": "en", "seen_version": version}
    done = client.post(page, data=form, follow_redirects=True)

    assert "These API keys are out of use now: Till." in done.text
    assert till.get("/api/orders").json["detail"].startswith("This key was taken out of use.")
    with app.app_context():
        assert "key_ended" in db.session.scalars(select(SecurityEvent.kind)).all()


def test_a_key_ends_with_whoever_holds_it_however_they_were_switched_off(app, till):
    with app.app_context(), transaction():
        db.session.scalars(select(Staff).where(Staff.name == "Ann")).one().active = False

    assert till.get("/api/orders").json["detail"].startswith("Whoever held this key may no longer sign in.")


def test_a_key_that_is_handed_over_goes_on(app, client, till):
    url = f"/admin/api-keys/{till.token_id}/act/hand_over_key"
    with app.app_context(), transaction():
        office, owner = somebody("office"), somebody("owner")
        somebody("reader")
        off = add_staff("off@example.org", role="owner", by=SYSTEM)
        off.active = False
        ids = {"office": office.id, "owner": owner.id, "off": off.id, "reader": somebody("reader").id}

    refused = client.post(url, data={"staff_id": ids["reader"]}, follow_redirects=True)
    assert "To: Reader lacks rights that the key has: payments." in refused.text
    assert "Not a valid choice" in client.post(url, data={"staff_id": ids["off"]}, follow_redirects=True).text
    client.post(url, data={"staff_id": ids["owner"]})

    with app.app_context(), transaction():
        assert key_of(till.token_id).staff_id == ids["owner"]
        db.session.scalars(select(Staff).where(Staff.name == "Ann")).one().active = False
        changed = db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED)).all()
        assert changed[-1].facts["changes"] == {"staff": ["Ann", "Owner"]}
    assert till.get("/api/orders").status_code == 200


def test_home_and_a_mail_say_14_days_before_that_a_key_runs_out(app, client, signed_in_as, till):
    def runs_out_in(days):
        with app.app_context(), transaction():
            key_of(till.token_id).expires_on = queries.today() + timedelta(days=days)
        with app.app_context(), transaction():
            return [mail.subject for token_id in keys_to_remind_of(most=9) if (mail := remind_of_key(token_id))]

    assert runs_out_in(15) == []
    assert "API key runs out" not in client.get("/admin/").text

    (subject,) = runs_out_in(14)
    assert subject.startswith("The API key “Till” runs out on ")
    assert runs_out_in(14) == [], "once for each day"
    assert "1 API key runs out on" in client.get("/admin/").text
    assert "API key runs out" not in signed_in_as("office").get("/admin/").text
    assert runs_out_in(-1) == []
    assert "1 API key has run out" in client.get("/admin/").text


@pytest.mark.each_database
def test_use_from_a_new_address_stands_in_the_security_log(app, till):
    def use(address):
        till.get("/api/orders", environ_base={"REMOTE_ADDR": address})

    def noted():
        with app.app_context():
            kind = SecurityEvent.kind == "key_from_new_address"
            return [(one.account, one.client) for one in db.session.scalars(select(SecurityEvent).where(kind))]

    use("192.0.2.1")
    assert noted() == [], "there was none before"
    use("192.0.2.2")
    use("192.0.2.1")
    use("192.0.2.2")
    assert noted() == [("Till", "192.0.2.2")]

    for number in range(3, 20):
        use(f"192.0.2.{number}")

    assert len(noted()) == NOTED_AN_HOUR
    with app.app_context():
        assert key_of(till.token_id).used_at is not None
        assert not any("192.0.2" in one.id for one in db.session.scalars(select(ApiTokenClient)))
