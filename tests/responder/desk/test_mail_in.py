"""R3: which mails are a customer's words, and which must never be answered?"""

import pytest

from responder.desk.mail_in import Letter, read_letter, recipient

OURS = {"support@acme.example", "r@example.net"}


def mail(body: str = "My shop is slow.", **headers: str) -> bytes:
    told = {
        "From": "Mara <Mara@gina.example>",
        "To": "Acme <support@acme.example>",
        "Subject": "Slow",
        "Message-ID": "<1@gina.example>",
    }
    told |= {name.replace("_", "-"): text for name, text in headers.items()}
    head = "".join(f"{name}: {text}\r\n" for name, text in told.items() if text)
    return f"{head}\r\n{body}\r\n".encode()


def read(body: str = "My shop is slow.", **headers: str) -> Letter | str:
    return read_letter(mail(body, **headers), ours=OURS)


def letter(body: str = "My shop is slow.", **headers: str) -> Letter:
    found = read(body, **headers)
    assert isinstance(found, Letter), found
    return found


def test_a_mail_is_a_letter_with_its_writer_and_all_to_whom_it_came() -> None:
    found = letter(Cc="b@else.example", Delivered_To="box@host.example")
    assert (found.mail.sender, found.mail.name, found.subject) == (
        "mara@gina.example",
        "Mara",
        "Slow",
    )
    assert found.to == ("box@host.example", "support@acme.example", "b@else.example")
    assert (found.text, found.reference) == ("My shop is slow.", 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; x=y"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"Precedence": "auto_reply"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@mx.example"},
        {"From": "no-reply@shop.example"},
        {"From": "donotreply@shop.example"},
        {"From": "Acme <SUPPORT@acme.example>"},
        {"From": ""},
        {"List_Id": "<news.example>"},
        {"X_Loop": "support@acme.example"},
        {"X_Responder_Event": "opened"},
        {"Message_ID": "<desk.0123456789abcdef01234567@acme.example>"},
        {"Message_ID": "<desk.7.0123456789abcdef01234567@acme.example>"},
        {"Message_ID": "<notice.0123456789abcdef01234567@acme.example>"},
        {"Content_Type": "multipart/report; boundary=x"},
    ],
)
def test_what_a_machine_or_we_ourselves_have_written_is_no_letter(
    headers: dict[str, str],
) -> None:
    """No two machines may write to each other for ever (RFC 3834)."""
    assert isinstance(read(**headers), str)


def test_a_person_who_says_that_he_is_none_is_one() -> None:
    assert letter(Auto_Submitted="no").mail.sender == "mara@gina.example"


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: Acme: we have your request [#17]", 17),
        ("AW: [#3] Re: [#17]", 17),
        ("order #17", 0),
        ("[#99999999999999]", 0),
    ],
)
def test_an_answer_names_its_ticket(subject: str, number: int) -> None:
    assert letter(Subject=subject).reference == number


def test_of_an_answer_only_his_own_words_count() -> None:
    told = letter("It works now.\r\n\r\nOn Mon, support wrote:\r\n> your request is with us")
    assert told.text == "It works now."


def test_a_mail_without_words_is_not_lost() -> None:
    assert (letter("", Subject="").subject, letter("").text) == ("(no subject)", "(no text)")


def test_the_brand_is_told_by_the_first_recipient_that_is_a_door_of_ours() -> None:
    found = letter(To="friend@else.example, help@blau.example")
    assert recipient(found, {"blau.example"}, "box@acme.example") == "help@blau.example"
    assert recipient(found, {"other.example"}, "box@acme.example") == "box@acme.example"
    assert recipient(found, set(), "") == "friend@else.example"


@pytest.mark.parametrize("raw", [b"", b"\xff\x00\xfe", b"From: a@b.example\r\n" * 1000])
def test_no_mail_is_too_odd_to_be_read(raw: bytes) -> None:
    assert isinstance(read_letter(raw, ours=OURS), str | Letter)


@pytest.mark.parametrize("poison", ["(" * 60_000, ":" * 60_000, "a@b," * 15_000])
def test_a_reader_who_hides_in_comments_does_not_stop_the_mailbox(poison: str) -> None:
    assert isinstance(read(To=poison, Delivered_To=poison), Letter)
