"""Do Prometheus and Alertmanager take what we ship for them, and does every rule do its work?"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.rules import PROMETHEUS, RULES, TESTS, alerts, rules, yaml
from tests.require import require

RECEIVER = PROMETHEUS.parent / "alertmanager" / "receiver.yml"
# What the alertmanager.yml must do with an alert of this name.
ROUTES = {
    "HostDown": "responder",
    "Watchdog": "responder-watchdog",
    "ResponderSenderSilent": "responder",
    "ResponderDown": "without-the-responder,responder",
}


def ask(program: str, *arguments: str | Path) -> str:
    """What a tool of Prometheus printed; fails with its words when it says no."""
    found = shutil.which(program)
    require(program, present=found is not None)
    answer = subprocess.run([str(found), *map(str, arguments)], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_promtool_finds_nothing_to_say_about_the_rules() -> None:
    assert f"{len(rules())} rules found" in ask("promtool", "check", "rules", "--lint-fatal", RULES)


def test_the_rules_pass_their_own_tests() -> None:
    assert "SUCCESS" in ask("promtool", "test", "rules", TESTS)


def test_every_rule_is_seen_at_work_in_those_tests() -> None:
    """A figure with its value, an alert with its severity while it fires."""
    told = [
        sample["labels"]
        for test in yaml(TESTS)["tests"]
        for query in test["promql_expr_test"]
        for sample in query["exp_samples"]
    ]
    figures = {label.split("{")[0] for label in told}
    named = {tuple(re.findall(r'(?:alertname|severity)="([^"]+)"', label)) for label in told}
    assert {rule["record"] for rule in rules() if "record" in rule} <= figures
    assert {(rule["alert"], rule["labels"]["severity"]) for rule in alerts()} <= named


def test_every_alert_says_what_is_wrong_and_where_it_stands_what_to_do() -> None:
    for rule in alerts():
        said = rule["annotations"]
        assert set(said) == {"summary", "runbook"}, rule["alert"]
        assert said["runbook"].endswith(f"#{rule['alert'].lower()}")
        assert rule["labels"]["severity"] in ("critical", "warning", "info", "none")


def test_prometheus_takes_the_example_of_a_scrape(tmp_path: Path) -> None:
    """With the tokens that it names beside it, as promtool wants to see them."""
    shutil.copytree(PROMETHEUS, tmp_path, dirs_exist_ok=True)
    for token in re.findall(r"credentials_file: (\S+?)}", (tmp_path / "scrape.yml").read_text()):
        (tmp_path / token).parent.mkdir(exist_ok=True)
        (tmp_path / token).write_text("a token\n")
    assert "1 rule files found" in ask("promtool", "check", "config", tmp_path / "scrape.yml")


def test_alertmanager_takes_the_example_of_a_receiver() -> None:
    assert "3 receivers" in ask("amtool", "check-config", RECEIVER)


@pytest.mark.parametrize(("alert", "receivers"), ROUTES.items())
def test_alerts_about_the_responder_itself_go_another_way_as_well(
    alert: str, receivers: str
) -> None:
    told = ask(
        "amtool", "config", "routes", "test", f"--config.file={RECEIVER}", f"alertname={alert}"
    )
    assert told.strip() == receivers


def test_the_watchdog_is_repeated_before_its_next_tick() -> None:
    """An equal interval would send it at every second tick only."""
    (route,) = (
        route
        for route in yaml(RECEIVER)["route"]["routes"]
        if route["receiver"] == "responder-watchdog"
    )
    assert (route["group_interval"], route["repeat_interval"]) == ("1m", "50s")
