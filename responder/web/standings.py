"""How looks stand, whichever member does them: what the API and the pages tell of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.issues import Held
from alerts.observed import NEVER, Standing, State
from alerts.trouble import SOURCE
from probes.model import Look, Severity
from responder.eyes.watching import Eyes
from responder.store import Store, Tx, probes
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.store.probes import Change, Hour
from responder.values import Incident

WORST_FIRST = (
    State.DOWN, State.SUSPECT, State.RECOVERING, State.UNKNOWN, State.PENDING, State.OK,
)  # fmt: skip
HARD = (State.DOWN, State.RECOVERING)
HOURS = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Stood:
    """One look, and what we believe of its target."""

    look: Look
    standing: Standing

    @property
    def since(self) -> datetime | None:
        """When its trouble began, else its state."""
        standing = self.standing
        return standing.failing_since or standing.since or standing.unknown_since

    @property
    def why(self) -> str:
        """What is wrong, and what keeps us from telling."""
        told = (self.standing.reason, self.standing.doubt)
        return "; could not tell since: ".join(one for one in told if one)

    @property
    def issues(self) -> list[Held]:
        """What is wrong with it though it answers, the worst first."""
        return sorted(self.standing.issues, key=lambda one: _SEVERITIES.index(one.issue.severity))


_SEVERITIES = tuple(Severity)
_NONE = len(_SEVERITIES)


def urgency(look: Look, standing: Standing) -> tuple[int, str]:
    """What sorts the worst first among those of one state, and the rest by name."""
    if not standing.issues:
        return _NONE, look.key
    return min(_SEVERITIES.index(one.issue.severity) for one in standing.issues), look.key


def label(look: Look, name: str) -> str | None:
    """What a look says of whose it is."""
    return look.target.labels.get(name) or None


def at_server(looks: Iterable[Look], server: str) -> list[Look]:
    """Those at this machine, and those of what lives on it."""
    return [one for one in looks if server in (one.host, label(one, "server"))]


def known_look(eyes: Eyes, key: str) -> Look | None:
    """The look of this name, if anybody of us takes it."""
    ours = eyes.beliefs.looks.get(key)
    return ours or next((one for one in eyes.looks() if one.key == key), None)


async def standings(eyes: Eyes, found: Sequence[Look]) -> dict[str, Standing]:
    """Ours from memory, those of other members from the store."""
    beliefs = eyes.beliefs
    others = [one.key for one in found if one.key not in beliefs.looks]
    known = await eyes.telling.known(others) if others else {}
    return {
        one.key: beliefs.standing(one.key)
        if one.key in beliefs.looks
        else known.get(one.key, NEVER)
        for one in found
    }


async def failing(eyes: Eyes, store: Store) -> tuple[int, int]:
    """How many looks there are, and how many of them fail (of others' no mere suspicion counts)."""
    ours, looks = eyes.beliefs.looks, eyes.looks()
    counts = eyes.beliefs.counts()
    bad = sum(counts[state] for state in (*HARD, State.SUSPECT))
    if len(looks) > len(ours):
        theirs = await store.read(probes.keys_that_stand, HARD)
        bad += sum(1 for key in theirs if key not in ours and eyes.knows(key))
    return len(looks), bad


def history(tx: Tx, *, key: str, now: datetime) -> tuple[list[Change], list[Hour]]:
    """The changes of this look, the newest first, and its last hours, the oldest first."""
    return probes.changes(tx, key), probes.hours(tx, key, since=now - HOURS)


def lasted(changes: Sequence[Change], now: datetime) -> Iterator[tuple[Change, timedelta]]:
    """Each change with how long it held; the newest still does."""
    ends = [now, *(one.at for one in changes)]
    for one, end in zip(changes, ends, strict=False):
        yield one, max(timedelta(0), end - one.at)


def troubles(tx: Tx, look: Look, *, server: str | None) -> list[Incident]:
    """The incidents that this look is a part of just now; `server` when it is at one of ours."""
    firing = alert_rows.all_firing(tx, source=SOURCE, server=server)
    # An alert without a look is about the machine as a whole.
    whole = look.key if server is not None else None
    ids = {one.incident for one in firing if one.labels.get("probe", whole) == look.key}
    found = incident_rows.by_ids(tx, ids)
    greater = incident_rows.by_ids(tx, {one.parent for one in found if one.parent is not None})
    return [*greater, *found]


def blindness(eyes: Eyes) -> str:
    """What to know before anything that we see is believed; "" while we see."""
    if not eyes.blind:
        return ""
    silent = ", ".join(eyes.blindness.silent)
    silence = f"no answer from {silent}" if silent else "not all references answer again"
    return f"We are blind: {silence}. Nothing that is seen now is believed."
