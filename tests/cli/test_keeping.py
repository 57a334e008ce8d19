"""The settings by their names."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import History, Order, Shop
from app.queries import shop
from tests.arrange import Run
from tests.factories import placed_order


def test_all_settings_are_read_by_their_names(run: Run) -> None:
    lines = run("settings").output.splitlines()

    names = [line.partition("=")[0] for line in lines]
    assert {"company.vat_id", "administration.invoice_moment", "numbering.invoice.prefix", "mail.smtp_host"} <= {*names}
    assert run("settings", "languages.currency").output == "languages.currency=EUR\n"


def test_every_setting_can_be_set_to_what_it_is(run: Run, app: Flask) -> None:
    values = [line for line in run("settings").output.splitlines() if not line.endswith("=(set)")]
    with app.app_context():
        before = stored()

    result = run("settings", *values)

    assert result.exit_code == 0, result.output
    with app.app_context():
        assert stored() == before


def test_settings_are_set_with_the_rules_and_the_history_of_their_pages(run: Run, app: Flask) -> None:
    result = run(
        "settings",
        "company.vat_id=NL000099998B57",
        "company.country=be",
        "administration.forbid_unpaid_shipping=yes",
        "administration.delivery_times=Tomorrow; In a week",
        "reminders.reminder_days=7, 14",
        "languages.languages=nl,de",
        "mail.smtp_password=geheim",
        "numbering.invoice.prefix=F-",
    )

    assert result.exit_code == 0, result.output
    with app.app_context():
        own = shop()
        assert (own.vat_id, own.country, own.forbid_unpaid_shipping) == ("NL000099998B57", "BE", True)
        assert own.delivery_times == ["Tomorrow", "In a week"]
        assert own.reminder_days == [7, 14]
        assert own.reminders_since is not None  # as its page does
        assert own.languages == ["nl", "de"]
        assert own.smtp_password == "geheim"
        assert placed_order().invoices[0].number.startswith("F-")
        changed = db.session.scalars(select(History).where(History.actor_name == "command line")).all()
        assert any("vat_id" in event.facts.get("changes", {}) for event in changed)
        assert any("numbers_invoice" in event.facts.get("changes", {}) for event in changed)
    assert "geheim" not in run("settings").output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("company.country=Belgium", "company.country: Two letters"),
        ("languages.currency=XXQ", "is not a currency"),
        ("languages.time_zone=Mars/Base", "languages.time_zone"),
        ("administration.invoice_moment=never", "direct, paid, manual"),
        ("administration.payment_term_days=soon", "administration.payment_term_days"),
        ("administration.forbid_unpaid_shipping=perhaps", "yes or no"),
        ("reminders.reminder_days=14, 7", "Each later"),
        ("numbering.invoice.next=abc", "not a whole number"),
        ("numbering.order.digits=0", "digits"),
        ("company.vat=1", "There is no setting company.vat. There are: company.name"),
        ("nonsense=1", "There is no setting nonsense"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_set(run: Run, app: Flask, wrong: str, said: str) -> None:
    with app.app_context():
        before = stored()

    result = run("settings", "company.city=Delft", wrong)

    assert result.exit_code == 1
    assert said in result.output
    with app.app_context():
        assert stored() == before


def test_a_number_that_was_given_is_not_given_again(run: Run, app: Flask) -> None:
    with app.app_context():
        number = placed_order().number
        db.session.commit()

    result = run("settings", "numbering.order.next=1")

    assert result.exit_code == 1
    assert "was given already" in result.output
    with app.app_context():
        assert db.session.scalars(select(Order.number)).one() == number


def stored() -> dict[str, object]:
    own = shop()
    return {one.key: getattr(own, one.key) for one in Shop.__mapper__.column_attrs if one.key != "version"}
