"""RT's words and numbers in ours and back, and settings that can't work."""

import pytest
from pydantic import ValidationError

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.secrets import Secret
from responder.tickets.rt_settings import RtTickets


def settings(**told: object) -> RtTickets:
    needed = {"system": "rt", "url": "https://rt.example.net", "token_file": Secret.of("1-14-abc")}
    return RtTickets.model_validate(needed | told)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("new", TicketState.NEW),
        ("open", TicketState.OPEN),
        ("stalled", TicketState.WAITING_CUSTOMER),
        ("resolved", TicketState.SOLVED),
        ("rejected", TicketState.CLOSED),
        ("deleted", TicketState.CLOSED),
        ("a word of their own", TicketState.OPEN),
    ],
)
def test_rts_status_words_are_read(status: str, state: TicketState) -> None:
    assert settings().state_here(status) is state


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (TicketState.SOLVED, "resolved"),
        (TicketState.OPEN, "open"),
        (TicketState.CLOSED, "rejected"),
    ],
)
def test_our_states_are_said_in_rts_words(state: TicketState, status: str) -> None:
    assert settings().status_there(state) == status


def test_a_word_of_their_own_lifecycle_comes_before_the_usual_one() -> None:
    told = settings(statuses={"fixed": "solved", "with-vendor": "waiting-vendor"})
    assert told.status_there(TicketState.SOLVED) == "fixed"
    assert told.state_here("with-vendor") is TicketState.WAITING_VENDOR
    assert told.state_here("resolved") is TicketState.SOLVED


@pytest.mark.parametrize(
    ("number", "priority"),
    [
        (1000, Priority.CRITICAL),
        (100, Priority.CRITICAL),
        (99, Priority.HIGH),
        (70, Priority.HIGH),
        (40, Priority.MEDIUM),
        (39, Priority.LOW),
        (0, Priority.LOW),
        (-5, Priority.LOW),
    ],
)
def test_rts_priorities_are_read(number: int, priority: Priority) -> None:
    assert settings().priority_here(number) is priority


def test_a_priority_that_is_not_told_keeps_its_number() -> None:
    told = settings(priorities={"critical": 90})
    assert [told.priority_there(one) for one in Priority] == [90, 70, 40, 10]
    assert told.priority_here(95) is Priority.CRITICAL


def test_queues_are_named_in_their_words_and_ours() -> None:
    told = settings(queues={"rapid-response": "NOC"})
    assert told.queue_there("rapid-response") == "NOC"
    assert told.queue_here("NOC") == "rapid-response"
    assert told.queue_there("level-1") == told.queue_here("level-1") == "level-1"


@pytest.mark.parametrize(
    "url", ["rt.example.net", "ftp://rt", "https://u:p@rt", "https://rt/?a=1", "https://", "", "/"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        settings(url=url)


def test_an_address_may_have_a_path_and_a_slash_too_many() -> None:
    assert settings(url="https://example.net/rt/").url == "https://example.net/rt"


@pytest.mark.parametrize("name", ["", "a}b", "it's", 'a"b', "a\\b", "two\nlines"])
def test_a_field_name_that_would_break_a_search_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="key_field"):
        settings(key_field=name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"queue": {}},
        {"priorities": {"urgent": 1}},
        {"statuses": {"new": "fresh"}},
        {"fields": {"colour": "Colour"}},
        {"quiet_seconds": 600},
        {"within_seconds": 0},
        {"settle_seconds": -1},
    ],
)
def test_what_is_not_understood_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        settings(**wrong)
