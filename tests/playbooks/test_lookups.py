"""Does a playbook look up what there is, and is what it finds never more than text?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.lookups import (
    MOST,
    Name,
    Unfit,
    Unresolved,
    argument,
    fill,
    filled,
    names,
    read_name,
    scope,
)
from tests.playbooks.books import case

KNOWN = {"target.name": "web1", "alert.summary": "all is lost", "steps.look.state": "off"}
LABEL = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [
        "{{ target.name }}",
        "{{target.address}} {{ steps.look.state }}",
        "{{ 7 * 7 }}",
        "{% for x in y %}",
        "${IFS}",
        "$(reboot)",
        "`reboot`",
        "%s %(x)s {0}",
        "\\1 \\g<0>",
        "-oProxyCommand=reboot",
        "--delete",
        "a; reboot",
        "a\nb",
        "a\0b",
        "{{",
        "}}",
    ]
)


def test_a_case_offers_what_the_guide_names_and_no_more() -> None:
    told = scope(case(), {"look": {"outcome": "ok", "text": "it is off", "state": "off"}})
    assert told == {
        "target.name": "web1",
        "target.address": "127.0.0.2",
        "target.brand": "acme",
        "target.datacentre": "fra1",
        "target.rack": "r1",
        "incident.id": "42",
        "incident.ref": "I-42",
        "incident.title": "web1 is down",
        "run.id": "7",
        "run.playbook": "host-down",
        "run.requested_by": "ana",
        "alert.alertname": "ServerDown",
        "steps.look.outcome": "ok",
        "steps.look.text": "it is off",
        "steps.look.state": "off",
    }
    assert all(read_name(name) for name in told)


def test_a_step_that_was_jumped_over_has_an_empty_outcome_and_no_values() -> None:
    past = {"look": {"outcome": "ok", "text": "off", "state": "off"}}
    told = scope(case(), past, ids=["look", "cycle"])
    assert (told["steps.look.outcome"], told["steps.look.text"]) == ("ok", "off")
    assert (told["steps.cycle.outcome"], told["steps.cycle.text"]) == ("", "")
    assert "steps.cycle.state" not in told


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("target.name", Name("target", "name")),
        ("alert.alertname", Name("alert", "alertname")),
        ("steps.look.state", Name("steps.look", "state")),
        ("target.password", None),
        ("target", None),
        ("target.name.upper", None),
        ("steps.look", None),
        ("steps.Look.state", None),
        ("steps.look.__class__", None),
        ("alert.a.b", None),
        ("os.environ", None),
        ("", None),
    ],
)
def test_names_come_from_a_closed_list(name: str, read: Name | None) -> None:
    assert read_name(name) == read


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ target.name }} is {{steps.look.state}}", "web1 is off"),
        ("nothing to look up", "nothing to look up"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("{ target.name }", "{ target.name }"),
    ],
)
def test_lookups_are_filled_in_and_all_else_stays(text: str, made: str) -> None:
    assert fill(text, KNOWN) == made


@pytest.mark.parametrize(
    "text",
    [
        "{{ target.name | upper }}",
        "{{ target.name() }}",
        "{{ 7 * 7 }}",
        "{{ target['name'] }}",
        "{{{ target.name }}}",
        "{{ {{ target.name }} }}",
        "{{ target.name",
        "{{}}",
        "{{ }}",
        "{{ target.name\n}}",
        "{{ 'a' }}",
    ],
)
def test_there_is_no_more_language_than_a_name(text: str) -> None:
    assert "" in list(names(text))
    with pytest.raises(Unresolved, match="begins a lookup"):
        fill(text, KNOWN)


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(Unresolved, match=r"there is no target\.rack now"):
        fill("{{ target.name }} in {{ target.rack }}", KNOWN)


@given(LABEL)
def test_what_a_stranger_wrote_is_put_in_as_it_is_and_never_read_again(value: str) -> None:
    known = {**KNOWN, "alert.summary": value}
    text = "<{{ alert.summary }}> on {{ target.name }}"
    assert fill(text, known) == f"<{value}> on web1"
    assert filled({"text": [text], "more": 3}, known) == {
        "text": [f"<{value}> on web1"],
        "more": 3,
    }


def test_keys_are_never_filled_in() -> None:
    assert filled({"{{ target.name }}": "x"}, KNOWN) == {"{{ target.name }}": "x"}


def test_each_value_can_be_made_fit_for_its_place() -> None:
    assert fill("a-{{ alert.summary }}", KNOWN, lambda value: value.replace(" ", "%20")) == (
        "a-all%20is%20lost"
    )


@given(LABEL)
def test_what_a_stranger_wrote_becomes_no_option_and_breaks_no_argument(value: str) -> None:
    known = {"alert.summary": value}
    try:
        made = argument("{{ alert.summary }}", known)
    except Unfit:
        return
    assert made == value
    assert not made.startswith("-")
    assert not any(ord(letter) < 32 or letter == "\x7f" for letter in made)


@pytest.mark.parametrize("value", ["-rf", "--help", "-", "a\nb", "a\0b", "a\rb", "a\x1b[2J"])
def test_a_dangerous_value_is_refused_as_an_argument(value: str) -> None:
    with pytest.raises(Unfit):
        argument("{{ alert.summary }}", {"alert.summary": value})


def test_what_the_file_itself_writes_may_be_an_option() -> None:
    assert argument("--force", KNOWN) == "--force"
    assert argument("--on={{ target.name }}", KNOWN) == "--on=web1"
    assert argument("-{{ target.name }}", KNOWN) == "-web1"
    assert argument("{{ target.name }}", KNOWN) == "web1"


def test_two_values_together_make_no_option_either() -> None:
    with pytest.raises(Unfit, match="begins with a dash"):
        argument("{{ alert.a }}{{ alert.b }}", {"alert.a": "", "alert.b": "-rf"})


def test_an_argument_has_an_end() -> None:
    assert len(argument("{{ alert.a }}", {"alert.a": "x" * MOST})) == MOST
    with pytest.raises(Unfit, match="are the most"):
        argument("{{ alert.a }}", {"alert.a": "x" * (MOST + 1)})
