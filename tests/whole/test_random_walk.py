"""Whatever is done to orders, in whatever order: the books close. A walk of random actions, the same for each seed."""

from __future__ import annotations

from random import Random

import pytest

from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.operations import checks, sealing
from app.operations.order_rows import order_rows
from app.operations.order_seal_checks import order_seal_findings
from tests.whole.invariants import broken
from tests.whole.lock_order import locks_taken, out_of_order
from tests.whole.moves import Move, draw_move
from tests.whole.walked_shop import Act, arrange, elsewhere
from tests.whole.watching import Watch

STEPS = 20


@pytest.mark.parametrize("seed", range(6))
def test_the_books_close_whatever_is_done(database, seed):
    random = Random(seed)
    arrange(random)
    done = [step(random) for _ in range(STEPS)]

    assert sum(done) > STEPS / 2  # the walk goes somewhere
    db.session.flush()
    assert list(checks.findings()) == []


def step(random: Random) -> bool:
    """Something random, refused or done; afterwards all is well."""
    move = draw_move(random) if random.random() >= 0.2 else None
    order, said, do = by_hand(move) if move else elsewhere(random)
    while sealing.add_link():
        pass
    before = Watch()
    savepoint = db.session.begin_nested()
    try:
        with locks_taken() as taken:
            do()
            db.session.flush()
        savepoint.commit()
    except ActionRefused:
        savepoint.rollback()
        return False
    except Exception as error:
        raise AssertionError(said) from error
    assert out_of_order(taken) == [], said
    db.session.expire_all()
    before.look()
    unkept = before.broken_promise(move) if move else []
    changed = [*before.unsaid(), *before.rewritten(), *unkept]
    unsealed = [
        one for orders in order_rows() for one in order_seal_findings(orders)
    ]  # changed, and no word in History
    assert [*broken([order] if order is not None else []), *changed, *unsealed] == [], said
    return True


def by_hand(move: Move) -> Act:
    return move.order, str(move), lambda: move.action(move.record, by=SYSTEM, **move.how)
