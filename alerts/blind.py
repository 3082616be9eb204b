"""Is it me? References on several networks tell whether we still see anything at all.

While we are blind nothing is believed: no look is judged, nothing opens, nothing closes, nothing is
rebooted. A lost uplink must not look like a thousand dead servers (DESIGN 15.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from probes.model import Verdict

FEWEST = 3  # references
NETWORKS = 2  # that they stand on, at least
SILENT = 2  # so many that are silent at once are no coincidence
CLEAR = 2  # answers in a row from all but one end it
PATIENCE = timedelta(seconds=60)
"""How long we must have been blind before somebody is woken for it."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the references say of us. `since`: when we went blind. `runs`: how often each answered
    in a row, counted up to two; -1 is silent.
    """

    blind: bool = False
    since: datetime | None = None
    runs: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def silent(self) -> tuple[str, ...]:
        """Who did not answer when asked last."""
        return tuple(sorted(name for name, run in self.runs.items() if run < 0))


CLEAR_SIGHT = Sighting()


def lacking(networks: Mapping[str, str]) -> str | None:
    """Why these references (name -> network) can't ever tell that we are blind; None when they can.

    A finding about the configuration, in words that follow `references:`.
    """
    if len(networks) < FEWEST:
        return f"{len(networks)} of at least {FEWEST} are named: being blind can't be noticed"
    if len(set(networks.values())) < NETWORKS:
        only = next(iter(networks.values()))
        return f"all stand on one network ({only}): being blind can't be told from its trouble"
    return None


def sighted(
    before: Sighting,
    name: str,
    verdict: Verdict,
    *,
    networks: Mapping[str, str],
    now: datetime,
) -> Sighting:
    """What we know of ourselves after one more look at this reference; the same object when nothing
    changed. The bare verdict of each look counts: waiting for a hard state would be too late.

    Blind at once when two are silent; seeing again when all but one answered twice in a row. A
    reference that could not be asked (UNKNOWN) is neither silent nor an answer. With too few of
    them we are never blind.
    """
    if lacking(networks) is not None:
        return CLEAR_SIGHT
    runs = {one: before.runs[one] for one in networks if one in before.runs}
    if name in networks:
        runs[name] = _run(runs.get(name, 0), verdict)
    if runs == before.runs:
        return before
    blind = _blind(before.blind, runs, of=len(networks))
    return Sighting(blind, (before.since or now) if blind else None, MappingProxyType(runs))


def worth_a_page(sighting: Sighting, *, now: datetime) -> bool:
    """Have we been blind for so long that somebody must know? Short loss heals by itself."""
    return sighting.since is not None and now - sighting.since >= PATIENCE


def _run(before: int, verdict: Verdict) -> int:
    if verdict is Verdict.UP:
        return min(max(before, 0) + 1, CLEAR)
    return -1 if verdict is Verdict.DOWN else 0


def _blind(was: bool, runs: Mapping[str, int], *, of: int) -> bool:
    if sum(1 for run in runs.values() if run < 0) >= SILENT:
        return True
    return was and sum(1 for run in runs.values() if run >= CLEAR) < of - 1
