"""Eyes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Frozen: tables.py goes on, this file does not."""
    op.create_table(
        "panel_map",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("server", name=op.f("pk_panel_map")),
    )
    op.create_table(
        "probe_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("reseller", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probe_change")),
    )
    with op.batch_alter_table("probe_change", schema=None) as batch_op:
        batch_op.create_index("ix_probe_change_at", ["at"], unique=False)
        batch_op.create_index("ix_probe_change_key_at", ["key", "at"], unique=False)

    op.create_table(
        "probe_hour",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("longest", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", "hour", name=op.f("pk_probe_hour")),
    )
    with op.batch_alter_table("probe_hour", schema=None) as batch_op:
        batch_op.create_index("ix_probe_hour_hour", ["hour"], unique=False)

    op.create_table(
        "probe_state",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_probe_state")),
    )
