"""One transaction of RT after the other, read into what it means."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.model import Actor, ActorKind
from playbooks.ports import Change, ChangeKind, TicketRef
from responder.secrets import Secret
from responder.tickets.rt_changes import Known, read
from responder.tickets.rt_rows import TransactionRow
from responder.tickets.rt_settings import RtTickets

SETTINGS = RtTickets(
    system="rt",
    url="https://rt.example.net",
    token_file=Secret.of("1-14-abc"),
    queues={"rapid-response": "NOC"},
)
KNOWN = Known(
    bot="responder",
    customers={"7": frozenset({"john@customer.example"})},
    queues={"6": "NOC", "4": "level-2"},
    users={"60": "dana", "6": "Nobody"},
    votes=frozenset({"4"}),
    words={97: "we are on it"},
)
PERSON = Actor(ActorKind.PERSON, "dana")


def row(type_: str, field: str = "", **told: object) -> TransactionRow:
    """A transaction in the shape that was seen on RT 5.0.3."""
    seen: dict[str, object] = {
        "_url": "https://rt.example.net/REST/2.0/transaction/97",
        "type": "transaction",
        "id": "97",
        "ObjectId": "7",
        "Type": type_,
        "Field": field,
        "OldValue": "",
        "NewValue": "",
        "Creator": {"type": "user", "id": "dana", "_url": "..."},
        "Created": "2026-11-21T18:04:07Z",
    }
    return TransactionRow.model_validate(seen | told)


def change(type_: str, field: str = "", **told: object) -> Change | None:
    return read(row(type_, field, **told), KNOWN, SETTINGS)


@pytest.mark.parametrize(
    ("type_", "field", "old", "new", "kind", "data"),
    [
        ("Create", "", "", "", ChangeKind.OPENED, {}),
        ("Comment", "", "", "", ChangeKind.NOTE, {}),
        ("Correspond", "", "", "", ChangeKind.REPLY, {}),
        ("Set", "Owner", "6", "60", ChangeKind.OWNER, {"owner": "dana"}),
        ("Set", "Owner", "60", "6", ChangeKind.OWNER, {"owner": None}),
        ("Set", "Owner", "6", "61", ChangeKind.OWNER, {"owner": "61"}),
        ("Set", "Queue", "4", "6", ChangeKind.QUEUE, {"queue": "rapid-response"}),
        ("Set", "Queue", "6", "4", ChangeKind.QUEUE, {"queue": "level-2"}),
        ("Set", "Queue", "6", "9", ChangeKind.QUEUE, {"queue": "9"}),
        ("Set", "Priority", "100", "70", ChangeKind.PRIORITY, {"priority": "high"}),
        ("Status", "Status", "new", "open", ChangeKind.STATE, {"state": "open", "was": "new"}),
        ("CustomField", "4", "", "5", ChangeKind.VOTE, {"score": "5"}),
        (
            "AddLink",
            "MergedInto",
            "",
            "fsck.com-rt://hosting.test/ticket/9",
            ChangeKind.MERGED,
            {"into": "9"},
        ),
    ],
)
def test_each_transaction_says_what_it_means(
    type_: str, field: str, old: str, new: str, kind: ChangeKind, data: dict[str, str | None]
) -> None:
    told = change(type_, field, OldValue=old, NewValue=new)
    assert told is not None
    assert (told.kind, dict(told.data), told.actor) == (kind, data, PERSON)
    assert told.at == datetime(2026, 11, 21, 18, 4, 7, tzinfo=UTC)
    assert (told.id, told.ticket) == ("97", TicketRef("rt", "7"))


@pytest.mark.parametrize(
    ("type_", "field", "new"),
    [
        ("SetWatcher", "Owner", "60"),  # the owner's change, told a second time
        ("EmailRecord", "", ""),
        ("Set", "Due", "2026-11-22 19:49:55"),
        ("Set", "Starts", "2026-11-23 09:00:00"),
        ("Set", "Subject", "new words"),
        ("CustomField", "7", "critical"),  # a field that is no vote
        ("CustomField", "4", ""),  # the vote was taken back
        ("AddLink", "RefersTo", "fsck.com-rt://hosting.test/ticket/9"),
        ("AddLink", "MergedInto", "fsck.com-rt://hosting.test/ticket/7"),  # said by the survivor
        ("AddWatcher", "Requestor", "161"),
    ],
)
def test_noise_says_nothing(type_: str, field: str, new: str) -> None:
    assert change(type_, field, NewValue=new) is None


def test_transactions_of_tickets_that_are_not_ours_say_nothing() -> None:
    assert change("Comment", ObjectId="8") is None


@pytest.mark.parametrize(
    ("creator", "kind", "actor"),
    [
        ("dana", ChangeKind.REPLY, ActorKind.PERSON),
        ("responder", ChangeKind.REPLY, ActorKind.DAEMON),
        ("RT_System", ChangeKind.REPLY, ActorKind.SYSTEM),
        ("john@customer.example", ChangeKind.CUSTOMER, ActorKind.CUSTOMER),
    ],
)
def test_the_creator_decides_whose_words_they_are(
    creator: str, kind: ChangeKind, actor: ActorKind
) -> None:
    told = change("Correspond", Creator={"id": creator})
    assert told is not None
    assert (told.kind, told.actor, told.text) == (kind, Actor(actor, creator), "we are on it")


def test_with_a_list_of_technicians_nobody_else_is_one() -> None:
    listed = SETTINGS.model_copy(update={"technicians": ("dana",)})
    mine = read(row("Correspond"), KNOWN, listed)
    other = read(row("Correspond", Creator={"id": "eve@customer.example"}), KNOWN, listed)
    assert mine is not None
    assert other is not None
    assert (mine.actor.kind, other.actor.kind) == (ActorKind.PERSON, ActorKind.CUSTOMER)
    assert other.kind is ChangeKind.CUSTOMER


@pytest.mark.parametrize("told", ["yes", "Yes", "no"])
def test_a_reply_says_whether_it_was_useful(told: str) -> None:
    reply = read(row("Correspond"), replace(KNOWN, useful={97: told}), SETTINGS)
    assert reply is not None
    assert dict(reply.data) == {"useful": told.lower()}
