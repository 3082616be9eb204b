"""A page as a mail: its bytes on the wire, for honest and for hostile words."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from playbooks.ports import Page, PageEvent
from responder.paging.mail import compose
from tests.responder.paging.pages import HOSTILE_TEXTS, PAGE, hostile

HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Responder-Incident",
    "X-Responder-Step",
    "X-Responder-Event",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]


def sent(page: Page, *, sender: str = "responder@example.net") -> EmailMessage:
    """The mail as it arrives: composed, written as bytes, read again."""
    mail = compose(page, sender=sender, to="ana@example.net")
    arrived = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert isinstance(arrived, EmailMessage)
    return arrived


def test_a_page_becomes_a_plain_mail() -> None:
    mail = sent(PAGE)
    assert mail.keys() == HEADERS
    assert mail["From"] == "responder@example.net"
    assert mail["To"] == "ana@example.net"
    assert mail["Subject"] == "CRITICAL: web1 is down"
    assert mail["Date"].datetime == PAGE.at
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Responder-Incident"] == "INC-7"
    assert mail["X-Responder-Step"] == "1"
    assert mail["X-Responder-Event"] == "opened"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == PAGE.text.splitlines()


def test_the_same_page_is_the_same_mail_byte_for_byte() -> None:
    first, second = (
        compose(PAGE, sender="responder@example.net", to="ana@example.net").as_bytes()
        for _ in range(2)
    )
    assert first == second


def test_the_id_comes_from_the_key_alone() -> None:
    again = replace(PAGE, title="other", text="other", event=PageEvent.REPEATED)
    assert sent(again)["Message-ID"] == sent(PAGE)["Message-ID"]
    other = replace(PAGE, key="INC-7/1/2/ana/0")
    assert sent(other)["Message-ID"] != sent(PAGE)["Message-ID"]
    assert sent(PAGE)["Message-ID"].endswith("@example.net>")


def test_the_mails_of_an_incident_are_one_thread() -> None:
    first, second = sent(PAGE), sent(replace(PAGE, key="INC-7/1/recovered/ana/0"))
    stranger = sent(replace(PAGE, thread="INC-8"))
    assert first["References"] == first["In-Reply-To"] == second["References"]
    assert stranger["References"] != first["References"]


def test_a_long_domain_does_not_break_the_thread() -> None:
    """Python would fold and encode a long References header, which no mail reader understands."""
    domain = "a-very-long-name-of-a-hosting-company." * 4 + "example.net"
    raw = compose(PAGE, sender=f"responder@{domain}", to="ana@example.net").as_bytes()
    for name in (b"Message-ID", b"In-Reply-To", b"References"):
        [line] = [line for line in raw.split(b"\r\n") if line.startswith(name + b":")]
        assert line.endswith(f"@{domain}>".encode())


def test_a_reply_goes_where_it_is_wanted() -> None:
    mail = compose(
        PAGE, sender="responder@example.net", to="ana@example.net", reply_to="noc@example.net"
    )
    assert mail["Reply-To"] == "noc@example.net"


def test_a_link_stands_unbroken_on_the_wire() -> None:
    link = "https://responder.example.net/a/" + "4fd0" * 100
    page = replace(PAGE, text=f"Acknowledge: {link}\n")
    raw = compose(page, sender="responder@example.net", to="ana@example.net").as_bytes()
    assert f"Acknowledge: {link}\r\n".encode() in raw


@pytest.mark.parametrize("text", ["Zürich ist weg 🔥", "y" * 5000, "Zürich\n" + "y" * 5000])
def test_what_seven_bits_can_not_hold_arrives_whole(text: str) -> None:
    page = replace(PAGE, text=text)
    raw = compose(page, sender="responder@example.net", to="ana@example.net").as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    shown = text if len(text) < 2000 else text.replace("y" * 5000, "y" * 1997 + "...")
    assert sent(page).get_content().splitlines() == shown.splitlines()


def test_a_subject_is_cut_at_200_letters() -> None:
    assert len(sent(replace(PAGE, title="x" * 5000))["Subject"]) == 200


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
def test_a_label_never_becomes_a_header_or_ends_the_mail(text: str) -> None:
    """Python 3.11.7 turns an encoded word in a subject into a real header (facts/security.md)."""
    page = hostile(text)
    raw = compose(page, sender="responder@example.net", to="ana@example.net").as_bytes()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\x00" not in raw
    mail = sent(page)
    assert mail.keys() == HEADERS
    assert not mail.defects
    assert mail["To"] == "ana@example.net"
