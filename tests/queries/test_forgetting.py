"""What was erased is no longer in the indexes of words either, which note deletions beside what was deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from app.actions.personal_data import erase_personal_data
from app.extensions import db
from app.history import SYSTEM
from app.models import Customer, Ticket
from app.operations.write_ahead_log import empty_log
from app.queries.forgetting import INDEXES_OF_WORDS, begin_to_forget, forget_on, is_merging

pytestmark = pytest.mark.usefixtures("database")

#: An index holds every three letters, each by what it has more than the one before: of these, the last two whole.
NAME, LEFT = "☃❄☂☀", "❄☂".encode()


def times_in_files() -> int:
    file = Path(str(db.engine.url.database))
    db.session.commit()
    db.session.remove()
    empty_log()
    return sum(part.read_bytes().count(LEFT) for part in file.parent.glob(f"{file.name}*"))


def forget() -> None:
    db.session.commit()
    while forget_on():
        pass


@pytest.mark.parametrize("index", INDEXES_OF_WORDS)
def test_of_a_deleted_document_nothing_stays_in_an_index_once_it_forgot(index: str) -> None:
    of_document = {"id": 10**6, "words": NAME}
    db.session.execute(text(f"INSERT INTO {index}(rowid, words) VALUES (:id, :words)"), of_document)
    db.session.commit()
    # More than is merged in one step.
    more = [{"id": 10**6 + id, "words": f"{id * 7919**4:x} {id * 104729**3:x}"} for id in range(1, 1500)]
    db.session.execute(text(f"INSERT INTO {index}(rowid, words) VALUES (:id, :words)"), more)
    db.session.commit()
    deletion = text(f"INSERT INTO {index}({index}, rowid, words) VALUES ('delete', :id, :words)")
    db.session.execute(deletion, of_document)
    assert times_in_files() > 0  # FTS5 keeps it

    begin_to_forget()
    db.session.commit()
    assert is_merging(index)
    forget()

    assert (times_in_files(), is_merging(index), forget_on()) == (0, False, 0)


def test_a_name_that_was_erased_is_in_no_index() -> None:
    customer = Customer(name=NAME, email="snow@shop.example")
    ticket = Ticket(customer=customer, subject=NAME, name=NAME, email="snow@shop.example")
    db.session.add_all([customer, ticket])
    db.session.commit()
    customer_id = customer.id
    assert times_in_files()

    erase_personal_data(db.session.get_one(Customer, customer_id), by=SYSTEM)
    forget()

    assert times_in_files() == 0
