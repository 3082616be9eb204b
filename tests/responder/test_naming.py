"""Does every name in the configuration stand for something, and for one thing only?"""

from pathlib import Path

import pytest

from responder.config import Config
from responder.configfile import BadConfig, load

NAMES = """\
people: {ana: {}, boris: {}}
teams: {day: {members: [ana]}}
rotas: {night: {layers: [{people: [ana], begins: 2026-01-05}]}}
"""


def told(folder: Path, text: str) -> list[str]:
    (folder / "responder.yaml").write_text(text)
    try:
        load(folder / "responder.yaml", Config)
    except BadConfig as bad:
        return [str(one).split("responder.yaml:", 1)[1] for one in bad.problems]
    return []


def called(folder: Path, *names: str) -> list[str]:
    steps = "".join(f'"{name}", ' for name in names)
    return told(folder, NAMES + f"escalations: {{x: {{steps: [{{notify: [{steps}]}}]}}}}\n")


def test_escalations_may_name_people_teams_rotas_and_words(tmp_path: Path) -> None:
    names = ("ana", "day", "night", "team:day", "rota:night", "next:night", "everyone", "manager")
    assert called(tmp_path, *names) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("anna", 'no person, team or rota is called "anna", did you mean "ana"?'),
        ("nigth", 'no person, team or rota is called "nigth", did you mean "night"?'),
        ("everybody", 'no person, team or rota is called "everybody", did you mean "everyone"?'),
        ("managers", 'no person, team or rota is called "managers", did you mean "manager"?'),
        ("rota:day", 'no rota is called "day"'),
        ("next:nigh", 'no rota is called "nigh", did you mean "night"?'),
        ("next:ana", 'no rota is called "ana"'),
        ("team:night", 'no team is called "night"'),
        ("team:", 'no team is called ""'),
        ("person:ana", 'no person, team or rota is called "person:ana"'),
    ],
)
def test_a_name_of_nobody_is_an_error(tmp_path: Path, name: str, problem: str) -> None:
    [found] = called(tmp_path, name)
    assert found.startswith("4:")
    assert problem in found


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("day: {mem", "ana: {mem",
         '2:9: teams.ana: "ana" stands in people too: take another name'),
        ("night: {lay", "boris: {lay", '3:9: rotas.boris: "boris" stands in people too'),
        ("night: {lay", "day: {lay", '3:9: rotas.day: "day" stands in teams too'),
        ("boris: {}", "everyone: {}",
         '1:19: people.everyone: "everyone" means everybody who can be reached: take another name'),
        ("day: {mem", "manager: {mem", '2:9: teams.manager: "manager" means whoever is marked'),
        ("night: {lay", "everyone: {lay", '3:9: rotas.everyone: "everyone" means'),
    ],
)  # fmt: skip
def test_a_name_means_one_thing(tmp_path: Path, before: str, after: str, problem: str) -> None:
    [found] = told(tmp_path, NAMES.replace(before, after))
    assert found.startswith(problem)


BOTH = NAMES.replace("night: {lay", "day: {team: day, lay")


def test_a_rota_may_have_the_name_of_the_team_behind_it(tmp_path: Path) -> None:
    notify = 'escalations: {x: {steps: [{notify: ["rota:day", "next:day", "team:day"]}]}}\n'
    assert told(tmp_path, BOTH + notify) == []


def test_then_an_escalation_must_say_which_of_them_it_means(tmp_path: Path) -> None:
    found = told(tmp_path, BOTH + "escalations: {x: {steps: [{notify: [ana, day]}]}}\n")
    assert found == [
        '4:42: escalations.x.steps[0].notify[1]: a team and a rota: write "rota:day" or "team:day"'
    ]
