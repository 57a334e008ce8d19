"""Every page and every action of the back office, asked for by every role and by nobody.

Who lacks the right gets 403, or the sign-in page, and nothing in the database changes; who has it is not refused for
it; and looking changes nothing. The list is made from the routes and actions themselves: a new one without a sample
record, or without a word on the right it takes, makes these tests fail.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.actions import ACTIONS
from app.admin_views.rights_list import rights
from app.extensions import db
from app.models import Role
from app.security.rights import ROLES, grants
from tests.clients import Client, sign_in, somebody
from tests.whole.asks import (
    HARMLESS,
    NOTED,
    RIGHTS,
    SIGHTS,
    Ask,
    Shop,
)


def test_nobody_gets_in_anywhere_and_changes_nothing(app: Flask, anonymous: Client, asks: list[Ask]) -> None:
    shop = Shop(app)

    let_in = []
    for ask in asks:
        answer = ask.by(anonymous)
        if answer.status_code != 302 or not answer.location.startswith("/sign-in"):
            let_in.append(f"{ask}: {answer.status_code}")

    assert let_in == []
    assert shop.changed() == []


@pytest.mark.parametrize("role", ROLES)
def test_without_the_right_it_is_refused_and_nothing_changes(
    app: Flask, signed_in_as: Any, asks: list[Ask], role: str
) -> None:
    browser, rights = signed_in_as(role), ROLES[role][1]
    shop = Shop(app)

    wrong = []
    for ask in asks:
        if ask.is_allowed(rights):
            continue
        status = ask.by(browser).status_code
        is_off = ask.right is None and status in (302, 303, 404)
        if status != 403 and not is_off:
            wrong.append(f"{ask}: {status}")

    assert wrong == []
    assert shop.changed() == []


@pytest.mark.parametrize("role", ROLES)
def test_with_the_right_it_is_not_refused_for_it_and_looking_changes_nothing(
    app: Flask, signed_in_as: Any, asks: list[Ask], role: str
) -> None:
    browser, rights = signed_in_as(role), ROLES[role][1]
    shop = Shop(app)

    wrong = []
    for ask in asks:
        if not ask.is_allowed(rights):
            continue
        status = ask.by(browser).status_code
        if status in (401, 403, 405) or status >= 500:
            wrong.append(f"{ask}: {status}")
        if changed := shop.changed():
            if ask.method == "GET" and ask.endpoint not in NOTED:
                wrong.append(f"{ask} changed {changed}")
            shop.restore()

    assert wrong == []


def test_each_single_right_is_asked_for_by_itself(app: Flask, in_app: Any, asks: list[Ask]) -> None:
    """Whoever has all rights but that one is refused, and nothing changes.

    The roles that came with Toonbank have whole groups: by those alone, a page that asks for the right of another
    action of its group would not be found.
    """
    with in_app():
        db.session.add(Role(name="Own", permissions=[]))
        db.session.flush()
        somebody("Own")
    with app.test_request_context():
        single = {right for some in rights().values() for right, _title in some}
    assert {right for ask in asks for right in (ask.right, ask.sight) if right and "." in right} <= single
    browser, shop, wrong = sign_in(app, "Own"), Shop(app), list[str]()
    taking = sorted((right, position) for position, ask in enumerate(asks) for right in {ask.right, ask.sight} & single)
    for lacking, places in groupby(taking, key=itemgetter(0)):
        with in_app():
            own = update(Role).where(Role.name == "Own").values(permissions=sorted(single - {lacking}))
            db.session.execute(own)
        for _right, position in places:
            if (status := asks[position].by(browser).status_code) != 403:
                wrong.append(f"{asks[position]} without {lacking}: {status}")

    assert wrong == []
    assert shop.changed() == ["role"]
    assert len(taking) > 300


def test_every_action_belongs_to_a_group_of_rights_and_somebody_may_do_it() -> None:
    rights = {action.right for action in ACTIONS.values()}

    assert [right for right in sorted(rights) if not grants(ROLES["owner"][1], right)] == []
    assert [right for right in sorted(rights) if grants(ROLES["reader"][1], right)] == []


def test_every_member_of_the_list_of_exceptions_is_still_there(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert {*RIGHTS, *SIGHTS, *HARMLESS, *NOTED} <= endpoints
