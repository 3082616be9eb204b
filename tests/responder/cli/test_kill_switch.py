"""Can somebody at a shell stop every power action, with and without a daemon?"""

import json
from pathlib import Path

from responder.places import KILL_SWITCH
from tests.require import free_port
from tests.responder.cli.asking import call, settle
from tests.responder.cli.conftest import Desk


async def test_it_is_thrown_shown_and_lifted(desk: Desk) -> None:
    quiet = await desk.call("kill-switch", "status")
    assert (quiet.exit_code, quiet.stdout) == (0, "kill switch: off\n")
    thrown = await desk.told("kill-switch", "on", "--reason", "smoke in rack 4")
    assert (thrown["on"], thrown["trouble"]) == (True, "")
    loud = await desk.call("kill-switch", "status")
    assert loud.exit_code == 3
    assert loud.stdout.startswith("kill switch: ON: ")
    assert "smoke in rack 4" in loud.stdout
    assert "power:     OFF by the kill switch, " in (await desk.call("status")).stdout
    assert (await desk.told("kill-switch", "off"))["on"] is False
    assert "power:" not in (await desk.call("status")).stdout
    assert (await desk.call("kill-switch", "status")).exit_code == 0


def test_it_is_thrown_where_no_daemon_runs(tmp_path: Path) -> None:
    config = settle(tmp_path)
    result = call("kill-switch", "on", "--reason", "smoke", "-c", config)
    assert result.exit_code == 0, result.output
    assert "no responder answers" in result.stdout
    assert (tmp_path / KILL_SWITCH).read_text().endswith(": smoke\n")
    status = call("kill-switch", "status", "-c", config)
    assert status.exit_code == 3
    assert json.loads(call("kill-switch", "status", "--json", "-c", config).stdout)["on"] is True


def test_without_a_daemon_nobody_knows_that_it_is_off_and_nobody_lifts_it(tmp_path: Path) -> None:
    config = settle(tmp_path)
    assert call("kill-switch", "status", "-c", config).exit_code == 1
    (tmp_path / KILL_SWITCH).touch()
    refused = call("kill-switch", "off", "-c", config)
    assert refused.exit_code == 1
    assert (tmp_path / KILL_SWITCH).exists()


def test_where_neither_file_nor_daemon_hears_it_fails(tmp_path: Path) -> None:
    config = settle(tmp_path)
    config.write_text(config.read_text().replace("responder.db", "no/folder/responder.db"))
    result = call("kill-switch", "on", "-c", config)
    assert result.exit_code == 1
    assert "can't be written" in result.stderr


def test_another_machines_daemon_is_asked_and_no_file_written_here(tmp_path: Path) -> None:
    config = settle(tmp_path)
    address = f"http://127.0.0.1:{free_port()}"
    result = call("kill-switch", "on", "--url", address, "-c", config)
    assert result.exit_code == 1
    assert not (tmp_path / KILL_SWITCH).exists()
