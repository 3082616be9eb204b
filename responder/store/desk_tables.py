"""The tables of the desk: what a ticket is beyond its record, its clocks, PINs, files, majors."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from responder.store.columns import Json, Moment
from responder.store.metadata import metadata, partial

ticket_case = Table(
    "ticket_case",  # what the support procedure knows of a ticket (responder/desk_values.py)
    metadata,
    Column("ticket", Integer, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("requester", Text, nullable=False),  # mail address or number of the customer, erasable
    Column("requester_name", Text, nullable=False),
    Column("submitted_by", Text, nullable=False),  # who typed it in; "" = the customer himself
    Column("on_behalf_of", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("task", Text, nullable=False),  # of the scope catalogue, "" = none
    Column("rule", Text, nullable=False),  # by which it was classified
    Column("rules_version", Text, nullable=False),
    Column("brand_rule", Text, nullable=False),  # by which its brand was found
    Column("fingerprint", Text, nullable=False),  # tickets of one fingerprint are of one kind
    Column("facts", Json, nullable=False),  # what was known of account and server at the opening
    Column("look_at", Moment),  # until when the probes may take to confirm a customer's outage
    Column("confirmed", Text, nullable=False),  # "" | confirmed | seen-well | uncheckable
    Column("handler", Text),  # who works on it at this level; the ticket's owner stays accountable
    Column("entered_at", Moment, nullable=False),  # when it came to the queue that it is in
    Column("reviewed_at", Moment),  # when that level had read what the one before did
    Column("handed_from", Text, nullable=False),  # level whose solution waits to be told, "" = none
    Column("outcome", Text, nullable=False),  # fixed | advised | not_our_fault | ... | ""
    Column("article", Text, nullable=False),  # of the knowledge base, "none", or ""
    Column("candidate", Boolean, nullable=False),  # worth an article
    Column("prevention", Text, nullable=False),  # article | rule | playbook | none | ""
    Column("complaint_about", Text, nullable=False),  # who may not close it
    Column("nudged_at", Moment),  # somebody was told that nobody has it
    Index("ix_ticket_case_fingerprint", "fingerprint"),
    Index("ix_ticket_case_requester", "requester"),
    partial("ix_ticket_case_look_at", "look_at", where="look_at IS NOT NULL"),
)

sla_clock = Table(
    "sla_clock",  # one promise about a ticket, and how much of its time is used up
    metadata,
    Column("ticket", Integer, ForeignKey("ticket.id"), primary_key=True),
    Column("target", Text, primary_key=True),  # reaction | useful | resolution | level-2 | level-3
    Column("budget", Integer, nullable=False),  # seconds of its calendar
    Column("spent", Integer, nullable=False),  # seconds used up to `since`
    Column("since", Moment),  # it runs since then; NULL = it stands still
    Column("next_at", Moment),  # when 50, 80 or 100 % will be reached
    Column("warned", Integer, nullable=False),  # 0 | 50 | 80 | 100
    Column("ended_at", Moment),  # kept, or of no use any more
    partial("ix_sla_clock_next_at", "next_at", where="next_at IS NOT NULL"),
)

vendor_case = Table(
    "vendor_case",  # what a maker of software or hardware was asked about a ticket
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("ticket", Integer, ForeignKey("ticket.id"), nullable=False),
    Column("vendor", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("chase_every", Integer, nullable=False),  # seconds
    Column("chase_at", Moment),  # when somebody is reminded next
    Column("closed_at", Moment),
    Column("closed_by", Text, nullable=False),
    Index("ix_vendor_case_ticket", "ticket"),
    partial("ix_vendor_case_chase_at", "chase_at", where="chase_at IS NOT NULL"),
)

clarification = Table(
    "clarification",  # a question that level 3 asks a customer, in the brand's name
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("ticket", Integer, ForeignKey("ticket.id"), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("seq", Integer, nullable=False),  # the line of the ticket's log with the question
    Index("ix_clarification_ticket", "ticket"),
)

pin = Table(
    "pin",  # the support PIN of an account; never the PIN itself
    metadata,
    Column("account", Text, primary_key=True),
    Column("brand", Text),
    Column("digest", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
)

pin_try = Table(
    "pin_try",  # every try of a PIN, for the locks; accounts and sources as digests
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("good", Boolean, nullable=False),
    Index("ix_pin_try_account_at", "account", "at"),
    Index("ix_pin_try_source_at", "source", "at"),
    Index("ix_pin_try_at", "at"),
)

attachment = Table(
    "attachment",  # screenshots that customers sent
    metadata,
    Column("id", Text, primary_key=True),  # 128 bits that nobody can guess
    Column("ticket", Integer, ForeignKey("ticket.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # image/png | image/jpeg | image/webp
    Column("size", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("data", LargeBinary),  # NULL once erased
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("ticket", "digest"),
    Index("ix_attachment_at", "at"),
)

article_vote = Table(
    "article_vote",  # did an article of the knowledge base help?
    metadata,
    Column("article", Text, primary_key=True),
    Column("helpful", Integer, nullable=False),
    Column("unhelpful", Integer, nullable=False),
)

major = Table(
    "major",  # an incident that is led: by whom, and when customers hear next
    metadata,
    Column("incident", Integer, ForeignKey("incident.id"), primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),  # storm | hand
    Column("declared_by", Text, nullable=False),
    Column("declared_at", Moment, nullable=False),
    Column("incident_lead", Text),
    Column("communication_lead", Text),
    Column("every", Integer, nullable=False),  # seconds between updates
    Column("next_update_at", Moment),
    Column("overdue", Integer, nullable=False),  # pages about the update that is late
    Column("ended_at", Moment),
    Column("causes", Json, nullable=False),
    partial("ix_major_next_update_at", "next_update_at", where="next_update_at IS NOT NULL"),
)

incident_link = Table(
    "incident_link",  # incidents that have to do with each other (R73)
    metadata,
    Column("incident", Integer, ForeignKey("incident.id"), primary_key=True),
    Column("other", Integer, ForeignKey("incident.id"), primary_key=True),
    Column("kind", Text, primary_key=True),  # related | caused_by
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_incident_link_other", "other"),
)

digest = Table(
    "digest",  # what team and management read every two weeks, once
    metadata,
    Column("starts_at", Moment, primary_key=True),
    Column("ends_at", Moment, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("text", Text, nullable=False),
)
