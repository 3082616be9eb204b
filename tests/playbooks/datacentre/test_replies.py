"""Replies as data centres write them: whose they are, and what of them is new."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.datacentre.by_mail import order_id
from playbooks.datacentre.incoming import Incoming, read_mail, references
from playbooks.datacentre.message import Letter, compose_stop
from playbooks.datacentre.replies import Answer, Heard, Reply, about, heard
from playbooks.datacentre.tasks import Task
from tests.playbooks.datacentre.scene import NIGHT, a_letter, a_site, a_wish


@pytest.fixture
def letter(tmp_path: Path) -> Letter:
    return a_letter(a_site(tmp_path))


@pytest.fixture
def letters(letter: Letter, tmp_path: Path) -> list[Letter]:
    site = a_site(tmp_path)
    others = [a_letter(site, wish=a_wish(incident=f"abc-{number}")) for number in (8, 9)]
    return [*others, letter, a_letter(site, wish=a_wish(Task.LOOK_AT_SCREEN))]


def mail(subject: str, text: str, **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = "noc@dc.example"
    message["To"] = "dc-replies@example.net"
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def test_a_reply_is_found_by_the_reference_in_its_subject(
    letter: Letter, letters: list[Letter]
) -> None:
    assert about(read_mail(mail(f"Re: {letter.subject}", "Done.")), letters) is letter


def test_a_new_subject_threads_by_what_it_answers(letter: Letter, letters: list[Letter]) -> None:
    ours = order_id(letter.key, "responder@example.net")
    for name in ("In_Reply_To", "References"):
        told = {name: f"<other@dc.example> {ours}"}
        assert about(read_mail(mail("[Ticket 4711] power", "Done.", **told)), letters) is letter


def test_a_new_subject_and_a_new_thread_are_found_by_the_text(
    letter: Letter, letters: list[Letter]
) -> None:
    incoming = read_mail(mail("Ticket 4711", f"About your order {letter.reference.lower()}: done"))
    assert about(incoming, letters) is letter


def test_an_answer_to_stop_is_about_its_order(
    letter: Letter, letters: list[Letter], tmp_path: Path
) -> None:
    stop = compose_stop(letter, a_site(tmp_path), now=NIGHT)
    told = order_id(stop.key, "responder@example.net")
    assert about(read_mail(mail("hm", "Fine", In_Reply_To=told)), letters) is letter


def test_a_text_about_two_orders_is_about_none(letters: list[Letter]) -> None:
    text = f"{letters[0].reference} and {letters[1].reference}"
    assert about(read_mail(mail("hm", text)), letters) is None
    assert about(read_mail(mail("hm", "nothing of yours")), letters) is None


def test_a_reference_may_be_misread() -> None:
    assert references("rr-0123456o RR-ABCDEFGI") == ("RR-01234560", "RR-ABCDEFG1")


def test_quotations_of_our_own_words_say_nothing(letter: Letter) -> None:
    quoted = "\n".join(f"> {line}" for line in letter.body.splitlines())
    text = f"Which rack?\n\nOn Sat, 18 Jul 2026 at 03:10, Responder wrote:\n{quoted}\n"
    told = heard(read_mail(mail("Re: x", text)), letter)
    assert (told.answer, told.words) == (Answer.QUESTION, "Which rack?")
    bare = heard(read_mail(mail("Re: x", f"Done.\n\n{letter.body}")), letter)
    assert (bare.answer, bare.words) == (Answer.DONE, "Done.")


@pytest.mark.parametrize(
    "end",
    [
        "-----Original Message-----\nIs it done?",
        "________________________________\nFrom: responder@example.net\nIs it done?",
        "Am 18.07.2026 um 03:10 schrieb Responder:\nIs it done?",
        "From: Responder <responder@example.net>\nIs it done?",
        "-- \nAny questions? Call us.",
    ],
)
def test_what_stands_below_is_not_read(end: str, letter: Letter) -> None:
    told = heard(read_mail(mail("Re: x", f"A technician is on his way.\n\n{end}\n")), letter)
    assert told.answer is Answer.ACKNOWLEDGED


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x"},
        {"X_Autoreply": "yes"},
    ],
)
def test_a_machine_acknowledges_nothing(headers: dict[str, str], letter: Letter) -> None:
    raw = mail("[Ticket#20260718] ours", "A technician is on his way. Done.", **headers)
    told = heard(read_mail(raw), letter)
    assert (told.answer, told.ticket) == (Answer.RECEIPT, "20260718")


def test_a_person_is_no_machine(letter: Letter) -> None:
    raw = mail("x", "A technician is on his way.", Auto_Submitted="no")
    assert heard(read_mail(raw), letter).answer is Answer.ACKNOWLEDGED


def test_a_mail_that_bounced_is_no_answer(letter: Letter, letters: list[Letter]) -> None:
    ours = order_id(letter.key, "responder@example.net")
    raw = (
        "From: MAILER-DAEMON@dc.example\r\nSubject: Undelivered Mail\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n"
        "Auto-Submitted: auto-replied\r\n\r\n--B\r\n\r\nI am sorry.\r\n--B\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; dc.example\r\n\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n\r\n--B\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {ours}\r\nSubject: x\r\n\r\n--B--\r\n"
    ).encode()
    incoming = read_mail(raw)
    assert about(incoming, letters) is letter
    assert heard(incoming, letter).answer is Answer.BOUNCED
    later = read_mail(raw.replace(b"Action: failed", b"Action: delayed"))
    assert heard(later, letter).answer is Answer.RECEIPT


def test_html_alone_is_read_without_its_tags(letter: Letter) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content(
        "<html><head><style>p{}</style></head><body><p>A technician is on his way.</p>"
        "<blockquote>Is it done?</blockquote></body></html>",
        subtype="html",
    )
    told = heard(read_mail(message.as_bytes()), letter)
    assert (told.answer, told.words) == (Answer.ACKNOWLEDGED, "A technician is on his way.")


def test_the_same_mail_has_the_same_id() -> None:
    raw = mail("x", "y")
    assert read_mail(raw).id == read_mail(raw).id != read_mail(mail("x", "z")).id
    assert read_mail(mail("x", "y", Message_ID="<a@b>")).id == "<a@b>"


@given(st.binary(max_size=3000))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    assert isinstance(read_mail(raw), Incoming)


@given(
    st.sampled_from(["Subject", "Message-ID", "In-Reply-To", "Content-Type", "Auto-Submitted"]),
    st.binary(max_size=300),
    st.binary(max_size=300),
)
def test_no_header_breaks_the_reader(name: str, value: bytes, body: bytes) -> None:
    raw = name.encode() + b": " + value.replace(b"\n", b" ") + b"\r\n\r\n" + body
    incoming = read_mail(raw)
    assert "\n" not in incoming.subject


def test_a_mail_that_is_nested_without_end_is_left_out() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(2000)
    )
    assert read_mail(deep).text == ""


@pytest.mark.parametrize("charset", ["nonsense-8", "utf-7", "us-ascii", "iso-8859-1"])
def test_odd_charsets_are_read_as_far_as_it_goes(charset: str, letter: Letter) -> None:
    raw = f"Content-Type: text/plain; charset={charset}\r\n\r\nDone.".encode()
    assert heard(read_mail(raw), letter).answer is Answer.DONE


def test_a_portal_may_say_it_in_its_own_words(letter: Letter) -> None:
    reply = Reply(reference=letter.reference, state="acknowledged", text="Done?", ticket="DC-1")
    told = reply.heard(letter)
    assert told == Heard(told.id, Answer.ACKNOWLEDGED, "Done?", "DC-1")
    assert Reply(reference=letter.reference, text="Done.").heard(letter).answer is Answer.DONE
    assert about(reply.incoming(), [letter]) is letter


def test_the_same_post_of_a_portal_counts_once(letter: Letter) -> None:
    ids = {Reply(reference=letter.reference, text="Done.").heard(letter).id for _ in range(2)}
    assert len(ids) == 1
