"""Does the configuration say what is wrong with it before the night in which it matters?"""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.settings import Storm
from responder.config import Config, Role
from responder.configfile import BadConfig, load

SMALLEST = """\
daemon: {listen: "127.0.0.1:9095", store: "sqlite:///responder.db"}
senders:
  alertmanager: {kind: alertmanager, token_file: secrets/alertmanager}
servers:
  web1: {address: 127.0.0.2}
people:
  ana: {methods: [{kind: email, to: ana@example.net}]}
teams:
  rapid-response: {members: [ana]}
paging:
  email: {host: 127.0.0.1, port: 2525, from: responder@example.net}
"""


def read(folder: Path, text: str) -> Config:
    """This text as a file, beside the secrets that it may name."""
    (folder / "secrets").mkdir(exist_ok=True)
    for name in ("alertmanager", "grafana"):
        secret = folder / "secrets" / name
        secret.write_text("token\n")
        secret.chmod(0o600)
    (folder / "responder.yaml").write_text(text)
    return load(folder / "responder.yaml", Config).value


def told(folder: Path, text: str) -> list[str]:
    """What is wrong, each as `line:column: message`."""
    with pytest.raises(BadConfig) as caught:
        read(folder, text)
    return [str(problem).split("responder.yaml:", 1)[1] for problem in caught.value.problems]


def test_the_smallest_useful_file_has_under_fifteen_lines_and_is_read(tmp_path: Path) -> None:
    config = read(tmp_path, SMALLEST)
    assert SMALLEST.count("\n") < 15
    assert (config.daemon.store, config.alerts.storm) == ("sqlite:///responder.db", Storm())
    assert config.senders["alertmanager"].token_file is not None
    assert config.tickets.system == "desk"


def test_an_empty_file_is_a_file_of_defaults() -> None:
    assert Config().daemon.listen == "127.0.0.1:9095"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("servrs: {}", '1:1: unknown key "servrs", did you mean "servers"?'),
        ("servers: {web1: {datacentre: fra}}\ndatacentres: {fra1: {}}",
         'no data centre is called "fra", did you mean "fra1"?'),
        ("servers: {vm1: {hypervisor: hv}, hv1: {}}", 'no server is called "hv"'),
        ("servers: {web1: {brand: acne}}\nbrands: {acme: {}}", 'did you mean "acme"?'),
        ("resellers: {anna: {server: web}}\nservers: {web1: {}}", 'no server is called "web"'),
        ("teams: {night: {members: [an]}}\npeople: {ana: {}}", 'no person is called "an"'),
        ("people: {ana: {}}\nescalations: {x: {steps: [{notify: [anna]}]}}",
         'no person, team or rota is called "anna", did you mean "ana"?'),
        ("people: {ana: {}}\nescalations: {x: {steps: [{notify: ['team:ana']}]}}",
         'no team is called "ana"'),
        ("escalations: {x: {steps: []}}", "escalations.x.steps"),
        ("escalations: {x: {steps: [{notify: []}]}}", "notify"),
        ("escalations: {x: {steps: [{notify: [everyone], wait: 0s}]}}", "a second at least"),
        ("escalations: {x: {steps: [{notify: [everyone], wait: 5000000d}]}}", "hundred years"),
        ("senders: {am: {kind: alertmanager}}", "a sender needs token_file"),
        ("access: {tokens: {grafana: {role: viewer}}}", "a token needs token_file"),
        ("access: {tokens: {grafana: {role: boss, token_file: secrets/grafana}}}", "role"),
        ("people: {ana: {methods: [{kind: email, to: a@example.net}]}}",
         "mail needs paging.email (host, from)"),
        ("people: {ana: {methods: [{kind: voice, to: '+359888123456'}]}}",
         "calls and SMS need paging.twilio (account_sid, from)"),
        ("people: {ana: {methods: [{kind: sms, to: +359888123456}]}}", "quote it"),
        ("senders: {cron: {kind: heartbeat, token_file: secrets/grafana}}",
         "a heartbeat needs within"),
        ("daemon: {listen: nowhere}", "daemon.listen"),
        ("alerts: {watch: soon}", "write a duration such as 30s, 5m or 1h30m"),
        ("alerts: {watch: -5}", "write a duration such as 30s, 5m or 1h30m"),
        ("alerts: {storm: {servers: 0}}", "alerts.storm"),
        ("servers: {'web 1': {}}", "servers"),
        ("maintenance: [{scope: all, starts: 2026-11-22T01:00:00, ends: 2026-11-22T02:00:00Z}]",
         "starts"),
        ("maintenance: [{scope: all, starts: 2026-11-22T02:00:00Z, ends: 2026-11-22T02:00:00Z}]",
         "must be later than starts"),
        ("servers: {web1: {}}\n"
         "maintenance: [{scope: web1, starts: 2026-11-22T01:00:00Z, ends: 2026-11-22T02:00:00Z}]",
         'no scope is called "web1"'),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    problems = told(tmp_path, text)
    assert any(problem in one for one in problems), problems
    assert all(one[0].isdigit() for one in problems)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = (
        "servers: {web1: {brand: x, hypervisor: y}}\nsenders: {am: {}}\nteams: {t: {members: [z]}}"
    )
    assert len(told(tmp_path, text)) == 4


@pytest.mark.parametrize("scope", ["all", "server:web1", "dc:fra1", "rack:fra1/r7", "brand:acme"])
def test_planned_work_may_be_about_any_place_that_there_is(tmp_path: Path, scope: str) -> None:
    text = (
        "datacentres: {fra1: {}}\nbrands: {acme: {}}\n"
        "servers: {web1: {datacentre: fra1, rack: r7}}\n"
        f"maintenance: [{{scope: '{scope}', starts: 2026-11-22T01:00:00+01:00,"
        " ends: 2026-11-22T02:00:00+01:00}]\n"
    )
    (work,) = read(tmp_path, text).maintenance
    assert work.scope == scope
    assert work.starts.isoformat() == "2026-11-22T01:00:00+01:00"


def test_storm_and_flapping_can_be_off(tmp_path: Path) -> None:
    config = read(tmp_path, "alerts: {storm: off, flapping: off}")
    assert (config.alerts.storm, config.alerts.flapping) == ("off", "off")


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    config = read(tmp_path, SMALLEST)
    assert "token\n" not in repr(config)
    secret = config.senders["alertmanager"].token_file
    assert secret is not None
    assert secret.reveal() == "token"
    assert "token" not in repr(secret).replace("token_file", "")


def test_a_configuration_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Config().daemon = None  # type: ignore[assignment, misc]


ORDER = [Role.VIEWER, Role.AGENT, Role.RESPONDER, Role.ADMIN]


@pytest.mark.parametrize("has", ORDER)
@pytest.mark.parametrize("needs", ORDER)
def test_each_role_may_do_what_the_one_before_it_may(has: Role, needs: Role) -> None:
    assert has.allows(needs) is (ORDER.index(has) >= ORDER.index(needs))


def test_a_sender_may_only_send_and_nobody_else_may() -> None:
    assert Role.INTAKE.allows(Role.INTAKE)
    others: list[Any] = [Role.INTAKE.allows(role) or role.allows(Role.INTAKE) for role in ORDER]
    assert others == [False] * 4
