"""E-invoices on their way out: where they go, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0108"

SETTINGS = {
    "e_invoices_go": (sa.String(length=20), "off"),
    "e_invoice_format": (sa.String(length=30), "ubl"),
    "e_invoice_way": (sa.String(length=30), ""),
    "e_invoice_folder": (sa.String(length=255), ""),
    "e_invoice_address": (sa.String(length=255), ""),
    "access_point_url": (sa.String(length=500), ""),
    "access_point_header": (sa.String(length=60), ""),
    "access_point_secret_sealed": (sa.Text(), ""),
    "access_point_status": (sa.String(length=500), ""),
    "access_point_lookup": (sa.String(length=500), ""),
}


def upgrade() -> None:
    for name, (kind, default) in SETTINGS.items():
        op.add_column("shop", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("shop", sa.Column("access_point_as_form", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "e_invoice_sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=30), nullable=False),
        sa.Column("way", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("status_url", sa.String(length=500), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.String(length=30), nullable=True),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("invoice_id"),
    )
    op.create_index("ix_e_invoice_sending_state_due_at", "e_invoice_sending", ["state", "due_at"])
    op.create_index("ix_e_invoice_sending_state_id", "e_invoice_sending", ["state", "id"])


def downgrade() -> None:
    op.drop_table("e_invoice_sending")
    for name in (*SETTINGS, "access_point_as_form"):
        op.drop_column("shop", name)
