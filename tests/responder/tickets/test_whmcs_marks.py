"""Do our notes in WHMCS say what we did, and nobody else's?"""

import pytest

from alerts.model import Priority
from playbooks.ports import Note, TicketState
from responder.secrets import Secret
from responder.tickets.keys import marked
from responder.tickets.whmcs_marks import is_marked, traced, untraced
from responder.tickets.whmcs_settings import WhmcsTickets

NEEDED = {
    "system": "whmcs",
    "url": "https://billing.example.net/",
    "identifier": "id",
    "secret_file": Secret.of("s"),
    "email": "responder@example.net",
}


def test_a_trace_comes_back_with_the_words() -> None:
    text = traced("Moved to Emergency.", department="6", urgency="High")
    assert untraced(text) == ("Moved to Emergency.", {"department": "6", "urgency": "High"})
    assert untraced(traced("Well.", status="In Progress"))[1] == {"status": "In Progress"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[responder: ]",
        "[responder: flag=1] and more",
        "[responder: FLAG=1]",
        "responder: flag=1",
    ],
)
def test_other_words_are_no_trace(text: str) -> None:
    assert untraced(text) == (text, {})


def test_a_note_of_an_incident_is_told_from_the_trace_of_an_act() -> None:
    assert is_marked(untraced(traced(marked(Note("k", "Well.")), status="Closed"))[0])
    assert not is_marked("Given to dana. ref-1")


def test_the_words_of_the_installation_come_first() -> None:
    told = {"Gelöst": TicketState.SOLVED, "Open": TicketState.OPEN}
    settings = WhmcsTickets.model_validate({**NEEDED, "statuses": told})
    assert settings.status_there(TicketState.SOLVED) == "Gelöst"
    assert settings.state_here("Open") is TicketState.OPEN
    assert settings.state_here("Closed") is TicketState.SOLVED
    assert settings.state_here("Frobbed") is TicketState.OPEN
    assert settings.url == "https://billing.example.net"


@pytest.mark.parametrize(
    ("urgency", "queue", "means"),
    [
        ("High", "rapid-response", Priority.CRITICAL),
        ("High", "level-1", Priority.HIGH),
        ("Medium", "rapid-response", Priority.MEDIUM),
        ("Low", "level-1", Priority.LOW),
        ("", "level-1", Priority.MEDIUM),
    ],
)
def test_three_urgencies_are_four_priorities(urgency: str, queue: str, means: Priority) -> None:
    settings = WhmcsTickets.model_validate(NEEDED)
    assert settings.priority_here(urgency, queue) is means


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../etc/passwd"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        WhmcsTickets.model_validate({**NEEDED, "zone": zone})
