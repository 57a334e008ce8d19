"""${message.strip().rstrip(".")}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${without_remarks(upgrades)}


def downgrade() -> None:
    ${without_remarks(downgrades)}
<%!
    def without_remarks(code):
        """What Alembic proposes, without the comments that it puts round it."""
        lines = [line for line in (code or "").splitlines() if not line.strip().startswith("# ###")]
        return "\n".join(lines).strip() or "pass"
%>\
