"""One look: a probe under a deadline becomes an observation."""

import asyncio
import ssl
import time

from probes.deadline import Deadlines
from probes.model import UP, Finding, Observation, Probe, Target, Verdict
from probes.net import Net
from probes.reasons import Failed, late, of_error
from probes.sight import Sight

USUAL_SECONDS = 5.0  # where neither the module nor the caller says how long a look may take


async def look(
    probe: Probe, target: Target, net: Net, *, within: float | None = None, debug: bool = False
) -> Observation:
    """Look once. `within` seconds count for everything, the resolution of names too.

    Never raises for the target's sake; cancelling it cancels the look.
    """
    seconds = within if within is not None else seconds_of(probe)
    sight = Sight(net, within=seconds, debug=debug)
    sight.say("Beginning probe", probe=probe.kind, timeout_seconds=seconds)
    finding = await _find(probe, target, sight, seconds)
    took = time.monotonic() - sight.begun
    outcome = "Probe succeeded" if finding.verdict is Verdict.UP else "Probe failed"
    sight.say(outcome, duration_seconds=took, reason=finding.reason)
    samples = (
        *sight.samples,
        ("probe_success", "", float(finding.verdict is Verdict.UP)),
        ("probe_duration_seconds", "", took),
    )
    return Observation(
        finding, took, seconds, samples, tuple(sight.spans), tuple(sight.lines or ())
    )


def seconds_of(probe: Probe) -> float:
    """How long a look of this probe may take."""
    return probe.timeout.total_seconds() if probe.timeout is not None else USUAL_SECONDS


async def _find(probe: Probe, target: Target, sight: Sight, seconds: float) -> Finding:
    if seconds <= 0:  # a scrape that leaves no time
        return late(sight.phase, seconds)
    try:
        with sight.net.shared(Deadlines, Deadlines).begin(seconds):
            return await probe.look(target, sight)
    except TimeoutError as error:
        if error.errno is not None:  # it is the kernel who waits no longer
            return of_error(error, sight.phase)
        return late(sight.phase, seconds, sight.awaited)
    except (Failed, OSError, ssl.SSLError, EOFError, asyncio.LimitOverrunError) as error:
        return of_error(error, sight.phase)


__all__ = ["UP", "look", "seconds_of"]
