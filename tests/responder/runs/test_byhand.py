"""Does a person begin exactly what he means, for the right incident, once?"""

from collections.abc import Iterator

import pytest

from alerts.model import Category, Priority
from playbooks.frozen import book
from responder.acts import Refusal, Unknown
from responder.run_values import RunState
from responder.runs import acts
from responder.store import runs as rows
from responder.values import IncidentState
from tests.responder.room import Room, opened
from tests.responder.runs.asking import Runs, cycling, playing


@pytest.fixture
def runs() -> Iterator[Runs]:
    """A company with one playbook."""
    with opened(playing()) as room:
        yield Runs(room)


def everything(runs: Runs) -> list[int]:
    return [one.id for one in runs.room.look(rows.listed)]


def test_a_run_by_hand_is_for_the_incident_of_its_server(runs: Runs) -> None:
    runs.room.fires("web1", name="HostDown", rack="7")
    run = runs.begins(reason="it is dark")
    assert (run.incident, run.target, run.requested_by, run.confirmed) == (1, "web1", "mira", True)
    assert (run.state, run.step, run.mode, run.dry) == (RunState.DUE, "cycle", "ask", False)
    assert run.labels["alertname"] == "HostDown"
    assert runs.journal() == [("begun", "mira", "it is dark")]
    assert runs.room.log()[-1] == "playbook_begun"
    assert len(runs.room.incidents()) == 1


def test_without_one_a_quiet_incident_is_opened(runs: Runs) -> None:
    runs.begins()
    runs.room.works()
    incident = runs.incident()
    assert (incident.title, incident.key) == ("host-down by hand on web1", "server:web1")
    assert (incident.priority, incident.category) == (Priority.LOW, Category.HOSTING)
    assert incident.page_at is None
    assert runs.room.pages() == []
    assert runs.room.tickets == []


def test_an_incident_that_is_over_takes_no_run(runs: Runs) -> None:
    runs.room.fires("web1")
    runs.room.ends("web1")
    runs.room.resolves()
    run = runs.begins()
    assert (run.incident, runs.incident(2).state) == (2, IncidentState.OPEN)
    runs.acts(acts.abort)
    with pytest.raises(Refusal, match="incident 1 is resolved"):
        runs.begins(incident=1)


def test_what_a_person_chose_begins_nothing_else() -> None:
    """The incident that holds his run would fit a playbook of its own."""
    other = cycling("any-server")
    fits = other.playbook.model_copy(
        update={"when": other.playbook.when.model_copy(update={"category": (Category.HOSTING,)})}
    )

    with opened(playing(cycling(), book(fits))) as room:
        runs = Runs(room)
        runs.begins()
        assert everything(runs) == [1]


def test_a_named_incident_must_be_about_that_server(runs: Runs) -> None:
    runs.room.fires("web2")
    with pytest.raises(Refusal, match="incident 1 is about web2, not web1"):
        runs.begins(incident=1)
    with pytest.raises(Unknown, match="there is no incident 9"):
        runs.begins(incident=9)


def test_names_that_stand_for_nothing_are_told(runs: Runs) -> None:
    with pytest.raises(Unknown, match='no playbook is called "host-dawn"'):
        runs.begins(playbook="host-dawn")
    with pytest.raises(Unknown, match='no server is called "web99"'):
        runs.begins(server="web99", typed="web99")


@pytest.mark.parametrize("typed", ["", "web2", "WEB1", "web1 "])
def test_the_name_must_be_typed_as_it_is(runs: Runs, typed: str) -> None:
    with pytest.raises(Refusal, match='type the name "web1"'):
        runs.begins(typed=typed)
    assert everything(runs) == []


def test_a_dry_run_needs_no_name_and_does_not_count_as_the_real_one(runs: Runs) -> None:
    runs.room.fires("web1")
    dry = runs.begins(dry=True, typed="")
    assert (dry.dry, dry.confirmed) == (True, False)
    runs.acts(acts.abort)
    real = runs.begins()
    assert real.key == f"{runs.incident().ref}/1/host-down"
    assert dry.key == f"{real.key}/1"


def test_a_run_that_is_over_takes_its_own_incident_along(runs: Runs) -> None:
    first = runs.begins()
    runs.acts(acts.abort)
    second = runs.begins()
    assert second.incident != first.incident


def test_a_second_run_in_earnest_has_a_key_of_its_own(runs: Runs) -> None:
    runs.room.fires("web1")
    first = runs.begins()
    runs.acts(acts.abort)
    second = runs.begins()
    assert second.key == f"{first.key}/2"


def test_one_run_at_a_time_is_on_a_server(runs: Runs) -> None:
    runs.begins()
    with pytest.raises(Refusal, match=r"run 1 of host-down is on web1 already \(due\): take it"):
        runs.begins()
    assert runs.begins(server="web2", typed="web2").id == 2


def test_what_a_person_overrules_needs_a_reason(runs: Runs) -> None:
    with pytest.raises(Refusal, match="say why you overrule it"):
        runs.begins(overrules=("storm",))
    with pytest.raises(Refusal, match='nobody overrules "identity"'):
        runs.begins(overrules=("identity",), reason="I know")
    run = runs.begins(overrules=("storm", "storm"), reason="all of one rack")
    assert (run.overrules, run.reason) == (("storm",), "all of one rack")


def test_a_drill_is_an_incident_of_its_own_and_does_nothing(runs: Runs) -> None:
    runs.room.fires("web1")
    run = runs.begins(drill=True, typed="")
    incident = runs.incident(2)
    assert (run.incident, run.drill, run.dry) == (2, True, True)
    assert incident.drill
    assert incident.title == "DRILL: host-down by hand on web1"
    assert incident.category is Category.CRITICAL


def test_what_is_switched_off_is_only_walked_through() -> None:
    with opened(playing(cycling(mode="off"))) as room:
        runs = Runs(room)
        with pytest.raises(Refusal, match=r"host-down is switched off \(safety.mode\)"):
            runs.begins()
        assert runs.begins(dry=True).dry


def test_a_playbook_in_dry_run_mode_stays_dry() -> None:
    with opened(playing(cycling(mode="dry_run"))) as room:
        assert Runs(room).begins().dry


def test_the_alert_that_fired_first_gives_the_labels(room: Room) -> None:
    room.plan = playing()
    room.fires("web1", name="HostDown")
    room.fires("web1", name="DiskFull", severity="warning")
    assert Runs(room).begins().labels["alertname"] == "HostDown"
