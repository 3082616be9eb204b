"""Does what the probes see stand on /metrics, in both formats?"""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from probes.model import Look, Observation, Target, up
from tests.probes.rounds_room import Answering
from tests.stories.stage import VIEWER, Stage, begin, write_config


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A responder that has seen a thousand web servers."""
    stage = await begin(write_config(tmp_path, smtp=25))
    for number in range(1000):
        target = Target(f"http://w{number}/", "", {"brand": "acme"})
        look = Look(f"w{number}", "http_2xx", Answering(), target, f"w{number}")
        samples = (("probe_success", "", 1.0), ("probe_http_status_code", "", 200.0))
        stage.daemon.world.eyes.glass.show(look, Observation(up(), 0.1, 5.0, samples))
    yield stage
    await stage.daemon.end()


@pytest.mark.parametrize(
    ("accept", "read"),
    [("text/plain", plain), ("application/openmetrics-text; version=1.0.0", openmetrics)],
)
async def test_the_probes_stand_beside_our_own_families(
    stage: Stage, accept: str, read: Callable[[str], Iterable[Metric]]
) -> None:
    head = {"Authorization": f"Bearer {VIEWER}", "Accept": accept}
    async with (
        ClientSession(headers=head) as session,
        session.get(f"{stage.url}/metrics") as answer,
    ):
        text = await answer.text()
    families = {family.name: family.samples for family in read(text)}
    assert len(families["probe_success"]) == len(families["probe_http_status_code"]) == 1000
    assert {"instance": "http://w7/", "module": "http_2xx", "brand": "acme"} in [
        sample.labels for sample in families["probe_success"]
    ]
    seen = {sample.labels["verdict"]: sample.value for sample in families["responder_probe_looks"]}
    assert seen == {"up": 1000, "down": 0, "unknown": 0}
    assert text.endswith("# EOF\n") == ("openmetrics" in accept)
