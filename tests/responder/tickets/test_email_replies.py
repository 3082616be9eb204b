"""Do we learn from mails what people did, and nothing from machines or from ourselves?"""

from datetime import timedelta

import pytest

from alerts.model import ActorKind
from playbooks.datacentre.incoming import read_mail
from playbooks.ports import Change, ChangeKind, TicketRef
from responder.tickets.email_letters import note_id, opening_id
from responder.tickets.email_replies import Known, number_in, read
from responder.tickets.keys import mark, tail
from tests.contracts.house_email import settings
from tests.responder.tickets.mails import NOW, incoming

SETTINGS = settings(25)
KEY = "7f-1/ticket"
REF = tail(KEY)
OPENING = opening_id(KEY, SETTINGS)
NUMBERED = Known((("[hosting.test #12]", REF),))


def told(changes: list[Change]) -> list[tuple[str, str, str]]:
    return [(change.kind.value, change.actor.name, change.text) for change in changes]


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("[hosting.test #123] AutoReply: web1 is down", "[hosting.test #123]"),
        ("Re: [Ticket#2026112110000011] web1", "[Ticket#2026112110000011]"),
        ("[#7] web1 is down", "[#7]"),
        ("web1 is down (#45)", "(#45)"),
        ("[Ticket ID: ABC-123456] web1", "[Ticket ID: ABC-123456]"),
        ("web1 is down [INC 7f-1] [RR-0123456789abcdef]", ""),
        ("we are number #1", ""),
    ],
)
def test_the_number_of_other_systems_is_found_in_subjects(subject: str, number: str) -> None:
    assert number_in(subject, SETTINGS) == number


def test_a_receipt_tells_the_number_and_nothing_else() -> None:
    receipt = incoming(
        f"[hosting.test #12] AutoReply: web1 is down [{REF}]",
        "This message has been automatically generated.",
        Auto_Submitted="auto-replied",
    )
    (change,) = read([receipt], Known(), SETTINGS, now=NOW)
    assert (change.kind, change.ticket) == (ChangeKind.NUMBERED, TicketRef("email", REF))
    assert (change.id, change.data) == ("[hosting.test #12]", {"number": "[hosting.test #12]"})
    assert read([receipt], NUMBERED, SETTINGS, now=NOW) == []


def test_the_first_mail_in_bulk_is_a_receipt_too() -> None:
    receipt = incoming(
        "[hosting.test #12] AutoReply: web1", "Thank you!", In_Reply_To=OPENING, Precedence="bulk"
    )
    assert [one.kind for one in read([receipt], Known(), SETTINGS, now=NOW)] == ["numbered"]


def test_a_persons_answer_is_a_reply_and_who_answers_first_has_it() -> None:
    first = incoming("Re: [hosting.test #12] web1", "The disk is full.\n\n> web1 is down")
    second = incoming("Re: [hosting.test #12] web1", "Freed 10 GB.", id_="<2@rt>")
    changes = read([first, second], NUMBERED, SETTINGS, now=NOW)
    assert told(changes) == [
        ("reply", "Dana", "The disk is full."),
        ("owner", "Dana", ""),
        ("reply", "Dana", "Freed 10 GB."),
    ]
    assert [one.id for one in changes] == ["<1@rt>", "<1@rt>/owner", "<2@rt>"]
    assert {one.actor.kind for one in changes} == {ActorKind.PERSON}
    owned = Known(NUMBERED.numbers, frozenset({REF}))
    assert [one.kind for one in read([first], owned, SETTINGS, now=NOW)] == ["reply"]


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Re: web1", {"In_Reply_To": OPENING}),
        ("Re: web1", {"References": f"<x@y> {note_id(REF, '7f-1/note/3', SETTINGS)} <z@y>"}),
        (f"Re: web1 [{REF}]", {}),
        ("Re: [hosting.test #12] another subject", {}),
    ],
)
def test_an_answer_finds_its_ticket(subject: str, headers: dict[str, str]) -> None:
    changes = read([incoming(subject, "Done.", **headers)], NUMBERED, SETTINGS, now=NOW)
    assert changes[0].ticket == TicketRef("email", REF)


