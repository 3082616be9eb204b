"""Are keys for nobody else to read, listed without their values, and worthless when revoked?"""

from pathlib import Path

import pytest

from responder.cli.token import ROLES
from responder.config import Config, Role
from responder.configfile import load
from tests.responder.cli.asking import call, settle, told

TOKENS = """
senders:
  alertmanager: {token_file: secrets/alertmanager}
access:
  tokens:
    grafana: {role: viewer, token_file: "${file:secrets/grafana}"}
    deploy: {role: responder, token: "${env:DEPLOY_TOKEN}"}
"""


def test_the_roles_are_those_of_the_configuration() -> None:
    assert tuple(Role) == ROLES


def test_a_new_token_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = settle(tmp_path)
    result = call("token", "new", "grafana", "--role", "viewer", "-c", file)
    path = tmp_path / "secrets" / "grafana"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text().strip()) >= 40
    assert path.read_text().strip() not in result.output


def test_the_lines_that_it_says_to_add_can_be_added(tmp_path: Path) -> None:
    file = settle(tmp_path)
    result = call("token", "new", "grafana", "--role", "viewer", "-c", file)
    lines = result.stdout[result.stdout.index("access:") :]
    file.write_text(file.read_text() + lines)
    token = load(file, Config).value.access.tokens["grafana"]
    assert token.role is Role.VIEWER
    assert token.token_file is not None
    assert token.token_file.matches((tmp_path / "secrets" / "grafana").read_text().strip())


def test_no_token_is_overwritten(tmp_path: Path) -> None:
    file = settle(tmp_path, grafana="mine")
    result = call("token", "new", "grafana", "--role", "viewer", "-c", file)
    assert result.exit_code == 1
    assert "is there already" in result.stderr
    assert (tmp_path / "secrets" / "grafana").read_text() == "mine"


@pytest.mark.parametrize("name", ["../grafana", "", "a b", ".hidden"])
def test_a_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    result = call("token", "new", name, "--role", "viewer", "-c", settle(tmp_path))
    assert result.exit_code == 2
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["alertmanager"]


def test_the_list_shows_everything_but_the_values(tmp_path: Path) -> None:
    file = settle(tmp_path, TOKENS, alertmanager="hidden-one", grafana="hidden-two")
    listed = told("token", "list", "-c", file)
    changed = [one.pop("changed") for one in listed]
    assert listed == [
        {"name": "alertmanager", "role": "intake", "place": "secrets/alertmanager"},
        {"name": "grafana", "role": "viewer", "place": "${file:secrets/grafana}"},
        {"name": "deploy", "role": "responder", "place": "${env:DEPLOY_TOKEN}"},
    ]
    assert [moment is None for moment in changed] == [False, False, True]
    shown = call("token", "list", "-c", file).stdout
    assert shown.splitlines()[0].split() == ["NAME", "ROLE", "PLACE", "CHANGED"]
    assert "hidden" not in shown


@pytest.mark.parametrize("name", ["alertmanager", "grafana"])
def test_a_revoked_token_fits_no_more_and_the_file_stays_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "made up")
    file = settle(tmp_path, TOKENS, grafana="old value", alertmanager="old value")
    result = call("token", "revoke", name, "-c", file)
    assert result.exit_code == 0
    assert f"Take it out of {file}" in result.stdout
    value = (tmp_path / "secrets" / name).read_text()
    assert "old value" not in value
    assert value.strip() not in result.output
    assert load(file, Config).findings == ()


def test_a_token_that_is_not_ours_to_change_is_said_so(tmp_path: Path) -> None:
    file = settle(tmp_path, TOKENS)
    elsewhere = call("token", "revoke", "deploy", "-c", file)
    assert elsewhere.exit_code == 1
    assert "deploy stands in ${env:DEPLOY_TOKEN}: change it there" in elsewhere.stderr
    unknown = call("token", "revoke", "nobody", "-c", file)
    assert unknown.exit_code == 1
    assert 'names no token "nobody"' in unknown.stderr
