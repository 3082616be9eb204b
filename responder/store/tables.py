"""Every table and column, one line of meaning each."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from responder.store import desk_tables as desk_tables  # for the one set of tables
from responder.store import own_tables as own_tables
from responder.store import probe_tables as probe_tables
from responder.store import run_tables as run_tables
from responder.store import voice_tables as voice_tables
from responder.store.columns import Json, Moment
from responder.store.metadata import metadata as metadata
from responder.store.metadata import partial

WAITING = ("queue", "priority", "opened_at", "gone", "drill")  # all that KPI gauges ask for
SOLVED = ("solved_at", "solved_by", "channel", "gone", "drill")

intake = Table(
    "intake",  # quarantine: authenticated bodies, or parts of them, that could not be read
    metadata,
    Column("digest", Text, primary_key=True),  # of the raw bytes: the same body stands here once
    Column("sender", Text, nullable=False),
    Column("reason", Text, nullable=False),  # what could not be understood
    Column("body", LargeBinary, nullable=False),
    Column("times", Integer, nullable=False),  # how often it came
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
)

incident = Table(
    "incident",  # one trouble (responder/values.py says what each field means)
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("ref", Text, nullable=False, unique=True),  # its name in the outside world
    Column("key", Text, nullable=False),  # what it is about: server:web1, dc:fra1, alert:...
    Column("title", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("rule", Text, nullable=False),  # the rule that classified it
    Column("server", Text),
    Column("brand", Text),
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", Text),
    Column("recovered_at", Moment),  # when all alerts had ended
    Column("resolved_at", Moment),
    Column("closed_at", Moment),
    Column("page_at", Moment),  # when the next round of pages is due
    Column("step", Integer, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("firing", Integer, nullable=False),  # alerts that fire now
    Column("ticketed", Boolean, nullable=False),  # a ticket was asked for
    Column("unstable", Boolean, nullable=False),  # flapping
    Column("drill", Boolean, nullable=False),
    Column("parent", Integer, ForeignKey("incident.id")),  # the whole of which this is a part
    Column("held", Text, nullable=False),  # the truncated group that keeps it open
    Column("muted_by", Json, nullable=False),
    Column("changes", Json, nullable=False),  # minutes of ups and downs, for the flapping maths
    Column("seq", Integer, nullable=False),  # length of its log
    Column("head", Text, nullable=False),  # hash of the last line of its log
    partial("uq_incident_open_key", "key", unique=True, where="state != 'closed'"),
    partial("ix_incident_page_at", "page_at", where="page_at IS NOT NULL"),
    Index("ix_incident_state_changed_at", "state", "changed_at"),
    partial("ix_incident_parent", "parent", where="parent IS NOT NULL"),
    Index("ix_incident_server", "server"),
    Index("ix_incident_opened_at", "opened_at"),
)

incident_event = Table(
    "incident_event",  # append-only, hash-chained: what happened to an incident
    metadata,
    Column("incident", Integer, ForeignKey("incident.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),  # 1, 2, 3 ... within the incident
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("words", Text, nullable=False),  # digest of what a person wrote; "" = nothing written
    Column("hash", Text, nullable=False),  # over this row and the hash before it
)

alert = Table(
    "alert",  # one alert from its first firing to its end
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),  # the sender that told it
    Column("identity", Text, nullable=False),  # hash of its labels less the ignored ones
    Column("fingerprints", Json, nullable=False),  # the replicas that still fire
    Column("labels", Json, nullable=False),
    Column("annotations", Json, nullable=False),
    Column("generator_url", Text, nullable=False),
    Column("group_key", Text, nullable=False),  # the sender's group, for truncated bodies
    Column("starts_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),  # last told with news; sighting has the very last
    Column("ends_at", Moment),
    Column("ended", Text),  # resolved | expired | source_forgot
    Column("incident", Integer, ForeignKey("incident.id"), nullable=False),
    Column("server", Text),
    partial("uq_alert_open", "source", "identity", unique=True, where="ends_at IS NULL"),
    Index("ix_alert_incident", "incident"),
)

sighting = Table(
    "sighting",  # what changes with each repeat of a firing alert: narrow, for it is the hot path
    metadata,
    Column("alert", Integer, ForeignKey("alert.id"), primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("told", Text, nullable=False),  # stands for all that the latest message said of it
    Column("seen_at", Moment, nullable=False),  # last told firing
    Column("expires_at", Moment),  # when it ends unless it is told again; NULL = never
    Index("ix_sighting_identity", "identity"),
    partial("ix_sighting_expires_at", "expires_at", where="expires_at IS NOT NULL"),
)

outbox = Table(
    "outbox",  # effects that wait to be done, one row each
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("lane", Text, nullable=False),  # rows of one lane are done in order; "" = no order
    Column("incident", Integer, ForeignKey("incident.id")),  # NULL = it is about none
    Column("payload", Json, nullable=False),
    Column("state", Text, nullable=False),  # due | claimed | done | dropped | dead
    Column("attempts", Integer, nullable=False),
    Column("ambiguous", Integer, nullable=False),  # tries whose outcome nobody knows
    Column("due_at", Moment, nullable=False),  # when to try; while claimed: when the claim ends
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("owner", Text, nullable=False),  # the member that claimed it
    Column("fence", Integer, nullable=False),  # grows with each claim
    Column("result", Json, nullable=False),  # what came back
    Column("error", Text, nullable=False),  # why the last try failed
    partial("ix_outbox_due", "due_at", where="state IN ('due', 'claimed', 'dead')"),
    partial("ix_outbox_lane", "lane", "id", where="state IN ('due', 'claimed')"),
    partial("ix_outbox_told", "done_at", where="kind = 'staff.tell' AND state = 'done'"),
)

page_delivery = Table(
    "page_delivery",  # who was written to, over what, and what became of it
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # the outbox key
    Column("incident", Integer, ForeignKey("incident.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("method", Text, nullable=False),  # a kind of responder/paging/kinds.py
    Column("place", Integer, nullable=False),  # of the method among the person's own, 0 first
    Column("event", Text, nullable=False),  # opened | repeated | recovered | ...
    Column("state", Text, nullable=False),  # queued | delivered | failed | suppressed
    Column("reference", Text, nullable=False),  # what the provider calls it
    Column("at", Moment, nullable=False),  # of the last change
    Column("repeats", Integer, nullable=False),  # tries more that may have gone out (same key)
    Column("delayed_until", Moment),  # a throttle or quiet hours hold it back until then
    Index("ix_page_delivery_incident", "incident", "episode"),
    Index("ix_page_delivery_person_at", "person", "at"),
)

ticket = Table(
    "ticket",  # our record of a ticket, whatever system keeps it
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),  # ours, searchable in the other system
    Column("system", Text, nullable=False),  # desk | rt | ...
    Column("ref", Text, nullable=False),  # its id there; "" until it is open
    Column("incident", Integer, ForeignKey("incident.id")),
    Column("subject", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("level", Text, nullable=False),  # the highest level that owned it
    Column("owner", Text),
    Column("state", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("brand", Text),
    Column("account", Text),
    Column("server", Text),
    Column("opened_at", Moment, nullable=False),
    Column("detected_at", Moment, nullable=False),  # start of the reaction clock
    Column("reacted_at", Moment),  # first act of a person
    Column("replied_at", Moment),  # first public words of staff
    Column("useful_at", Moment),  # first reply that helped
    Column("solved_at", Moment),
    Column("solved_by", Text, nullable=False),  # level-1 ... | automation | ""
    Column("judge_at", Moment),  # when time alone makes something of it
    Column("gone", Text, nullable=False),  # why it counts nowhere: merged | deleted | ""
    Column("drill", Boolean, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", Text, nullable=False),
    partial("ix_ticket_judge_at", "judge_at", where="judge_at IS NOT NULL"),
    Index("ix_ticket_incident", "incident"),
    Index("ix_ticket_account_id", "account", "id"),
    Index("ix_ticket_opened_at", "opened_at"),
    Index("ix_ticket_system_ref", "system", "ref"),
    Index("ix_ticket_state_queue", "state", "queue"),
    partial("ix_ticket_waiting", *WAITING, where="state NOT IN ('solved', 'closed')"),
    partial("ix_ticket_solved_at", *SOLVED, where="solved_at IS NOT NULL"),
)

ticket_event = Table(
    "ticket_event",  # append-only, hash-chained: what happened to a ticket
    metadata,
    Column("ticket", Integer, ForeignKey("ticket.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("words", Text, nullable=False),  # digest of what was written
    Column("hash", Text, nullable=False),
    Column("outside", Text),  # its id in the ticket system: each is taken in once
    Index("uq_ticket_event_outside", "ticket", "outside", unique=True),
)

written = Table(
    "written",  # the words themselves, apart from the chained logs so that they can be erased
    metadata,
    Column("log", Text, primary_key=True),  # incident | ticket | run
    Column("owner", Integer, primary_key=True),  # id of the incident, ticket or run
    Column("seq", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("erased_at", Moment),
    Column("erased_by", Text),
)

heartbeat = Table(
    "heartbeat",  # check-ins that must come: cron jobs, backups, the Watchdog of each sender
    metadata,
    Column("key", Text, primary_key=True),
    Column("seen_at", Moment),  # last good sign
    Column("started_at", Moment),  # last /start without an end
    Column("failed_at", Moment),  # last /fail, gone with the next good sign
)

truncated = Table(
    "truncated",  # groups of which a sender has told us only a part
    metadata,
    Column("source", Text, primary_key=True),
    Column("group_key", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

silence = Table(
    "silence",  # mutes by labels, in Alertmanager's shape
    metadata,
    Column("id", Text, primary_key=True),
    Column("matchers", Json, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Index("ix_silence_ends_at", "ends_at"),
)

maintenance = Table(
    "maintenance",  # planned work: no messages about these things meanwhile
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column(
        "scope", Text, nullable=False
    ),  # server:web1 | rack:fra1/r1 | dc:fra1 | brand:acme | all
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Index("ix_maintenance_ends_at", "ends_at"),
)

kpi_observation = Table(
    "kpi_observation",  # each figure of a ticket or incident, counted once
    metadata,
    Column("about", Text, primary_key=True),  # ticket:7 | incident:41
    Column("figure", Text, primary_key=True),  # reaction | first_reply | useful_response | ...
    Column("at", Moment, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("priority", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("by", Text, nullable=False),  # person | automation
    Column("brand", Text, nullable=False, server_default=""),
    Column("channel", Text, nullable=False, server_default=""),
    Index("ix_kpi_observation_figure_at", "figure", "at", "brand", "seconds"),
    Index("ix_kpi_observation_at", "at"),
)

satisfaction = Table(
    "satisfaction",  # one counted vote a ticket: the last
    metadata,
    Column("ticket", Integer, ForeignKey("ticket.id"), primary_key=True),
    Column("score", Integer, nullable=False),  # 1 to 5
    Column("comment", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("brand", Text),
    Index("ix_satisfaction_at", "at"),
)
