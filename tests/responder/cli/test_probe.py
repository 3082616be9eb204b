"""Does `responder probe` show one look whole, and say by its exit code how it went?"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.responder.cli.asking import SMALLEST, call, settle

MORE = """
probes:
  modules: {{door: {{kind: tcp, timeout: 1s}}, ask: {{kind: dns, query_name: example.org}}}}
  looks:
    - {{module: door, servers: web1, target: "{{address}}:{port}"}}
    - {{kind: ping, servers: web1}}
    - {{module: door, targets: ["127.0.0.3:{port}"]}}
"""


@pytest.fixture
def port() -> Iterator[int]:
    """Somebody listens here at 127.0.0.2, and nobody at any other address."""
    with socket.create_server(("127.0.0.2", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.fixture
def file(tmp_path: Path, port: int) -> Path:
    return settle(tmp_path, SMALLEST + MORE.format(port=port))


def test_a_target_that_is_well_ends_with_0_and_a_waterfall(file: Path, port: int) -> None:
    result = call("probe", f"127.0.0.2:{port}", "-c", file)
    assert result.exit_code == 0, result.output
    head, *bars = result.stdout.splitlines()
    assert head.startswith(f"127.0.0.2:{port}/tcp  127.0.0.2:{port}  up after ")
    assert [bar.split()[0] for bar in bars] == ["resolve", "connect"]
    assert all(bar.count("|") == 2 and "ms" in bar for bar in bars)


def test_a_target_that_is_down_ends_with_1_and_the_reason(file: Path, port: int) -> None:
    result = call("probe", f"127.0.0.3:{port}", "-m", "tcp", "-c", file)
    assert result.exit_code == 1
    assert "down in phase connect: connection refused" in result.stdout


def test_what_could_not_be_told_ends_with_3(tmp_path: Path) -> None:
    file = settle(tmp_path, SMALLEST + "probes: {forbid: [loopback]}\n")
    result = call("probe", "127.0.0.2:1", "-c", file)
    assert (result.exit_code, "unknown in phase resolve" in result.stdout) == (3, True)
    assert "127.0.0.2 is in 127.0.0.0/8, which probes.forbid names" in result.stdout


def test_a_server_is_looked_at_with_all_its_looks(file: Path) -> None:
    result = call("probe", "web1", "-c", file, "--json")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["look"] for one in told] == ["web1/door", "web1/ping"]
    assert told[0]["verdict"] == "up"
    assert {"name": "probe_success", "labels": "", "value": 1.0} in told[0]["series"]
    assert [span["what"] for span in told[0]["spans"]] == ["resolve", "connect"]


def test_a_look_is_chosen_by_its_name_or_module(file: Path) -> None:
    assert call("probe", "web1/door", "-c", file).stdout.startswith("web1/door  ")
    assert call("probe", "web1", "-m", "door", "-c", file).stdout.startswith("web1/door  ")


def test_a_server_may_be_asked_with_a_module_that_no_look_names(file: Path) -> None:
    result = call("probe", "web1", "-m", "ask", "-c", file, "--within", "0.2", "--json")
    assert json.loads(result.stdout)["target"].startswith("127.0.0.2")
    result = call("probe", "web1", "-m", "tcp", "-c", file)
    assert result.exit_code == 1
    assert '"tcp" does not know where to look' in result.stderr


def test_an_unknown_module_is_told_with_those_that_are_known(file: Path) -> None:
    result = call("probe", "127.0.0.2", "-m", "doors", "-c", file)
    assert result.exit_code == 1
    assert 'there is no module "doors": known are ask, directadmin, ' in result.stderr
    assert result.stdout == ""


def test_a_module_that_can_not_be_done_says_why(tmp_path: Path) -> None:
    (tmp_path / "blackbox.yml").write_text("modules: {chat: {prober: grpc}}\n")
    file = settle(tmp_path, SMALLEST + "probes: {modules_file: blackbox.yml}\n")
    result = call("probe", "127.0.0.2:1", "-m", "chat", "-c", file)
    assert (result.exit_code, "gRPC" in result.stderr or "grpc" in result.stderr) == (1, True)


def test_a_target_like_an_option_is_none(file: Path) -> None:
    assert call("probe", "-f", "-c", file).exit_code == 2
    result = call("probe", "-c", file, "--", "-f")
    assert (result.exit_code, "does not begin with a dash" in result.stderr) == (1, True)


def test_credentials_in_a_target_are_refused_and_never_shown(file: Path) -> None:
    for target in ("http://ana:sesame@127.0.0.2/", "ana:sesame@127.0.0.2"):
        result = call("probe", target, "-c", file)
        assert (result.exit_code, "no credentials in a target" in result.stderr) == (1, True)
        assert "sesame" not in result.output


@pytest.mark.parametrize("within", ["0", "-1", "nan", "inf"])
def test_a_look_takes_some_seconds_and_not_for_ever(file: Path, within: str) -> None:
    result = call("probe", "127.0.0.2", "--within", within, "-c", file)
    assert (result.exit_code, "--within" in result.stderr) == (2, True)


def test_a_scheme_has_no_case(file: Path, port: int) -> None:
    result = call("probe", "HTTP://127.0.0.3:1/", "-c", file)
    assert result.stdout.startswith("HTTP://127.0.0.3:1//http")


def test_debugging_shows_every_step_and_series(file: Path, port: int) -> None:
    result = call("probe", f"127.0.0.2:{port}", "-c", file, "--debug")
    assert 'msg="Beginning probe" probe=tcp' in result.stdout
    assert "  probe_success 1" in result.stdout.splitlines()


def test_nothing_but_a_target_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("probe", f"127.0.0.2:{port}")
    assert result.exit_code == 0, result.output


def test_a_look_is_explained_alone_and_with_its_server(file: Path) -> None:
    result = call("explain", "--look", "web1/door", "-c", file)
    assert result.exit_code == 0, result.output
    assert "confirmed: 3 failing looks in a row, 20 s apart" in result.stdout
    assert "ProbeFailed" in result.stdout
    assert "ServerDown" in result.stdout
    result = call("explain", "--look", "web1/dor", "-c", file)
    assert 'there is no look "web1/dor", did you mean "web1/door"?' in result.stderr
    assert result.exit_code == 1
