"""Does `responder explain --requests` say what a text is taken for (R14)?"""

import json
from pathlib import Path

import pytest

from responder.desk.rules_file import request_rules
from responder.problems import BadConfig
from tests.responder.cli.asking import call
from tests.rooms import HOUSE

OWN = """
words:
  en:
    gameserver: game server*
rules:
- id: acme/game-down
  category: hosting
  queue: level-2
  when:
  - {clause: [gameserver, down|fails]}
off: [out-of-scope/plugin]
"""


def test_one_object_per_line_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [
        {"id": "a", "channel": "email", "subject": "Site down", "body": "please help"},
        {"id": 7, "subject": "", "body": "Bitte Rechnung für März", "from": "a@example.net"},
    ]
    text = "\n".join(map(json.dumps, lines)) + "\n\n"
    result = call("explain", "--requests", "-", "--json", stdin=text)
    assert result.exit_code == 0, result.output
    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert [first[key] for key in ("id", "category", "critical", "priority", "queue")] == [
        "a", "critical", True, "critical", "rapid-response",
    ]  # fmt: skip
    assert first["rule"].startswith("critical/")
    assert first["weight"] > 2 > second["weight"]
    assert (second["id"], second["category"], second["language"]) == (7, "billing", "de")


def test_people_get_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("explain", "--requests", "-", stdin='{"id": "x1", "body": "DOWN!!!"}')
    assert "critical/" in result.stdout
    assert "x1" in result.stdout


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nonsense", "line 2 is no JSON"),
        ("[1]", "line 2 must be an object"),
        ('{"id": 1}', "line 2 has neither"),
        ('{"body": 5}', '"body" must be text'),
    ],
)
def test_a_line_that_is_no_request_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f'{{"body": "hello"}}\n{line}\n'
    result = call("explain", "--requests", "-", "--json", stdin=text)
    assert result.exit_code == 1
    assert told in result.output


def test_requests_stand_alone() -> None:
    assert call("explain", "--requests", "-", "--look", "web1/http", stdin="").exit_code == 2


def test_rules_of_the_user_come_first_and_switch_others_off(tmp_path: Path) -> None:
    from alerts.requests.classify import classify
    from alerts.requests.model import RequestText

    file = tmp_path / "requests.yml"
    file.write_text(OWN)
    rules = request_rules(file)
    decision = classify(RequestText("", "My game server is down"), rules)
    assert (decision.rule, decision.queue) == ("acme/game-down", "level-2")
    assert decision.version != request_rules().version
    assert classify(RequestText("", "My site is down"), rules).critical
    assert "out-of-scope/plugin" not in {one.name for one in rules.judged}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules: [{id: a/b, category: nonsense, when: [{text: [site]}]}]", ":1:"),
        ("rules: [{id: a/b, category: sales, when: [{text: [siet]}]}]", 'did you mean "site"?'),
        ("rules: [{id: a/b, category: sales, when: [{matches: '(('}]}]", "error parsing regexp"),
        ("words: {en: {site: '(a|b'}}", "brackets"),
        ("off: [nobody/knows]", "no shipped rule"),
        ("words: {en: {site: 'a .. b .. c .. d .. e'}}", "gaps"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "requests.yml"
    file.write_text(text)
    with pytest.raises(BadConfig) as bad:
        request_rules(file)
    assert told in str(bad.value)
    assert str(bad.value).startswith(f"{file}:1:")


def test_the_guides_example_can_be_used(tmp_path: Path) -> None:
    page = (HOUSE / "docs" / "guide" / "requests.md").read_text(encoding="utf-8")
    file = tmp_path / "requests.yml"
    file.write_text(page.split("```yml\n")[1].split("```")[0])
    assert request_rules(file).judged[0].name == "acme/game-down"
