"""Does each small move of an incident ask exactly for what it must?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.classify import Verdict
from alerts.model import DAEMON, Category, Priority, person
from alerts.settings import AlertSettings
from responder import incidents
from responder.steps import (
    RESUME,
    Opening,
    Rules,
    Step,
    Want,
    announced,
    judged_stability,
    raised,
    returned_soon,
    unanswered,
)
from responder.values import AlertEnd, Incident, IncidentState
from tests.responder.estate import NIGHT

CRITICAL = Verdict(Category.CRITICAL, Priority.CRITICAL, "severity critical")
HIGH = Verdict(Category.HOSTING, Priority.HIGH, "severity high")
MEDIUM = Verdict(Category.HOSTING, Priority.MEDIUM, "severity warning")
LOW = Verdict(Category.HOSTING, Priority.LOW, "severity info")
RULES = Rules(AlertSettings())
MIRA = person("mira")


def fresh(
    verdict: Verdict = CRITICAL, *, muted_by: tuple[str, ...] = (), rules: Rules = RULES
) -> Step:
    opening = Opening(1, "x-1", "server:web1", "web1 is down", verdict, "web1", firing=1)
    return incidents.opened(opening, rules=rules, muted_by=muted_by, now=NIGHT)


def acked() -> Incident:
    return incidents.acknowledged(fresh().incident, MIRA, now=NIGHT).incident


def kinds(step: Step) -> list[str]:
    return [entry.kind for entry in step.entries]


@pytest.mark.parametrize(
    ("verdict", "wants", "pages"),
    [(CRITICAL, [Want.TICKET], True), (HIGH, [Want.TICKET], False), (MEDIUM, [Want.TICKET], False),
     (LOW, [], False)],
)  # fmt: skip
def test_an_opening_asks_for_what_it_deserves(
    verdict: Verdict, wants: list[Want], pages: bool
) -> None:
    step = fresh(verdict)
    assert list(step.wants) == wants
    assert step.incident.page_at == (NIGHT if pages else None)
    assert step.incident.ticketed is bool(wants)


def test_an_opening_that_is_muted_asks_for_nothing_and_says_why() -> None:
    step = fresh(muted_by=("silence:1",))
    assert (step.wants, step.incident.page_at, step.incident.ticketed) == ((), None, False)
    assert step.entries[0].data["muted_by"] == ["silence:1"]


def test_an_escalation_may_page_about_less() -> None:
    rules = Rules(AlertSettings(), frozenset({Priority.HIGH}))
    assert fresh(HIGH, rules=rules).incident.page_at == NIGHT
    assert fresh(MEDIUM, rules=rules).incident.page_at is None


def test_what_was_asked_for_is_not_asked_for_again() -> None:
    opened = fresh().incident
    assert announced(Step(opened), rules=RULES, now=NIGHT) == Step(opened)


@pytest.mark.parametrize("state", [IncidentState.MITIGATED, IncidentState.RESOLVED])
def test_what_is_over_asks_for_nothing(state: IncidentState) -> None:
    over = replace(fresh().incident, state=state, page_at=None, ticketed=False)
    assert announced(Step(over), rules=RULES, now=NIGHT) == Step(over)


def test_what_was_answered_may_still_want_a_ticket_but_no_page() -> None:
    taken = replace(acked(), ticketed=False)
    step = announced(Step(taken), rules=RULES, now=NIGHT)
    assert (step.wants, step.incident.page_at) == ((Want.TICKET,), None)


def test_a_later_episode_reopens_the_ticket_that_there_is() -> None:
    back = replace(fresh().incident, episode=2)
    assert announced(Step(back), rules=RULES, now=NIGHT).wants == (Want.REOPEN,)
    bare = replace(back, ticketed=False)
    assert announced(Step(bare), rules=RULES, now=NIGHT).wants == (Want.TICKET,)


@pytest.mark.parametrize("verdict", [MEDIUM, LOW, HIGH])
def test_an_incident_is_never_lowered(verdict: Verdict) -> None:
    step = Step(fresh(HIGH).incident)
    assert raised(step, verdict, rules=RULES, now=NIGHT) == step


def test_an_incident_is_as_bad_as_the_worst_of_its_alerts() -> None:
    step = raised(Step(fresh(LOW).incident), MEDIUM, rules=RULES, now=NIGHT)
    assert (step.incident.priority, step.incident.rule) == (Priority.MEDIUM, "severity warning")
    assert (kinds(step), step.wants) == (["raised"], (Want.TICKET,))


def test_what_turns_critical_forgets_the_answer_to_something_less() -> None:
    lesser = incidents.acknowledged(fresh(MEDIUM).incident, MIRA, now=NIGHT).incident
    step = raised(Step(lesser), CRITICAL, rules=RULES, now=NIGHT)
    assert (step.incident.state, step.incident.acknowledged_by) == (IncidentState.OPEN, None)
    assert step.incident.page_at == NIGHT
    assert unanswered(step.incident) == step.incident


def test_the_worst_alert_names_the_incident() -> None:
    """Nobody is woken by "certificate is self-signed" when the web server is gone."""
    step = raised(
        Step(fresh(MEDIUM).incident), CRITICAL, rules=RULES, now=NIGHT, title="web1 is down"
    )
    assert (step.incident.title, step.entries[-1].words) == ("web1 is down", "web1 is down")
    lesser = raised(Step(step.incident), MEDIUM, rules=RULES, now=NIGHT, title="a full disk")
    assert lesser.incident.title == "web1 is down"


def test_worse_but_not_critical_keeps_the_answer() -> None:
    lesser = incidents.acknowledged(fresh(MEDIUM).incident, MIRA, now=NIGHT).incident
    step = raised(Step(lesser), HIGH, rules=RULES, now=NIGHT)
    assert (step.incident.state, step.incident.acknowledged_by) == ("acknowledged", "mira")


def test_paging_resumes_some_minutes_after_a_quick_return() -> None:
    paged = replace(fresh().incident, step=1, page_at=None, state=IncidentState.MITIGATED)
    step = returned_soon(Step(paged), rules=RULES, now=NIGHT)
    assert (step.incident.state, step.incident.page_at) == (IncidentState.OPEN, NIGHT + RESUME)
    never = returned_soon(Step(replace(paged, step=0)), rules=RULES, now=NIGHT)
    assert never.incident.page_at == NIGHT


def test_a_quick_return_of_what_is_muted_waits_for_the_end_of_the_mute() -> None:
    muted = replace(fresh(muted_by=("x",)).incident, state=IncidentState.MITIGATED, step=1)
    step = returned_soon(Step(muted), rules=RULES, now=NIGHT)
    assert (step.incident.page_at, step.wants) == (None, ())


def test_stability_changes_are_told_once() -> None:
    minute = int(NIGHT.timestamp() // 60)
    busy = replace(fresh().incident, changes=tuple(range(minute - 10, minute + 1)))
    step = judged_stability(Step(busy), rules=RULES, now=NIGHT)
    assert (step.incident.unstable, kinds(step)) == (True, ["unstable"])
    assert judged_stability(step, rules=RULES, now=NIGHT) == step
    later = judged_stability(step, rules=RULES, now=NIGHT + timedelta(minutes=30))
    assert (later.incident.unstable, kinds(later)) == (False, ["unstable", "stable"])


@pytest.mark.parametrize("state", list(IncidentState))
def test_only_an_open_incident_can_be_acknowledged(state: IncidentState) -> None:
    before = replace(fresh().incident, state=state)
    step = incidents.acknowledged(before, MIRA, now=NIGHT)
    assert bool(step.entries) is (state is IncidentState.OPEN)


@pytest.mark.parametrize("state", [IncidentState.RESOLVED, IncidentState.CLOSED])
def test_what_is_over_is_left_alone(state: IncidentState) -> None:
    over = replace(fresh().incident, state=state, page_at=None)
    until = NIGHT + timedelta(hours=1)
    steps = [
        incidents.resolved(over, MIRA, now=NIGHT),
        incidents.escalated(over, MIRA, words="", now=NIGHT),
        incidents.snoozed(over, MIRA, rules=RULES, until=until, words="", now=NIGHT),
        incidents.settled(Step(over), now=NIGHT, parts_down=0),
    ]
    assert steps == [Step(over)] * 4


@pytest.mark.parametrize(
    "busy", [{"firing": 2}, {"held": "am group"}, {"unstable": True, "changes": ()}]
)
def test_it_is_not_well_while_anything_holds_it(busy: dict[str, object]) -> None:
    held = replace(fresh().incident, **busy)  # type: ignore[arg-type]
    rules = Rules(AlertSettings(flapping="off"))
    step = incidents.ended(held, AlertEnd.RESOLVED, told={}, rules=rules, now=NIGHT)
    assert step.incident.state is IncidentState.OPEN
    down = incidents.settled(Step(replace(held, firing=0)), now=NIGHT, parts_down=1)
    assert down.incident.state is IncidentState.OPEN


def test_the_last_alert_that_ends_makes_it_well() -> None:
    step = incidents.ended(fresh().incident, AlertEnd.RESOLVED, told={}, rules=RULES, now=NIGHT)
    assert (step.incident.state, step.incident.recovered_at) == (IncidentState.MITIGATED, NIGHT)
    assert (step.wants, kinds(step)) == ((Want.RECOVERED,), ["alert_ended", "mitigated"])
    assert step.entries[0].actor == DAEMON


def test_what_still_fires_is_not_closed_however_long_it_is_resolved() -> None:
    done = incidents.resolved(fresh().incident, MIRA, now=NIGHT).incident
    late = NIGHT + timedelta(days=9)
    assert incidents.ticked(done, rules=RULES, now=late) == Step(done)
    over = replace(done, firing=0)
    assert incidents.ticked(over, rules=RULES, now=late).incident.state is IncidentState.CLOSED


def test_an_end_too_many_is_no_negative_number() -> None:
    over = replace(fresh().incident, firing=0)
    step = incidents.ended(over, AlertEnd.FORGOT, told={}, rules=RULES, now=NIGHT)
    assert step.incident.firing == 0
