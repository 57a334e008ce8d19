"""Keys of programs: their last day, with whom they end, and from where each was used.

Who made a key holds it, as far as history knows them and they may still sign in. The others go on without anybody.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"

GIVE_TO_MAKERS = """
UPDATE api_token SET staff_id = (
    SELECT min(history.staff_id) FROM history JOIN staff ON staff.id = history.staff_id AND staff.active
    WHERE history.subject = 'api_token:' || CAST(api_token.id AS varchar) AND history.what = 'record_created'
)
WHERE revoked_at IS NULL
"""


def upgrade() -> None:
    op.add_column("api_token", sa.Column("expires_on", sa.Date(), nullable=True))
    op.add_column("api_token", sa.Column("reminded_of", sa.Date(), nullable=True))
    op.execute(
        "ALTER TABLE api_token ADD COLUMN staff_id INTEGER CONSTRAINT fk_api_token_staff_id_staff REFERENCES staff (id)"
    )
    op.create_index(op.f("ix_api_token_staff_id"), "api_token", ["staff_id"])
    op.create_table(
        "api_token_client",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["api_token.id"], name=op.f("fk_api_token_client_token_id_api_token"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token_client")),
    )
    op.create_index(op.f("ix_api_token_client_token_id"), "api_token_client", ["token_id"])
    op.execute(GIVE_TO_MAKERS)


def downgrade() -> None:
    op.drop_table("api_token_client")
    op.drop_index(op.f("ix_api_token_staff_id"), "api_token")
    op.drop_column("api_token", "staff_id")
    op.drop_column("api_token", "reminded_of")
    op.drop_column("api_token", "expires_on")
