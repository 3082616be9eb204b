"""One audit of Zendesk after the other, read into what it means."""

from typing import Any

import pytest

from alerts.model import Actor, ActorKind
from playbooks.ports import ChangeKind
from responder.secrets import Secret
from responder.tickets.zendesk_read import Known, numbers_in, read, survivor
from responder.tickets.zendesk_rows import Audit, TicketRow, UserRow
from responder.tickets.zendesk_settings import ZendeskTickets

SETTINGS = ZendeskTickets.model_validate(
    {
        "system": "zendesk",
        "url": "https://acme.example",
        "user": "responder@acme.example",
        "token_file": Secret.of("t"),
        "agent_domain": "acme.example",
        "queues": {"rapid-response": "Emergency"},
    }
)
USERS = {
    "901": UserRow(id="901", email="dana@acme.example", role="agent"),
    "902": UserRow(id="902", email="bob@partner.example", role="agent"),
    "77": UserRow(id="77", email="john@customer.example", role="end-user"),
}
KNOWN = Known("900", USERS, {"26": "Emergency", "24": "level-2"}, SETTINGS)
DANA = Actor(ActorKind.PERSON, "dana")


def audit(*events: dict[str, Any], author: int = 901, **told: Any) -> Audit:
    """An audit in the shape of the reference, with a number for each event."""
    numbered = [{"id": 100 + place, **event} for place, event in enumerate(events)]
    base = {"id": 99, "ticket_id": 42, "created_at": "2026-11-22T03:10:00Z", "author_id": author}
    return Audit.model_validate({**base, "via": {"channel": "web"}, "events": numbered, **told})


def changed(name: str, was: object, value: object) -> dict[str, Any]:
    """A field that somebody changed."""
    return {"type": "Change", "field_name": name, "previous_value": was, "value": value}


@pytest.mark.parametrize(
    ("event", "kind", "data"),
    [
        (changed("status", "open", "solved"), "state", {"state": "solved", "was": "open"}),
        (changed("status", "open", "hold"), "state", {"state": "waiting-vendor", "was": "open"}),
        (changed("assignee_id", None, "901"), "owner", {"owner": "dana"}),
        (changed("assignee_id", "901", "902"), "owner", {"owner": "bob@partner.example"}),
        (changed("assignee_id", "901", None), "owner", {"owner": None}),
        (changed("assignee_id", "901", "900"), "owner", {"owner": None}),
        (changed("assignee_id", "", "5"), "owner", {"owner": "5"}),
        (changed("group_id", "24", "26"), "queue", {"queue": "rapid-response"}),
        (changed("group_id", "26", "99"), "queue", {"queue": "99"}),
        (changed("priority", "high", "urgent"), "priority", {"priority": "critical"}),
        (changed("priority", "high", None), "priority", {"priority": "medium"}),
        ({"type": "SatisfactionRating", "score": "bad"}, "vote", {"score": "1"}),
    ],
)
def test_an_event_is_a_change(event: dict[str, Any], kind: str, data: dict[str, Any]) -> None:
    (change,) = read(audit(event), KNOWN)
    assert (change.kind, dict(change.data), change.actor) == (kind, data, DANA)
    assert (change.id, change.ticket.id) == ("100", "42")


@pytest.mark.parametrize(
    "event",
    [
        changed("assignee_id", None, "900"),
        changed("tags", [], ["vip"]),
        {"type": "Notification", "body": "Your ticket has been updated"},
        {"type": "SatisfactionRating", "score": "offered"},
        {"type": "SomethingNew", "value": {"minutes": 1440}},
    ],
)
def test_what_says_nothing_is_none(event: dict[str, Any]) -> None:
    assert read(audit(event), KNOWN) == []