def test_what_names_no_ticket_of_ours_is_none_of_our_business() -> None:
    strange = [incoming("Re: [hosting.test #13] offer", "Buy!"), incoming("hello", "there")]
    assert read(strange, NUMBERED, SETTINGS, now=NOW) == []
    foreign = incoming("Re: web1", "Done.", In_Reply_To=f"<{REF}.0123@elsewhere.test>")
    assert read([foreign], NUMBERED, SETTINGS, now=NOW) == []


@pytest.mark.parametrize(
    "told",
    [
        {"sender": "responder@hosting.test"},  # the copy of our own mail
        {"id_": OPENING},
        {"Auto_Submitted": "auto-replied"},  # a holiday
        {"X_Autoreply": "yes"},
    ],
)
def test_neither_we_nor_machines_are_people(told: dict[str, str]) -> None:
    answer = incoming(f"Re: [hosting.test #12] web1 [{REF}]", "Words.", **told)
    assert read([answer], NUMBERED, SETTINGS, now=NOW) == []


def test_our_own_words_that_come_back_are_no_answer() -> None:
    echo = incoming("[hosting.test #12] web1", f"Acknowledged by ana.\n\n{mark('k')}")
    assert read([echo], NUMBERED, SETTINGS, now=NOW) == []
    quoted = incoming("[hosting.test #12] web1", f"I look.\n\n> Well.\n> {mark('k')}")
    assert told(read([quoted], NUMBERED, SETTINGS, now=NOW))[0] == ("reply", "Dana", "I look.")


def test_who_is_no_staff_is_a_customer_and_teaches_us_no_number() -> None:
    john = incoming(
        f"[elsewhere #9] Re: web1 [{REF}]", "Is it up?", sender="John <John@Customer.example>"
    )
    (change,) = read([john], Known(), SETTINGS, now=NOW)
    assert (change.kind, change.actor.kind) == (ChangeKind.CUSTOMER, ActorKind.CUSTOMER)
    assert change.actor.name == "john@customer.example"
    others = settings(25, staff=["@customer.example"])
    assert [one.kind for one in read([john], Known(), others, now=NOW)] == [
        "numbered",
        "reply",
        "owner",
    ]


def test_a_mail_that_could_not_be_delivered_is_noted() -> None:
    raw = (
        "From: MAILER-DAEMON@mail.hosting.test\r\nMessage-ID: <b@mail>\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nunknown user rr\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {OPENING}\r\n--b--\r\n"
    )
    (change,) = read([read_mail(raw.encode())], Known(), SETTINGS, now=NOW)
    assert (change.kind, change.actor.kind) == (ChangeKind.NOTE, ActorKind.SYSTEM)
    assert "could not be delivered" in change.text
    assert "unknown user rr" in change.text


def test_two_tickets_that_were_merged_there_keep_their_answers_apart() -> None:
    other = tail("7f-2/ticket")
    known = Known((*NUMBERED.numbers, ("[hosting.test #12]", other)))
    answer = incoming(
        "[hosting.test #12] web2", "Done.", Precedence="bulk", References=f"<{other}.0@x> {OPENING}"
    )
    assert {one.ticket.id for one in read([answer], known, SETTINGS, now=NOW)} == {REF}
    named = incoming(f"[hosting.test #12] web2 [{other}]", "Done.", Precedence="bulk")
    assert [one.kind for one in read([named], known, SETTINGS, now=NOW)] == ["reply", "owner"]


def test_a_clock_that_is_ahead_does_not_put_an_answer_into_the_future() -> None:
    answer = incoming(f"[{REF}]", "Done.")
    assert read([answer], Known(), SETTINGS, now=NOW - timedelta(hours=1))[0].at == NOW - timedelta(
        hours=1
    )
