"""Our looks in a process of their own: `python -m benchmarks.looking FOLDER MODULE COUNT ADDRESS`.

The modules are those of the folder's blackbox.yml, read by our own reader, so that both sides do
the same. `paced:RATE:SECONDS` in the place of COUNT goes through the rounds. Prints microseconds of
CPU for one look, start and imports excluded, and what the process holds in memory.
"""

import asyncio
import gc
import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from probes.blackbox import read_modules
from probes.look import look
from probes.model import Look, Observation, Patience, Probe, Target, Verdict
from probes.net import Net
from probes.rounds import Rounds
from probes.wheel import TICK
from responder import collector
from responder.eyes.glass import Glass
from responder.supervise import Duty, forever

AT_ONCE = 50
WARM = 300
WARM_SECONDS = 2.0


@dataclass
class Seen:
    """What came of it; `glass` keeps it, as in the daemon."""

    glass: Glass = field(default_factory=Glass)
    good: int = 0
    bad: list[str] = field(default_factory=list)

    def take(self, look: Look, observation: Observation) -> float | None:
        self.glass.show(look, observation)
        if observation.verdict is Verdict.UP:
            self.good += 1
        else:
            self.bad.append(observation.finding.reason)
        return None


def cpu() -> float:
    """Seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def looks_at(module: str, probe: Probe, addresses: Sequence[str], *, count: int) -> list[Look]:
    """So many looks, each at a host of its own as far as the limits go."""
    patience = Patience(interval=1.0)
    return [
        Look(f"{module}/{one}", module, probe, Target(addresses[one % len(addresses)]),
             str(one), patience)
        for one in range(count)
    ]  # fmt: skip


async def at_once(looks: Sequence[Look], seen: Seen, *, count: int) -> float:
    """Microseconds of CPU for one look, 50 at a time without a pause."""
    net = Net()
    left = iter(range(count + WARM))

    async def one_after_the_other() -> None:
        for number in left:
            if number == WARM:
                gc.collect()
                begun.append(cpu())
            each = looks[number % len(looks)]
            seen.take(each, await look(each.probe, each.target, net))

    begun: list[float] = []
    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    used = cpu() - begun[0]
    await net.close()
    return 1e6 * used / count


async def paced(looks: Sequence[Look], seen: Seen, *, seconds: float) -> float:
    """The same at an even pace: as many a second as there are looks, through the real rounds."""
    net = Net()
    rounds = Rounds(net, seen=seen.take)
    rounds.plan(looks)
    duty = Duty("rounds", rounds.turn, every=TICK)
    loop = asyncio.create_task(forever(duty, failed=seen.bad.append))
    await asyncio.sleep(WARM_SECONDS)
    before, began = rounds.figures().started, cpu()
    await asyncio.sleep(seconds)
    used, count = cpu() - began, rounds.figures().started - before
    loop.cancel()
    await rounds.settle()
    await net.close()
    if abs(count / seconds / len(looks) - 1) > 0.02:
        raise SystemExit(f"{count} looks in {seconds} s: not the pace")
    return 1e6 * used / count


def main(folder: str, module: str, how: str, *addresses: str) -> None:
    """Print the figures as JSON. SystemExit when a look failed: a failing look is cheap."""
    probe = read_modules(Path(folder) / "blackbox.yml").modules[module]
    seen = Seen()
    collector.begin()  # as `responder run` does
    if how.startswith("paced:"):
        _, rate, seconds = how.split(":")
        looks = looks_at(module, probe, addresses, count=int(rate))
        used = uvloop.run(paced(looks, seen, seconds=float(seconds)))
    else:
        looks = looks_at(module, probe, addresses, count=200)
        used = uvloop.run(at_once(looks, seen, count=int(how)))
    if seen.bad:
        raise SystemExit(f"{len(seen.bad)} of {len(seen.bad) + seen.good} failed: {seen.bad[0]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"us": used, "megabytes": peak}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
