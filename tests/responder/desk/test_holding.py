"""Which replies only say that somebody will look?"""

import time

import pytest

from responder.desk.holding import is_holding


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello John,\n\nThank you for your message. We are looking into it.\n\nKind regards,\nAna",
        "We're on it!",
        "I'm on it",
        "we received your ticket and are working on it",
        "Thanks, we will get back to you shortly.",
        "Your ticket #4711 has been received.",
        "Your request was forwarded to our administrators.",
        "We will keep you posted",
        "Someone will be in touch.",
        "We'll check it. Please bear with us.",
        "Automatic reply: your e-mail has been received.",
        "We are currently investigating the problem\n-- \nSupport team, acme, +49 30 1234",
    ],
)
def test_an_acknowledgement_helps_nobody(text: str) -> None:
    assert is_holding(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for your patience, the disk was full.",
        "We are looking into it: the disk is full and we are moving your logs",
        "We restarted apache.",
        "We will update nginx tonight at 03:00.",
        "Please send us the error log.",
        "Fixed.",
        "Hi, the server is back since 03:20 UTC.",
        "Reply to this ticket with your address",
        "Your ticket has been received. Meanwhile use mail2.example.net.",
        "We are working on it. " * 40,
    ],
)
def test_one_thing_said_is_an_answer(text: str) -> None:
    assert not is_holding(text)


@pytest.mark.parametrize(
    "text", ["we are " * 80, "a " * 300, "\n" * 600, "thanks " * 85, "-- \n" * 150]
)
@pytest.mark.usefixtures("no_collector")
def test_no_text_takes_long_to_judge(text: str) -> None:
    begun = time.thread_time()
    is_holding(text)
    assert time.thread_time() - begun < 1
