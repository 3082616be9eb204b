"""A stage whose looks end as a test wants them to."""

from probes.model import Finding, Observation
from responder.clock import HandClock
from tests.responder.eyes.made import at
from tests.stories.stage import Stage

MORE = """
probes:
  looks:
    - {kind: [tcp, http], servers: web1, target: "{address}:25"}
    - {kind: ping, targets: [127.0.0.7, 127.0.0.8]}
references:
  gw: {address: 127.0.0.1, network: office}
  mirror: {address: 127.0.0.3, network: carrier}
  resolver: {address: 127.0.0.4, network: peer}
"""


def looked(stage: Stage, key: str, finding: Finding, *seconds: float) -> None:
    """The look of this name finds this at each of these seconds after noon."""
    world = stage.daemon.world
    assert isinstance(world.clock, HandClock)
    for second in seconds:
        world.clock.move(seconds=(at(second) - world.clock.now()).total_seconds())
        world.eyes._seen(world.eyes._all[key], Observation(finding, 0.0, 5.0))


async def told(stage: Stage) -> None:
    """What was seen becomes alerts, and is kept."""
    await stage.daemon.world.eyes.turn()
    await stage.daemon.world.eyes.remember()
