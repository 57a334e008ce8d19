"""Retiring a supplier: goes to `app/actions/suppliers.py`."""

from __future__ import annotations

from app.actions.declaration import action
from app.history import Actor, Happened, changes, record
from tests.recipes.supplier.record import Supplier


def why_not_retire(supplier: Supplier) -> str:
    return "" if supplier.is_active else "Retired already."


@action(title="Retire", group="catalogue", icon="ban", why_not=why_not_retire, done="Supplier retired")
def retire_supplier(supplier: Supplier, *, by: Actor) -> None:
    """Nothing is bought there any more."""
    retired = {"is_active": False}
    changed = changes(supplier, retired, retired)
    supplier.is_active = False
    record(Happened.RECORD_CHANGED, None, by, subject=supplier, record=str(supplier), changes=changed)
