"""The tables of what the probes saw: states, their changes, hours, and the maps of panels."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from responder.store.columns import Json, Moment
from responder.store.metadata import metadata

probe_state = Table(
    "probe_state",  # how each look stands, as of its last change
    metadata,
    Column("key", Text, primary_key=True),  # web1/http
    Column("state", Text, nullable=False),
    Column("since", Moment, nullable=False),  # when this state began
    Column("standing", Json, nullable=False),  # the rest of alerts.observed.Standing
    Column("about", Json, nullable=False),  # server, reseller, brand, module, target: for history
)

probe_change = Table(
    "probe_change",  # each change of a look's state; the time until the next one is its duration
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),  # of the look, or @server/web1, @reseller/blue, @eyes
    Column("at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("server", Text),
    Column("reseller", Text),
    Column("brand", Text),
    Index("ix_probe_change_key_at", "key", "at"),
    Index("ix_probe_change_at", "at"),
)

probe_hour = Table(
    "probe_hour",  # the looks of one hour in a few figures
    metadata,
    Column("key", Text, primary_key=True),
    Column("hour", Moment, primary_key=True),
    Column("looks", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Column("seconds", Float, nullable=False),  # that all looks took together
    Column("longest", Float, nullable=False),
    Index("ix_probe_hour_hour", "hour"),
)

panel_map = Table(
    "panel_map",  # what a server's control panel last said: its resellers, accounts and domains
    metadata,
    Column("server", Text, primary_key=True),
    Column("taken_at", Moment, nullable=False),
    Column("body", Json, nullable=False),
    Column("trouble", Text, nullable=False),  # why it could not be asked since; "" = it could
)
