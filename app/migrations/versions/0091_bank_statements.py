"""Bank statements: their files, their lines, and what each was booked as."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"


def upgrade() -> None:
    op.create_table(
        "statement_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "form",
            sa.String(length=10),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_statement_file_sha256")),
    )
    op.create_table(
        "statement_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("iban", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("bank_reference", sa.String(length=255), nullable=False),
        sa.Column("end_to_end", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("is_reversal", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.String(length=10),
            nullable=False,
        ),
        sa.Column(
            "aside",
            sa.String(length=20),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["statement_file.id"], name=op.f("fk_statement_line_file_id_statement_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_line")),
        sa.UniqueConstraint("account", "fingerprint", name=op.f("uq_statement_line_account_fingerprint")),
    )
    op.create_index("ix_statement_line_account_booked_on", "statement_line", ["account", "booked_on"], unique=False)
    op.create_index(op.f("ix_statement_line_file_id"), "statement_line", ["file_id"], unique=False)
    op.create_index("ix_statement_line_iban", "statement_line", ["iban"], unique=False)
    op.create_index(
        "ix_statement_line_payout",
        "statement_line",
        ["amount", "id"],
        unique=False,
        sqlite_where=sa.text("purpose = 'payout'"),
        postgresql_where=sa.text("purpose = 'payout'"),
    )
    op.create_index("ix_statement_line_state_booked_on", "statement_line", ["state", "booked_on", "id"], unique=False)
    op.create_table(
        "line_booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["statement_line.id"], name=op.f("fk_line_booking_line_id_statement_line")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_line_booking_payment_id_payment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_booking")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_line_booking_payment_id")),
    )
    op.create_index(op.f("ix_line_booking_line_id"), "line_booking", ["line_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_line_booking_line_id"), table_name="line_booking")
    op.drop_table("line_booking")
    op.drop_index("ix_statement_line_state_booked_on", table_name="statement_line")
    op.drop_index(
        "ix_statement_line_payout",
        table_name="statement_line",
        sqlite_where=sa.text("purpose = 'payout'"),
        postgresql_where=sa.text("purpose = 'payout'"),
    )
    op.drop_index("ix_statement_line_iban", table_name="statement_line")
    op.drop_index(op.f("ix_statement_line_file_id"), table_name="statement_line")
    op.drop_index("ix_statement_line_account_booked_on", table_name="statement_line")
    op.drop_table("statement_line")
    op.drop_table("statement_file")
