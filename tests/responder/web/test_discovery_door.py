"""What is looked at is offered to Prometheus as targets of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probes.credentials import TextSecret
from probes.model import Look, Target
from probes.panel import Panel, PanelKind
from probes.tcp import TcpProbe
from responder.clock import HandClock
from responder.web.discovery_door import listed
from tests.require import free_port
from tests.stories.stage import VIEWER, Stage, begin, write_config

MORE = """
probes:
  modules: {mail: {kind: tcp, timeout: 5s}}
  looks:
    - {module: mail, servers: all, target: "{address}:25"}
    - {kind: ping, servers: web1}
"""


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A daemon that looks at web1 in two ways."""
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=MORE), clock=clock)
    yield stage
    await stage.daemon.end()


async def test_every_look_is_a_target_with_its_module_and_its_labels(stage: Stage) -> None:
    status, told = await stage.ask("GET", "/api/v1/sd", token=VIEWER)
    assert status == 200
    found = {one["labels"]["module"]: one for one in told}
    assert len(told) == len(found) == 2
    mail = found["mail"]
    assert mail["targets"] == ["127.0.0.2:25"]
    assert (
        mail["labels"].items()
        >= {
            "__param_module": "mail",
            "__param_target": "127.0.0.2:25",
            "instance": "127.0.0.2:25",
            "server": "web1",
        }.items()
    )


def look(labels: dict[str, str], panel: Panel | None = None) -> Look:
    target = Target("web1:25", hostname="shop.example", labels=labels, panel=panel)
    return Look("web1/mail", "mail", TcpProbe(), target, "web1")


def test_labels_that_prometheus_would_not_take_are_left_out() -> None:
    labels = {"brand": "blue", "no-label": "x", "__meta": "y", "empty": "", "0": "z"}
    assert listed([look(labels)]) == (
        '[{"targets": ["web1:25"], "labels": {"brand": "blue", "module": "mail",'
        ' "instance": "web1:25", "__param_module": "mail", "__param_target": "web1:25",'
        ' "__param_hostname": "shop.example"}}]'
    )


def test_what_needs_a_panel_s_credentials_is_no_target() -> None:
    panel = Panel(PanelKind.WHM, "https://web1:2087", "root", TextSecret("sesame"))
    assert listed([look({}, panel)]) == "[]"
