"""Desk."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Frozen: tables.py goes on, this file does not."""
    op.create_table(
        "article_vote",
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("unhelpful", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("article", name=op.f("pk_article_vote")),
    )
    op.create_table(
        "digest",
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("starts_at", name=op.f("pk_digest")),
    )
    op.create_table(
        "pin",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_pin")),
    )
    op.create_table(
        "pin_try",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pin_try")),
    )
    with op.batch_alter_table("pin_try", schema=None) as batch_op:
        batch_op.create_index("ix_pin_try_account_at", ["account", "at"], unique=False)
        batch_op.create_index("ix_pin_try_at", ["at"], unique=False)
        batch_op.create_index("ix_pin_try_source_at", ["source", "at"], unique=False)

    op.create_table(
        "incident_link",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.id"], name=op.f("fk_incident_link_incident")
        ),
        sa.ForeignKeyConstraint(["other"], ["incident.id"], name=op.f("fk_incident_link_other")),
        sa.PrimaryKeyConstraint("incident", "other", "kind", name=op.f("pk_incident_link")),
    )
    with op.batch_alter_table("incident_link", schema=None) as batch_op:
        batch_op.create_index("ix_incident_link_other", ["other"], unique=False)

    op.create_table(
        "major",
        sa.Column("incident", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.Column("incident_lead", sa.Text(), nullable=True),
        sa.Column("communication_lead", sa.Text(), nullable=True),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("next_update_at", sa.BigInteger(), nullable=True),
        sa.Column("overdue", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_major_incident")),
        sa.PrimaryKeyConstraint("incident", name=op.f("pk_major")),
    )
    with op.batch_alter_table("major", schema=None) as batch_op:
        batch_op.create_index(
            "ix_major_next_update_at",
            ["next_update_at"],
            unique=False,
            sqlite_where=sa.text("next_update_at IS NOT NULL"),
            postgresql_where=sa.text("next_update_at IS NOT NULL"),
        )

    op.create_table(
        "attachment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_attachment_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("ticket", "digest", name=op.f("uq_attachment_ticket_digest")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("ix_attachment_at", ["at"], unique=False)

    op.create_table(
        "clarification",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_clarification_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification")),
    )
    with op.batch_alter_table("clarification", schema=None) as batch_op:
        batch_op.create_index("ix_clarification_ticket", ["ticket"], unique=False)

    op.create_table(
        "sla_clock",
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_sla_clock_ticket")),
        sa.PrimaryKeyConstraint("ticket", "target", name=op.f("pk_sla_clock")),
    )
    with op.batch_alter_table("sla_clock", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sla_clock_next_at",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )

    op.create_table(
        "ticket_case",
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("brand_rule", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("look_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed", sa.Text(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=True),
        sa.Column("handed_from", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("candidate", sa.Boolean(), nullable=False),
        sa.Column("prevention", sa.Text(), nullable=False),
        sa.Column("complaint_about", sa.Text(), nullable=False),
        sa.Column("nudged_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_ticket_case_ticket")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_ticket_case")),
    )
    with op.batch_alter_table("ticket_case", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_case_fingerprint", ["fingerprint"], unique=False)
        batch_op.create_index(
            "ix_ticket_case_look_at",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.create_index("ix_ticket_case_requester", ["requester"], unique=False)

    op.create_table(
        "vendor_case",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("chase_every", sa.Integer(), nullable=False),
        sa.Column("chase_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_vendor_case_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_case")),
    )
    with op.batch_alter_table("vendor_case", schema=None) as batch_op:
        batch_op.create_index(
            "ix_vendor_case_chase_at",
            ["chase_at"],
            unique=False,
            sqlite_where=sa.text("chase_at IS NOT NULL"),
            postgresql_where=sa.text("chase_at IS NOT NULL"),
        )
        batch_op.create_index("ix_vendor_case_ticket", ["ticket"], unique=False)

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index("ix_incident_opened_at", ["opened_at"], unique=False)

    with op.batch_alter_table("kpi_observation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("brand", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("channel", sa.Text(), server_default="", nullable=False))
        batch_op.drop_index(batch_op.f("ix_kpi_observation_figure_at"))
        batch_op.create_index(
            "ix_kpi_observation_figure_at", ["figure", "at", "brand", "seconds"], unique=False
        )
        batch_op.create_index("ix_kpi_observation_at", ["at"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("incident", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            "ix_outbox_told",
            ["done_at"],
            unique=False,
            sqlite_where=sa.text("kind = 'staff.tell' AND state = 'done'"),
            postgresql_where=sa.text("kind = 'staff.tell' AND state = 'done'"),
        )

    with op.batch_alter_table("satisfaction", schema=None) as batch_op:
        batch_op.create_index("ix_satisfaction_at", ["at"], unique=False)

    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_account_id", ["account", "id"], unique=False)
        batch_op.create_index("ix_ticket_opened_at", ["opened_at"], unique=False)
        batch_op.create_index(
            "ix_ticket_solved_at",
            ["solved_at", "solved_by", "channel", "gone", "drill"],
            unique=False,
            sqlite_where=sa.text("solved_at IS NOT NULL"),
            postgresql_where=sa.text("solved_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_ticket_waiting",
            ["queue", "priority", "opened_at", "gone", "drill"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('solved', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('solved', 'closed')"),
        )
