"""The tables about this store itself: its facts, its cursors, the instances that share it."""

from sqlalchemy import Column, Integer, Table, Text

from responder.store.columns import Moment
from responder.store.metadata import metadata

meta = Table(
    "meta",  # facts about this store itself
    metadata,
    Column("name", Text, primary_key=True),  # installation | recovered_at | ...
    Column("value", Text, nullable=False),
)

cursor = Table(
    "cursor",  # how far we have read in another system
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

member = Table(
    "member",  # the running instances and their leases
    metadata,
    Column("id", Text, primary_key=True),
    Column("epoch", Integer, nullable=False),  # grows with each start under this id
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("version", Text, nullable=False),
    Column("token", Text, nullable=False),  # which process it is (responder/life.py)
)

lease = Table(
    "lease",  # duties that only one member does at a time
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
