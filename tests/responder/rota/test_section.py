"""Does the section `rotas` take what the guide shows, and say what is wrong with the rest?"""

from datetime import time, timedelta
from pathlib import Path

import pytest

from responder.config import Config
from responder.configfile import BadConfig, load, schema
from responder.rota.section import RotaPart
from responder.rota_values import Span
from tests.responder.rota.roster import at, span

PEOPLE = "people: {ana: {}, boris: {}, clara: {}}\n"
WHOLE = """\
people: {ana: {}, boris: {}, clara: {}}
teams: {rapid-response: {members: [ana]}}
rotas:
  emergency:
    zone: Europe/Sofia
    team: rapid-response
    layers:
      - name: days
        people: [ana, [boris, clara]]
        begins: 2026-01-05
        shifts:
          - {from: 07:00, to: 19:00}
          - {from: "19:00", to: "07:00", days: [fri, sat]}
        rotate: day
        every: 2
      - {people: [clara], begins: 2026-01-05, adds: true}
    overrides:
      - {from: 2026-12-24 18:00, to: "2026-12-25T07:00:00+02:00", person: ana, instead_of: boris}
    promise: layers
escalations:
  all:
    steps:
      - {notify: [emergency, "rota:emergency", "next:emergency"]}
      - {notify: [everyone, manager, "team:rapid-response", ana]}
"""


def loaded(folder: Path, text: str) -> Config:
    (folder / "responder.yaml").write_text(text)
    return load(folder / "responder.yaml", Config).value


