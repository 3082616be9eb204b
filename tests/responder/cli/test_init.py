"""Does a stranger get from an empty folder to a running daemon with the README's words alone?"""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from playbooks.datacentre.channels import AnyChannel
from playbooks.power.kinds import AnyPower
from probes.kinds import AnyProbe
from responder.config import Config
from responder.configfile import load, schema
from responder.tickets.kinds import AnyTickets
from tests.require import free_port
from tests.responder.cli.asking import Program, call, told
from tests.test_docs import usable


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def daemon(empty: Path) -> Iterator[Program]:
    program = Program(empty, "run", "-c", empty / "responder.yaml")
    yield program
    program.end()


def test_from_an_empty_folder_to_a_running_daemon(empty: Path, daemon: Program) -> None:
    assert call("init").exit_code == 0
    checked = call("check", "-c", "responder.yaml")
    assert (checked.exit_code, checked.stdout.split(":")[0]) == (0, "responder.yaml is fine")
    file = empty / "responder.yaml"
    file.write_text(file.read_text().replace("127.0.0.1:9095", f"127.0.0.1:{free_port()}"))
    daemon.begin()
    daemon.signal(signal.SIGTERM)
    assert daemon.exit_code() == 0


def test_the_secrets_are_random_and_for_nobody_else(empty: Path) -> None:
    call("init", "one")
    call("init", "two")
    found = [path for path in empty.rglob("secrets/*") if path.is_file()]
    assert sorted({path.name for path in found}) == ["alertmanager", "viewer"]
    assert {path.stat().st_mode & 0o777 for path in found} == {0o600}
    assert {path.parent.stat().st_mode & 0o777 for path in found} == {0o700}
    assert len({path.read_text() for path in found}) == 4
    assert min(len(path.read_text().strip()) for path in found) >= 40


def test_nothing_that_is_there_is_overwritten(empty: Path) -> None:
    (empty / "secrets").mkdir()
    (empty / "secrets" / "viewer").write_text("mine")
    answer = told("init")
    assert [Path(path).name for path in answer["written"]] == [
        "alertmanager",
        "responder.schema.json",
        "responder.yaml",
    ]
    assert (empty / "secrets" / "viewer").read_text() == "mine"
    (empty / "responder.yaml").write_text("mine")
    again = call("init")
    assert again.exit_code == 1
    assert "is there already; nothing was written" in again.stderr
    assert (empty / "responder.yaml").read_text() == "mine"


def test_the_file_names_a_schema_that_fits_this_program(empty: Path) -> None:
    call("init")
    first = (empty / "responder.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=responder.schema.json"
    assert json.loads((empty / "responder.schema.json").read_text()) == schema(Config)


def awakened(text: str) -> str:
    """The file with every example in use; of two lines with one key the example's stays."""
    text = text.replace("  system: desk\n", "")
    return re.sub(r"(?m)^( *)#(?=\S)", r"\1", text)


def test_every_example_in_it_can_be_used(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("init")
    file = empty / "responder.yaml"
    file.write_text(awakened(file.read_text()))
    for name in re.findall(r"secrets/[\w-]+", file.read_text()):
        (empty / name).write_text(usable(name))
        (empty / name).chmod(0o600)
    (empty / "blackbox.yml").write_text("modules: {http_2xx: {prober: http}}\n")
    (empty / "panel-ca.pem").write_text("made up")
    (empty / "acme-texts.yml").write_text("texts: {}")
    (empty / "requests.yml").write_text('version: "1"\n')
    (empty / "knowledge").mkdir()
    monkeypatch.setenv("GRAFANA_TOKEN", "made up")
    monkeypatch.setenv("DEPLOY_TOKEN", "made up")
    read = load(file, Config)
    assert read.findings == ()
    assert read.value.tickets.system == "rt"
    assert len(read.value.senders) == 4


def test_everything_that_can_be_said_is_shown_in_it(empty: Path) -> None:
    """A new key needs a line of its own, or nobody will find it."""
    call("init")
    shown = set(re.findall(r"[\w]+(?=:)", (empty / "responder.yaml").read_text()))
    told = schema(Config)
    # The keys of each kind of probe, power driver, channel and ticket system stand in the guides.
    several: tuple[Any, ...] = (AnyProbe, AnyPower, AnyChannel, AnyTickets)
    kinds = {kind for one in several for kind in TypeAdapter(one).json_schema()["$defs"]}
    parts = [told, *(part for name, part in told["$defs"].items() if name not in kinds)]
    keys = {key for part in parts for key in part.get("properties", {})}
    # The one stands for the other: a secret by its file or by a reference.
    assert keys - shown - {"routing_key"} == set()


def test_a_folder_that_cannot_be_written_is_one_clear_line(empty: Path) -> None:
    (empty / "file").write_text("")
    answer = call("init", "file/below")
    assert answer.exit_code == 1
    assert answer.stderr == "Error: cannot write into file/below: Not a directory\n"
