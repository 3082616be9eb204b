"""The tables of the voice: changes of rotas, tries of pages, tested methods, words to customers."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from responder.store.columns import Moment
from responder.store.metadata import metadata, partial

rota_override = Table(
    "rota_override",  # somebody stands in (responder/rota_values.py); a swap is two of them
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("rota", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("instead_of", Text),  # NULL = for everybody on call
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("swap", Text, nullable=False),  # one word for both halves, "" = no swap
    Column("reason", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_by", Text, nullable=False),  # who took it back (ends_at is then), "" = nobody
    Index("ix_rota_override_ends_at", "ends_at"),
)

absence = Table(
    "absence",  # read from people's calendars: who can't be on call
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("person", Text, nullable=False),
    Column("source", Text, nullable=False),  # which calendar
    Column("uid", Text, nullable=False),  # of the event and its recurrence there
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("why", Text, nullable=False),
    UniqueConstraint("person", "source", "uid"),
    Index("ix_absence_ends_at", "ends_at"),
)

page_try = Table(
    "page_try",  # every try to deliver a page, and every later word of the provider
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),  # page_delivery.key
    Column("at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),  # accepted | failed | unsure | reached | missed | ...
    Column("detail", Text, nullable=False),
    Index("ix_page_try_key", "key"),
)

page_follow = Table(
    "page_follow",  # pages whose fate a provider tells only later
    metadata,
    Column("key", Text, primary_key=True),  # page_delivery.key
    Column("reference", Text, nullable=False),
    Column("due_at", Moment, nullable=False),  # when to ask next
    Column("until_at", Moment, nullable=False),  # after that nobody asks any more
    Index("ix_page_follow_due_at", "due_at"),
    Index("ix_page_follow_reference", "reference"),
)

method_test = Table(
    "method_test",  # when a way to reach a person was last proved to work
    metadata,
    Column("person", Text, primary_key=True),
    Column("method", Text, primary_key=True),  # its kind and a digest of where it leads
    Column("code", Text, nullable=False),  # of the last test
    Column("sent_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
)

customer_message = Table(
    "customer_message",  # what customers were told, once per customer and change
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # the outbox key
    Column("incident", Integer, ForeignKey("incident.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("brand", Text),
    Column("customer", Text, nullable=False),  # reseller:acme | ticket:7 | brand:x
    Column("change", Text, nullable=False),  # open | update | recovery
    Column("seq", Integer, nullable=False),  # which of its kind in this episode
    Column("way", Text, nullable=False),  # mail | ticket
    Column("state", Text, nullable=False),  # queued | sent | failed | dropped
    Column("subject", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_customer_message_incident", "incident", "episode"),
    partial("ix_customer_message_queued", "at", where="state = 'queued'"),
)
