"""Is nonsense in a playbook told whatever else stands in the file?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.actions.kinds import ACTIONS
from playbooks.sense import STOPPING, Draft, doubts, drafts, faults
from tests.playbooks.books import playbook

KEYS = st.sampled_from(["id", "uses", "with", "if", "on_fail", "steps", "on", "text", "x"])
WORDS = st.sampled_from(
    ["a", "b", "stop", "wait", "power.cycle", "{{ a.b }}", "{{ steps.a.text }}", "{{", "a.b == c"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
STEPS = st.lists(st.dictionaries(KEYS, ANYTHING, max_size=5), max_size=5)


@given(ANYTHING | st.fixed_dictionaries({"steps": STEPS}))
def test_a_file_of_anything_has_its_faults_in_places_that_it_has(written: Any) -> None:
    for fault in faults(written, ACTIONS):
        assert fault.told
        found = written
        for key in fault.loc[:-1]:
            found = found[key]
        last = fault.loc[-1]
        assert last in found if isinstance(last, str) else found[last] is not None


def test_a_step_is_read_though_half_of_it_is_wrong() -> None:
    written = {"steps": [3, {"id": ["a"], "uses": "wait", "with": 5, "on_fail": None}]}
    assert drafts(written) == (Draft(1, "", "wait", 5, "", "stop"),)


def told(*steps: dict[str, Any]) -> list[str]:
    return [fault.told for fault in faults({"steps": list(steps)}, ACTIONS)]


def test_two_steps_without_an_id_are_no_twins() -> None:
    assert told({"uses": "wait"}, {"uses": "wait"}) == []


def test_what_an_unknown_action_gives_is_not_judged() -> None:
    look = {"id": "b", "uses": "ticket.note", "with": {"text": "{{ steps.a.colour }}"}}
    assert told({"id": "a", "uses": "wiat"}, look) == ['there is no action "wiat"']


def test_lookups_are_found_in_lists_and_mappings_of_any_depth() -> None:
    deep = {"id": "a", "uses": "http.call", "with": {"json": {"x": [{"y": "{{ no.thing }}"}]}}}
    (fault,) = faults({"steps": [deep]}, ACTIONS)
    assert fault.loc == ("steps", 0, "with", "json", "x", 0, "y")


@pytest.mark.parametrize("action", sorted(STOPPING))
def test_whatever_stops_a_machine_is_asked_to_look_first(action: str) -> None:
    assert ACTIONS[action].irreversible
    stops = {"id": "a", "uses": action}
    confirms = {"id": "b", "uses": "probe.confirm"}
    assert [one.loc for one in doubts(playbook(steps=[stops, confirms]))] == [("steps", 0, "uses")]
    assert list(doubts(playbook(steps=[confirms, stops]))) == []


def test_a_kind_that_is_nearly_one_is_doubted() -> None:
    book = playbook(when={"kind": ["datacentre", "rack", "HostDown", "servers"]})
    assert [one.loc for one in doubts(book)] == [("when", "kind")] * 2
    assert [one.told.split('"')[-2] for one in doubts(book)] == ["dc", "server"]


def test_to_switch_on_stops_nothing() -> None:
    assert "power.on" not in STOPPING
    assert list(doubts(playbook(steps=[{"id": "a", "uses": "power.on"}]))) == []
