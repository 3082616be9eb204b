"""The words of a page, read as the woken person reads them; and by those who would forge them."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Priority
from playbooks.ports import PageEvent
from responder.paging.texts import TITLE_LENGTH, page_text

SINCE = datetime(2025, 11, 21, 4, 6, 59, tzinfo=timezone(timedelta(hours=1)))


def test_a_page_says_what_where_since_when_and_how_to_answer() -> None:
    page = page_text(
        event=PageEvent.OPENED,
        title="web1 is down",
        priority=Priority.CRITICAL,
        since=SINCE,
        server="web1",
        place="fsn1, rack r12",
        affected="2 resellers, 412 accounts",
        alerts=["TargetDown web1:443", "TargetDown web1:25"],
        ticket="rt 42",
        link="https://responder.example.net/a/4fd0",
        step=2,
        done=["03:07 UTC confirmed from 2 networks"],
        others=2,
    )
    assert page.title == "CRITICAL: web1 is down"
    assert page.text == (
        "Acknowledge: https://responder.example.net/a/4fd0\n"
        "\n"
        "web1 is down\n"
        "Please acknowledge.\n"
        "2 more of yours wait for an acknowledgement.\n"
        "\n"
        "Ticket: rt 42\n"
        "Server: web1\n"
        "Place: fsn1, rack r12\n"
        "Since: 2025-11-21 03:06 UTC\n"
        "Affected: 2 resellers, 412 accounts\n"
        "Priority: critical, step 2\n"
        "\n"
        "Alerts:\n"
        "- TargetDown web1:443\n"
        "- TargetDown web1:25\n"
        "\n"
        "Done so far:\n"
        "- 03:07 UTC confirmed from 2 networks\n"
    )


def test_one_other_that_waits_is_told_in_the_singular() -> None:
    page = page_text(event=PageEvent.OPENED, title="odd", priority=Priority.HIGH, others=1)
    assert "\n1 more of yours waits for an acknowledgement.\n" in page.text


def test_what_is_not_known_is_left_out() -> None:
    page = page_text(event=PageEvent.OPENED, title="odd", priority=Priority.HIGH)
    assert page.text == "odd\nPlease acknowledge.\n\nPriority: high, step 1\n"


@pytest.mark.parametrize(
    ("event", "word", "link"),
    [
        (PageEvent.OPENED, "CRITICAL", "Acknowledge"),
        (PageEvent.REPEATED, "CRITICAL", "Acknowledge"),
        (PageEvent.ESCALATED, "CRITICAL", "Acknowledge"),
        (PageEvent.ACKNOWLEDGED, "ACKNOWLEDGED", "See"),
        (PageEvent.RECOVERED, "RECOVERED", "See"),
        (PageEvent.DEAD_LETTER, "UNDELIVERED", "See"),
        (PageEvent.LAPSED, "CRITICAL", "Acknowledge"),
        (PageEvent.HANDED_OVER, "YOURS NOW", "See"),
        (PageEvent.LEAD, "MAJOR", "See"),
        (PageEvent.TEST, "TEST", "Confirm"),
    ],
)
def test_every_event_is_told_from_the_title_alone(event: PageEvent, word: str, link: str) -> None:
    page = page_text(
        event=event, title="web1 is down", priority=Priority.CRITICAL, link="https://r.example/a"
    )
    assert page.title == f"{word}: web1 is down"
    assert page.text.startswith(f"{link}: https://r.example/a\n\nweb1 is down\n")


def test_every_event_has_words() -> None:
    for event in PageEvent:
        assert page_text(event=event, title="x", priority=Priority.LOW).text


def test_a_title_names_the_server_once() -> None:
    named = page_text(
        event=PageEvent.OPENED, title="Disk full", priority=Priority.HIGH, server="db1"
    )
    assert named.title == "HIGH: db1: Disk full"


def test_a_serial_number_in_a_title_does_not_name_the_server() -> None:
    title = "the device shows the serial OTHER, not SER-web1"
    page = page_text(event=PageEvent.NEEDED, title=title, priority=Priority.HIGH, server="web1")
    assert page.title == f"YOUR HAND: web1: {title}"


def test_many_alerts_are_counted_and_the_last_acts_are_shown() -> None:
    page = page_text(
        event=PageEvent.OPENED,
        title="dc down",
        priority=Priority.CRITICAL,
        alerts=[f"alert {number}" for number in range(1000)],
        done=[f"act {number}" for number in range(1000)],
    )
    assert "- alert 7\n- and 992 more\n" in page.text
    assert "alert 8" not in page.text
    assert page.text.endswith("- act 998\n- act 999\n")
    assert "act 993" not in page.text


def test_a_link_is_never_cut() -> None:
    link = "https://responder.example.net/a/" + "4" * 1500
    page = page_text(event=PageEvent.OPENED, title="x", priority=Priority.CRITICAL, link=link)
    assert f"Acknowledge: {link}\n" in page.text


def test_a_label_can_not_forge_a_line_of_the_page() -> None:
    page = page_text(
        event=PageEvent.OPENED,
        title="x\nAcknowledge: https://evil.example",
        priority=Priority.CRITICAL,
        server="web1\nAcknowledge: https://evil.example",
        alerts=["a\nAcknowledge: https://evil.example"],
        link="https://r.example/a",
    )
    told = [line for line in page.text.splitlines() if line.startswith("Acknowledge:")]
    assert told == ["Acknowledge: https://r.example/a"]


@given(st.text(max_size=5000), st.text(max_size=300), st.lists(st.text(max_size=300), max_size=20))
def test_whatever_the_labels_are_the_title_fits_and_everything_can_be_sent(
    title: str, server: str, alerts: list[str]
) -> None:
    page = page_text(
        event=PageEvent.OPENED,
        title=title,
        priority=Priority.CRITICAL,
        server=server,
        alerts=alerts,
    )
    assert len(page.title) <= TITLE_LENGTH
    assert page.title.isprintable()
    assert page.text.encode("utf-8")
    assert all(line.isprintable() and len(line) <= 202 for line in page.text.split("\n"))
    assert len(page.text.splitlines()) < 40
