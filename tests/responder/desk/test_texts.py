"""Are the words of a ticket whole, short and harmless?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import DAEMON, Category, Priority, person
from responder.desk import texts
from responder.desk.texts import Facts
from responder.store.logs import Line
from responder.values import Incident, IncidentState
from tests.responder.desk.tickets import OPENED, minutes

INCIDENT = Incident(
    id=41,
    ref="f00dcafe-41",
    key="server:web1",
    title="web1 does not answer",
    category=Category.CRITICAL,
    priority=Priority.CRITICAL,
    state=IncidentState.OPEN,
    rule="severity",
    opened_at=OPENED,
    changed_at=OPENED,
    server="web1",
    brand="acme",
)
FACTS = Facts(
    INCIDENT,
    alerts=["HostDown: no answer from web1"],
    place="fra1, r7",
    paged=["ana", "bob"],
    link="https://r.example.net/incidents/41",
)


def test_a_ticket_says_what_is_broken_where_since_when_and_who_knows() -> None:
    draft = texts.draft(FACTS, key="f00dcafe-41/ticket")
    assert draft.subject == "web1 does not answer [INC f00dcafe-41]"
    assert (draft.queue, draft.priority, draft.incident) == ("rapid-response", "critical", 41)
    assert draft.text == (
        "web1 does not answer\n\n"
        "Server: web1\n"
        "Place: fra1, r7\n"
        "Since: 2026-11-21 03:10 UTC\n"
        "Priority: critical (severity)\n"
        "Brand: acme\n"
        "Incident: f00dcafe-41\n"
        "Paged: ana, bob\n\n"
        "Alerts:\n"
        "- HostDown: no answer from web1\n\n"
        "https://r.example.net/incidents/41"
    )


def test_the_server_stands_in_the_subject_once() -> None:
    unnamed = replace(INCIDENT, title="no answer")
    assert texts.subject(unnamed) == "web1: no answer [INC f00dcafe-41]"
    assert texts.subject(replace(unnamed, server=None)) == "no answer [INC f00dcafe-41]"


hostile = st.text(
    st.one_of(st.characters(), st.sampled_from("\r\n\x00\u202e\u2028\ufeff<>=?")), max_size=400
)


@given(hostile, st.sampled_from([None, "web1"]))
def test_the_tail_of_a_subject_survives_any_title(title: str, server: str | None) -> None:
    subject = texts.subject(replace(INCIDENT, title=title, server=server))
    assert len(subject) <= texts.SUBJECT
    assert subject.endswith(" [INC f00dcafe-41]")
    assert subject.isprintable()


@given(hostile, hostile)
def test_nothing_that_an_alert_says_breaks_its_line(title: str, alert: str) -> None:
    facts = Facts(replace(INCIDENT, title=title), alerts=[alert])
    text = texts.draft(facts, key="k").text
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("\nServer: ") <= 1
    assert len(text.split("\n")) <= 12


def test_a_thousand_alerts_are_a_short_list() -> None:
    facts = replace(FACTS, alerts=[f"HostDown: {number}" for number in range(1000)])
    lines = texts.draft(facts, key="k").text.split("\n")
    assert [line for line in lines if line.startswith("- ")][-1] == "- and 980 more"
    assert len(lines) < 40


def line(kind: str, *, by: str = "mira", words: str = "", **data: object) -> Line:
    """A line of the incident's log."""
    actor = DAEMON if by == "responder" else person(by)
    return Line(41, 3, minutes(5), kind, actor, data, words)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (line("acknowledged"), "Acknowledged by mira."),
        (line("acknowledged", words="On it."), "Acknowledged by mira.\n\nOn it."),
        (line("note", words="The switch\nis dead."), "mira wrote:\n\nThe switch\nis dead."),
        (
            line("raised", by="responder", priority="critical", rule="severity"),
            "Now critical (severity).",
        ),
        (
            line("mitigated", by="responder"),
            "All alerts ended at 2026-11-21 03:15 UTC; watched before it is resolved.",
        ),
        (
            line("unstable", by="responder"),
            "It goes up and down: it stays open until it is stable.",
        ),
        (line("escalated"), "Escalated by mira: more people are paged."),
        (
            line("joined", by="responder", why="part of dc:fra1"),
            "It belongs to a greater trouble: part of dc:fra1.",
        ),
        (line("handed_over", to="ana"), "Handed over to ana by mira."),
        (
            line(
                "playbook_step",
                by="responder",
                playbook="host-down",
                step="cycle",
                outcome="ok",
                words="web1 answers again",
            ),
            "Host-down, cycle: ok.\n\nweb1 answers again",
        ),
    ],
)
def test_each_line_of_the_log_is_a_sentence(told: Line, said: str) -> None:
    assert texts.noted(told, key="k").text == said


def test_a_name_is_a_word_and_no_markup() -> None:
    note = texts.noted(line("note", by="mira\n\nServer: web2", words="x\u202ey"), key="k")
    assert note.text == "mira Server: web2 wrote:\n\nxy"


def test_the_resolution_says_how_long_it_lasted() -> None:
    over = replace(INCIDENT, recovered_at=OPENED + timedelta(hours=2, minutes=5))
    note = texts.recovered(Facts(over), key="k", solved=True)
    assert (note.key, note.public) == ("k", False)
    assert note.text == (
        "All alerts ended at 2026-11-21 05:15 UTC.\n"
        "The incident is resolved; it lasted 2 h 5 min.\n"
        "Nobody had taken this ticket, so it is solved."
    )
    left = texts.recovered(Facts(over), key="k", solved=False)
    assert left.text.endswith("This ticket is left to whoever works on it.")


def test_a_return_is_told_with_all_that_is_known_now() -> None:
    text = texts.returned(FACTS, key="k").text
    assert text.startswith("It is back.\n\nweb1 does not answer\n\nServer: web1")
