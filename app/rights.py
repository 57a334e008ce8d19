"""The rights that a role gives. Each action names the right it needs."""

from __future__ import annotations

#: right -> what it lets somebody do
RIGHTS = {
    "orders": "change orders",
    "payments": "mark orders paid and not paid",
    "invoices": "issue and send invoices",
    "shipments": "make packing slips and send",
    "memos": "write memos",
    "messages": "write to customers",
    "customers": "change customers",
    "catalogue": "change products and methods",
    "imports": "bring orders in",
    "settings": "change settings",
    "staff": "manage staff",
}

#: role -> (description, rights)
ROLES = {
    "owner": ("Everything", tuple(RIGHTS)),
    "office": (
        "All of the daily work",
        ("orders", "payments", "invoices", "shipments", "memos", "messages", "customers", "catalogue", "imports"),
    ),
    "packer": ("Packing and sending", ("shipments", "memos")),
    "reader": ("Looks, changes nothing", ()),
}
