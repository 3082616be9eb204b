"""The tables of playbooks at work: runs, their journals, what they did, who agreed."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from responder.store.columns import Json, Moment
from responder.store.metadata import metadata, partial

playbook_copy = Table(
    "playbook_copy",  # the text of every playbook that was ever begun: a run goes on with its own
    metadata,
    Column("hash", Text, primary_key=True),
    Column("text", Text, nullable=False),  # canonical JSON
    Column("first_at", Moment, nullable=False),
)

run = Table(
    "run",  # one playbook at work (responder/run_values.py says what each field means)
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),  # incident ref/episode/playbook
    Column("playbook", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", Text, ForeignKey("playbook_copy.hash"), nullable=False),
    Column("incident", Integer, ForeignKey("incident.id"), nullable=False),
    Column("incident_ref", Text, nullable=False),
    Column("target", Text, nullable=False),  # the server's name; "" = none
    Column("state", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("step_at", Moment),
    Column("wake_at", Moment),  # when it is taken up again; while running: when the claim ends
    Column("ended_at", Moment),
    Column("owner", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("wish", Text, nullable=False),  # abort | pause, as soon as it can
    Column("requested_by", Text, nullable=False),  # "" = the daemon
    Column("confirmed", Boolean, nullable=False),
    Column("overrules", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("dry", Boolean, nullable=False),
    Column("labels", Json, nullable=False),  # of the alert that began it
    Column("memory", Json, nullable=False),
    Column("results", Json, nullable=False),
    Column("intent", Json),  # what was about to be done; NULL = nothing stands open
    Column("asked", Json, nullable=False),
    Column("checks", Json, nullable=False),  # the gate's last verdicts
    Column("waits_for", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", Text, nullable=False),
    partial("ix_run_wake_at", "wake_at", where="wake_at IS NOT NULL"),
    Index("ix_run_incident", "incident"),
    partial("ix_run_target", "target", where="ended_at IS NULL"),
)

run_event = Table(
    "run_event",  # append-only, hash-chained: what a run did
    metadata,
    Column("run", Integer, ForeignKey("run.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("words", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

act = Table(
    "act",  # gated steps that were let through; the limits count them
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", Integer, ForeignKey("run.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by_person", Boolean, nullable=False),
    Column("device", Text, nullable=False),
    Column("driver", Text, nullable=False),
    Column("datacentre", Text, nullable=False),
    Column("rack", Text, nullable=False),
    Column("hypervisor", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("ended_at", Moment),
    Column("outcome", Text, nullable=False),  # "" under way | done | failed | unknown
    Index("uq_act_run_step", "run", "step", unique=True),
    Index("ix_act_at", "at"),
    partial("ix_act_open", "run", where="ended_at IS NULL"),
)

device_lock = Table(
    "device_lock",  # one run at a time speaks to a device
    metadata,
    Column("device", Text, primary_key=True),
    Column("run", Integer, ForeignKey("run.id"), nullable=False),
    Column("until", Moment, nullable=False),
)

consent = Table(
    "consent",  # a person's yes to one step of one run
    metadata,
    Column("run", Integer, ForeignKey("run.id"), primary_key=True),
    Column("step", Text, primary_key=True),
    Column("digest", Text, primary_key=True),  # of run, step, target and parameters
    Column("person", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("overrules", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("via", Text, nullable=False),  # api | cli | link
)

provider_pause = Table(
    "provider_pause",  # accounts that nobody may use for a while: a refused login, a rate limit
    metadata,
    Column("account", Text, primary_key=True),
    Column("until", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)

contact_order = Table(
    "contact_order",  # what was asked of a data centre: once per incident, site and task, for ever
    metadata,
    Column("key", Text, primary_key=True),
    Column("incident", Integer, ForeignKey("incident.id"), nullable=False),
    Column("run", Integer, ForeignKey("run.id")),
    Column("site", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("channel", Integer, nullable=False),  # its place in the site's list
    Column("reference", Text, nullable=False),  # what the site calls it
    Column("data", Json, nullable=False),
    Column("sent_at", Moment),
    Column("ack_by", Moment),
    Column("done_by", Moment),
    Column("acked_at", Moment),
    Column("done_at", Moment),
    Column("stopped_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("due_at", Moment),  # when time alone makes something of it
    Index("ix_contact_order_incident", "incident"),
    partial("ix_contact_order_due_at", "due_at", where="due_at IS NOT NULL"),
)
