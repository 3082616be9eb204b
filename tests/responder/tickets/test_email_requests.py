"""R1: which mails that come to our mailbox too are a customer's new ticket?"""

from dataclasses import replace

import pytest

from playbooks.datacentre.incoming import Incoming
from responder.tickets.email_replies import Known, key_of, read, ref_of
from responder.tickets.email_requests import brought
from responder.tickets.keys import tail
from tests.contracts.house_email import settings
from tests.responder.tickets.mails import NOW, incoming

JOHN = "John Doe <John@Customer.example>"
SETTINGS = settings(25)


def asked(
    subject: str = "My shop is down", text: str = "Nothing answers.", **told: str
) -> Incoming:
    """A customer writes to the first line."""
    headers = {"sender": JOHN, "to": "Support <Support@hosting.test>", "id_": "<a1@customer>"}
    return incoming(subject, text, **(headers | told))


def test_r1_a_customers_mail_to_a_queue_is_a_request_of_his() -> None:
    (one,) = brought([asked()], Known(), SETTINGS, now=NOW)
    assert (one.subject, one.text) == ("My shop is down", "Nothing answers.")
    assert (one.sender, one.sender_name) == ("john@customer.example", "John Doe")
    assert (one.queue, one.to, one.at) == ("level-1", "support@hosting.test", NOW)
    assert (one.ticket.id, one.key) == (ref_of("<a1@customer>"), key_of("<a1@customer>"))
    assert one.ticket.id == tail(f"email/{one.key}")  # as every ticket here is called


def test_a_mail_to_two_queues_is_one_request() -> None:
    copy = asked(to="sales@hosting.test")
    both = asked(to="sales@hosting.test, support@hosting.test")
    assert len(brought([asked(), copy, both], Known(), SETTINGS, now=NOW)) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"to": "somebody@hosting.test"},
        {"sender": "dana@hosting.test"},
        {"sender": "responder@hosting.test"},
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"subject": "Re: [hosting.test #12] My shop is down"},
        {"subject": "Re: web1 is down [RR-0123456789abcdef]"},
        {"text": "It is down.\n\nref-0123456789abcdef"},
        {"sender": "undisclosed"},
    ],
)
def test_what_no_customer_wrote_or_what_goes_on_with_a_ticket_is_none(told: dict[str, str]) -> None:
    assert brought([asked(**told)], Known(), SETTINGS, now=NOW) == []


def test_who_answers_his_own_request_opens_no_second_one() -> None:
    again = asked(id_="<a2@customer>", In_Reply_To="<a1@customer>")
    assert len(brought([asked(), again], Known(), SETTINGS, now=NOW)) == 1
    known = Known(brought=frozenset({ref_of("<a1@customer>")}))
    assert brought([again], known, SETTINGS, now=NOW) == []


def test_answers_to_his_mail_are_what_happens_to_its_ticket() -> None:
    known = Known(brought=frozenset({ref_of("<a1@customer>")}))
    staff = asked(
        "[hosting.test #12] Re: My shop is down",
        "The disk was full.",
        sender="Dana via RT <rr@hosting.test>",
        id_="<s1@rt>",
        References="<a1@customer>",
    )
    thanks = asked("Re: [hosting.test #12] My shop is down", "Thank you.", id_="<a2@customer>")
    changes = read([staff, thanks], known, SETTINGS, now=NOW)
    assert [one.kind for one in changes] == ["numbered", "reply", "owner", "customer"]
    assert {one.ticket.id for one in changes} == {ref_of("<a1@customer>")}


def test_a_thousand_forged_references_cost_no_more_than_the_last_ten() -> None:
    many = replace(asked(), answers=tuple(f"<{number}@x>" for number in range(50)))
    known = Known(brought=frozenset({ref_of("<3@x>")}))
    assert len(brought([many], known, SETTINGS, now=NOW)) == 1
