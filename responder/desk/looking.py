"""What the probes make of a customer's outage: confirmed, seen well, or not checkable (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from probes.model import Verdict
from responder.desk_values import Confirmed

_WEAK = frozenset({"ping"})  # a machine that answers pings may serve nothing


@dataclass(frozen=True, slots=True)
class Glance:
    """One look that was made for him; `place` is "" for ours, else another vantage point."""

    name: str
    kind: str
    verdict: Verdict
    reason: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """All that was seen of what he names. `blind`: we could not trust our own eyes."""

    glances: Sequence[Glance] = ()
    blind: bool = False


def judged(seen: Sighting) -> Confirmed:
    """One look that fails confirms it, from wherever. Seen well is only what answers to more than
    a ping, and is well from every place that could say so. The rest nobody can check (decision 12).
    """
    verdicts = {one.verdict for one in seen.glances}
    if seen.blind:
        return Confirmed.UNCHECKABLE
    if Verdict.DOWN in verdicts:
        return Confirmed.CONFIRMED
    strong = [one for one in seen.glances if one.kind not in _WEAK]
    well = any(one.verdict is Verdict.UP for one in strong)
    return Confirmed.SEEN_WELL if well else Confirmed.UNCHECKABLE


def described(seen: Sighting) -> str:
    """The findings, a line each, for whoever works on the ticket."""
    if seen.blind:
        return "We see nothing ourselves now: nothing could be checked."
    lines = [_line(one) for one in seen.glances]
    return "\n".join(lines) or "There is nothing that the probes could look at."


def _line(one: Glance) -> str:
    place = f" from {one.place}" if one.place else ""
    why = f": {one.reason}" if one.reason else ""
    return f"- {one.name}{place}: {one.verdict}{why}"
