"""Is what Twilio is to say well-formed, plain and impossible to break out of?"""

from xml.etree.ElementTree import Element, fromstring

import pytest

from responder.paging import twiml
from tests.responder.paging.pages import HOSTILE_TEXTS

ACTION = "https://responder.example.net/callbacks/t0ken/twilio/key?a=1&b=2"


def read(told: str) -> Element:
    return fromstring(told.encode())  # noqa: S314  our own


def verbs(told: str) -> list[str]:
    return [verb.tag for verb in read(told)]


def test_a_question_is_asked_three_times_and_takes_one_key() -> None:
    told = read(twiml.asking("web1 is down.", action=ACTION))
    gathers = told.findall("Gather")
    assert len(gathers) == 3
    for gather in gathers:
        assert gather.attrib == {
            "input": "dtmf", "numDigits": "1", "finishOnKey": "", "timeout": "10",
            "method": "POST", "action": ACTION,
        }  # fmt: skip
        assert gather.findtext("Say") == (
            "web1 is down. Press 4 to acknowledge. Press 5 to escalate."
            " Press star to hear it again."
        )
    assert told.findtext("Say") == "No key was pressed. Goodbye."


def test_the_last_word_hangs_up() -> None:
    assert verbs(twiml.saying("Thank you.")) == ["Say", "Hangup"]


def test_a_page_that_takes_no_key_is_said_twice() -> None:
    said = read(twiml.telling("CRITICAL: web1 is down")).findtext("Say") or ""
    assert said.count("This is Rapid Responder. CRITICAL: web1 is down.") == 2
    assert "Press" not in said


def test_whoever_must_wait_is_asked_to_and_comes_back() -> None:
    told = read(twiml.later(ACTION))
    assert [verb.tag for verb in told] == ["Say", "Pause", "Redirect"]
    assert (told[1].attrib, told[2].text) == ({"length": "5"}, ACTION)


def test_an_answer_to_an_sms_is_one_message_or_none() -> None:
    assert read(twiml.writing("Acknowledged: web1")).findtext("Message") == "Acknowledged: web1"
    assert verbs(twiml.writing("")) == []


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
def test_no_label_becomes_a_verb(text: str) -> None:
    hostile = f"</Say><Dial>+1900</Dial><Say>{text}"
    assert verbs(twiml.saying(hostile)) == ["Say", "Hangup"]
    assert verbs(twiml.telling(hostile)) == ["Say"]
    assert verbs(twiml.asking(hostile, action=ACTION)) == ["Gather"] * 3 + ["Say"]
    assert verbs(twiml.writing(hostile)) == ["Message"]
    assert len(twiml.asking(hostile, action=ACTION)) < 20_000
