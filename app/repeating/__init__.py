"""What the database failed in passing is begun anew, as a whole: a request from its input, an order of many by itself.

Nothing that was saved is done again: a `Tally` counts what was committed, and knows when the answer to a COMMIT got
lost. Then only what is done once however often it is sent (a form, a request with an Idempotency-Key) is sent again.
"""

from app.repeating.failures import is_full, is_lost, is_passing
from app.repeating.requests import TALLY, Repeating
from app.repeating.tries import Patience, Tally, counting, is_in_doubt, repeat

__all__ = [
    "TALLY",
    "Patience",
    "Repeating",
    "Tally",
    "counting",
    "is_full",
    "is_in_doubt",
    "is_lost",
    "is_passing",
    "repeat",
]
