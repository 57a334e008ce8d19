"""CATALOGUE > Suppliers: goes to `app/admin_views/suppliers.py`, and its last line to `menu.py`."""

from __future__ import annotations

from wtforms.validators import DataRequired, Email, Optional

from app.admin_views.base import RecordView
from app.pages.fields import not_negative
from tests.recipes.supplier.actions import retire_supplier
from tests.recipes.supplier.record import Supplier


class SupplierView(RecordView):
    right = "catalogue.suppliers"
    can_create = can_edit = True
    column_list = form_columns = ("name", "email", "minimum_order", "is_active")
    column_sortable_list = ("name", "minimum_order")
    column_default_sort = ("name", False)
    search_columns = (Supplier.name, Supplier.email)
    form_args = {
        "name": {"validators": [DataRequired()]},
        "email": {"validators": [Optional(), Email()]},
        "minimum_order": {"validators": [not_negative]},
    }
    record_actions = (retire_supplier,)