@pytest.mark.parametrize(
    ("author", "public", "kind", "actor"),
    [
        (901, True, "reply", DANA),
        (901, False, "note", DANA),
        (77, True, "customer", Actor(ActorKind.CUSTOMER, "john@customer.example")),
        (900, False, "note", Actor(ActorKind.DAEMON, "900")),
        (5, True, "reply", Actor(ActorKind.PERSON, "5")),
    ],
)
def test_words_are_of_whoever_wrote_them(
    author: int, public: bool, kind: str, actor: Actor
) -> None:
    said = {"type": "Comment", "author_id": author, "public": public, "body": "<b>Hi</b>"}
    (change,) = read(audit({**said, "plain_body": "Hi"}), KNOWN)
    assert (change.kind, change.actor, change.text) == (kind, actor, "Hi")


@pytest.mark.parametrize("channel", ["rule", "system"])
def test_what_zendesk_does_by_itself_is_no_persons_act(channel: str) -> None:
    event = changed("status", "solved", "closed")
    (change,) = read(audit(event, via={"channel": channel}), KNOWN)
    assert change.actor.kind is ActorKind.SYSTEM
    (change,) = read(audit(event, author=-1), KNOWN)
    assert change.actor.kind is ActorKind.SYSTEM


def test_a_new_ticket_is_one_change_and_its_first_words_are_none() -> None:
    first = {"type": "Comment", "body": "web1 does not answer", "public": False}
    (opened,) = read(audit(first, {"type": "Create", "field_name": "status"}, author=900), KNOWN)
    assert (opened.kind, opened.id, opened.text) == (ChangeKind.OPENED, "99", "")


def test_a_ticket_that_is_given_to_somebody_becomes_open_without_a_word() -> None:
    events = changed("assignee_id", None, "901"), changed("status", "new", "open")
    assert [change.kind for change in read(audit(*events), KNOWN)] == [ChangeKind.OWNER]


@pytest.mark.parametrize(
    "words",
    [
        'This request was closed and merged into request #123 "My shop is down!".',
        "Diese Anfrage wurde geschlossen und mit Anfrage #123 zusammengeführt.",
        "#123",
    ],
)
def test_a_merge_names_the_survivor_in_every_language(words: str) -> None:
    ended = audit(
        {"type": "Comment", "body": words, "public": False},
        changed("tags", ["a"], ["a", "closed_by_merge"]),
        changed("status", "open", "closed"),
    )
    (change,) = read(ended, KNOWN)
    assert (change.kind, dict(change.data)) == (ChangeKind.MERGED, {"into": "123"})


def test_a_merge_without_words_may_be_told_by_its_source() -> None:
    via = {"channel": "web", "source": {"rel": "merge", "to": {"ticket_id": 123}}}
    event = changed("tags", [], ["closed_by_merge"])
    assert survivor(audit(event, via=via)) == "123"
    assert survivor(audit(event)) == ""


def test_what_is_null_is_not_told() -> None:
    told = audit(
        {**changed("priority", None, "low"), "via": None, "public": None},
        via={"channel": "web", "source": {"rel": None, "to": None}},
    )
    assert [change.kind for change in read(told, KNOWN)] == [ChangeKind.PRIORITY]
    assert not read(audit(via=None), KNOWN)
    row = {"id": 42, "updated_at": "2026-11-22T03:10:00Z", "assignee_id": None, "tags": None}
    assert TicketRow.model_validate({**row, "external_id": None}).owner == ""


def test_the_arrival_of_another_ticket_is_no_word_of_a_person() -> None:
    via = {"channel": "web", "source": {"rel": "merge"}}
    said = {"type": "Comment", "body": "Request #42 was closed and merged into this one."}
    assert read(audit(said, via=via), KNOWN) == []


def test_the_users_of_an_audit_are_asked_for() -> None:
    told = audit(changed("assignee_id", "901", 902), {"type": "Comment", "author_id": 77})
    assert {one for one in numbers_in(told) if one} == {"901", "902", "77"}


@pytest.mark.parametrize(
    ("name", "address"),
    [("dana", "dana@acme.example"), ("bob@partner.example", "bob@partner.example")],
)
def test_agents_are_called_by_a_short_name_at_home(name: str, address: str) -> None:
    assert SETTINGS.address(name) == address
    assert SETTINGS.agent(address) == name
