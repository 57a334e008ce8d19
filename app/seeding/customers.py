"""The customers of copied orders: most are new, some order again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from app.demo.people import in_ascii
from app.seeding.blanks import Values
from app.seeding.names import any_name
from app.seeding.patterns import Pattern

SHARE_NEW = 0.6


@dataclass(frozen=True)
class Known:
    id: int
    name: str
    email: str


class Customers:
    """Who orders; people of the same pattern live at the same address."""

    def __init__(self, random: Random):
        self.random = random
        self.of_pattern: dict[str, list[Known]] = defaultdict(list)

    def of(self, pattern: Pattern, ids: Iterator[int], batch: dict[str, list[Values]], since: object) -> Known | None:
        """A customer for a copy of this pattern; a new one's rows are added to the batch. None where it has none.

        `since`: as it is stored.
        """
        order = pattern.order
        if order["customer_id"] is None:
            return None
        known = self.of_pattern[order["number"]]
        if known and self.random.random() > SHARE_NEW:
            return self.random.choice(known)
        id, name = next(ids), any_name(self.random)
        new = Known(id, name, f"{in_ascii(name)}.{id}@example.org")
        known.append(new)
        batch["customer"].append(customer_row(new, order, since))
        batch["customer_address"] += [address_row(new, row) for row in pattern.rows["order_address"]]
        return new


def customer_row(new: Known, order: Values, since: object) -> Values:
    copied = {name: order[name] for name in ("company", "vat_id", "phone", "language")}
    own = {"id": new.id, "name": new.name, "email": new.email, "created_at": since}
    return {**copied, **own, "notes": "", "is_demo": False, "version": 1}


def address_row(new: Known, row: Values) -> Values:
    copied = {name: value for name, value in row.items() if name not in ("id", "order_id")}
    return {**copied, "customer_id": new.id, "name": new.name}