def told(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        loaded(folder, text)
    return [str(one).split("responder.yaml:", 1)[1] for one in caught.value.problems]


def layers(text: str) -> str:
    return PEOPLE + "rotas: {night: {layers: [{people: [ana], begins: 2026-01-05, " + text + "}]}}"


def overrides(text: str) -> str:
    whole = "layers: [{people: [ana], begins: 2026-01-05}]"
    return (
        PEOPLE + "rotas: {night: {zone: Europe/Sofia, " + whole + ", overrides: [{" + text + "}]}}"
    )


def test_everything_that_can_be_said_is_read(tmp_path: Path) -> None:
    part = loaded(tmp_path, WHOLE).rotas["emergency"]
    rota = part.rota("emergency")
    assert (rota.name, str(rota.zone), rota.team) == ("emergency", "Europe/Sofia", "rapid-response")
    assert [layer.name for layer in rota.layers] == ["days", "layer-2"]
    assert rota.layers[0].crews == (("ana",), ("boris", "clara"))
    assert [one.begins for one in rota.layers[0].hours] == [time(7), time(19)]
    assert (rota.layers[0].every, rota.layers[1].adds, rota.always) == (2, True, False)
    assert rota.own[0].span == span("2026-12-24 18:00", "2026-12-25 07:00")


def test_a_layer_is_the_whole_day_and_turns_by_the_week_if_nothing_is_said(tmp_path: Path) -> None:
    rota = loaded(tmp_path, layers("every: 1")).rotas["night"].rota("night")
    week = Span(at("2026-01-05 00:00", "UTC"), at("2026-01-12 00:00", "UTC"))
    assert rota.gaps(week) == ()
    assert len(rota.shifts(week)) == 7
    assert rota.on_call(week.starts - timedelta(seconds=1)) == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (layers('shifts: [{from: "24:00", to: "07:00"}]'),
         'shifts[0].from: the day ends where the next one begins: write "00:00"'),
        (layers('shifts: [{from: "19:00", to: "24:00"}]'), 'to: the day ends where'),
        (layers('shifts: [{from: 7, to: "19:00"}]'), "from: write a time of the day as HH:MM"),
        (layers('shifts: [{from: "7:00", to: "19:00"}]'), "from: write a time of the day as HH:MM"),
        (layers('shifts: [{from: "07:00:00", to: "19:00"}]'), "write a time of the day as HH:MM"),
        (layers('shifts: [{from: "07:00"}]'), '"to" is missing'),
        (layers('shifts: [{from: "07:00", to: "19:00", days: [mo]}]'), 'must be "mon"'),
        (layers('shifts: [{from: "07:00", to: "19:00", days: []}]'), "days"),
        (layers("shifts: []"), "shifts"),
        (layers("rotate: month"), 'must be "shift", "day" or "week"'),
        (layers("every: 0"), "every"),
        (layers('shifts: [{from: "07:00", to: "19:00"}, {from: "18:00", to: "20:00"}]'),
         "shifts[1]: 07:00-19:00 and 18:00-20:00 overlap: what adds people is a layer of its own"),
        (layers('shifts: [{from: "07:00", to: "06:00", days: [sun]},'
                ' {from: "05:00", to: "08:00", days: [mon]}]'),
         "07:00-06:00 and 05:00-08:00 overlap"),
        (layers('name: "two words"'), "name"),
        (overrides("from: 2026-12-24, to: 2026-12-25 07:00, person: ana"),
         "overrides[0].from: write a date and a time, YYYY-MM-DD HH:MM"),
        (overrides("from: 20261224, to: 2026-12-25 07:00, person: ana"), "write a date and a time"),
        (overrides("from: 2026-12-24 18:00, to: 2026-12-24 18:00, person: ana"),
         "overrides[0].to: must be later than from"),
        (overrides("from: 2026-12-31 18:00, to: 9999-12-31 19:00, person: ana"),
         "overrides[0].to: a year from 2000 to 2199"),
        (overrides("from: 2026-12-24 18:00, to: 2026-12-25 07:00, person: ann"),
         'overrides[0].person: no person is called "ann", did you mean "ana"?'),
        (overrides("from: 2026-12-24 18:00, to: 2026-12-25 07:00, person: ana, instead_of: bors"),
         'overrides[0].instead_of: no person is called "bors", did you mean "boris"?'),
        (PEOPLE + "rotas: {night: {layers: []}}", "layers"),
        (PEOPLE + "rotas: {night: {layers: [{people: [], begins: 2026-01-05}]}}", "people"),
        (PEOPLE + "rotas: {night: {layers: [{people: [[]], begins: 2026-01-05}]}}", "people[0]"),
        (PEOPLE + "rotas: {night: {layers: [{people: [ana], begins: 2026-13-05}]}}",
         "begins: write a date as YYYY-MM-DD"),
        (PEOPLE + "rotas: {night: {layers: [{people: [ana], begins: 0999-01-01}]}}", "a year from"),
        (PEOPLE + "rotas: {night: {layers: [{people: [ana]}]}}", '"begins" is missing'),
        (PEOPLE + "rotas: {night: {zone: Europe/Sofa, layers: [{people: [ana],"
         " begins: 2026-01-05}]}}", "Europe/Sofia"),
        (PEOPLE + "rotas: {night: {layers: [{people: [ana, [boris, clra]], begins: 2026-01-05}]}}",
         'people[1][1]: no person is called "clra", did you mean "clara"?'),
        (PEOPLE + "rotas: {night: {layers: [{people: [ann], begins: 2026-01-05}]}}",
         'people[0]: no person is called "ann", did you mean "ana"?'),
        (PEOPLE + "rotas: {night: {team: day, layers: [{people: [ana], begins: 2026-01-05}]}}",
         'rotas.night.team: no team is called "day"'),
        (PEOPLE + "rotas: {night: {layers: [{name: a, people: [ana], begins: 2026-01-05},"
         " {name: a, people: [ana], begins: 2026-01-05}]}}", 'two layers are called "a"'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_plain_words(tmp_path: Path, text: str, problem: str) -> None:
    found = told(tmp_path, text)
    assert problem in found[0]
    assert len(found) == 1, found


def test_shifts_that_follow_each_other_do_not_overlap(tmp_path: Path) -> None:
    text = 'shifts: [{from: "22:00", to: "06:00"}, {from: "06:00", to: "22:00"}]'
    assert loaded(tmp_path, layers(text)).rotas["night"].layers[0].shifts[0].end == time(6)


def test_an_override_counts_in_the_clocks_of_its_rota(tmp_path: Path) -> None:
    """The night of 13 hours: from the first three o'clock to the last one."""
    text = overrides("from: 2026-10-25 03:00, to: 2026-10-25 03:00:30, person: ana")
    [own] = loaded(tmp_path, text).rotas["night"].rota("night").own
    assert own.span.ends - own.span.starts == timedelta(hours=1, seconds=30)


def test_what_was_read_can_be_written_and_read_again(tmp_path: Path) -> None:
    part = loaded(tmp_path, WHOLE).rotas["emergency"]
    again = RotaPart.model_validate(part.model_dump(mode="json", by_alias=True))
    assert again == part


def test_editors_know_the_times_of_a_shift() -> None:
    told = schema(Config)["$defs"]["ShiftPart"]["properties"]
    assert told["from"]["pattern"].startswith("^([01][0-9]")
