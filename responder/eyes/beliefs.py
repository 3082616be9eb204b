"""What we believe of every look's target, in memory; told by the rounds, asked by the telling."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from alerts.observed import NEVER, Standing, State, agreed, agrees, forget, judge, weigh
from alerts.trouble import Seen, of_machine
from probes.model import Finding, Look, Severity, Verdict

TELLING_SEVERITY = "severity"  # the label by which the configuration says how bad it is
MOST_HISTORY = 20_000  # changes that wait for the store; while it is away, later ones are lost


class Beliefs:
    """One standing for each look of ours. `changed` are those that the store does not know yet,
    `history` the changes of state on the way there, `dirty` the hosts whose trouble must be judged
    anew.
    """

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}
        self._hosts: dict[str, list[str]] = {}
        self._standings: dict[str, Standing] = {}
        self._latest: dict[str, tuple[Verdict, datetime]] = {}
        self.changed: dict[str, Standing] = {}
        self.history: list[tuple[Look, Standing, datetime]] = []
        self.dirty: set[str] = set()

    def plan(
        self, looks: Iterable[Look], known: Mapping[str, Standing], *, anew: bool = False
    ) -> None:
        """These looks are ours from now on; `known` is how new ones stood when they were another's,
        or before we stopped. `anew`: we stood still, and another member may have looked meanwhile.
        """
        if anew:
            self._standings, self.changed, self.history = {}, {}, []
        before = set(self._hosts)
        self._looks = {one.key: one for one in looks}
        self._hosts = {}
        for one in self._looks.values():
            self._hosts.setdefault(one.host, []).append(one.key)
        old = self._standings
        self._standings = {key: old.get(key) or known.get(key, NEVER) for key in self._looks}
        self._latest = {key: one for key, one in self._latest.items() if key in self._looks}
        self.changed = {key: one for key, one in self.changed.items() if key in self._looks}
        self.dirty |= before | set(self._hosts)

    @property
    def looks(self) -> Mapping[str, Look]:
        """Our looks by key."""
        return self._looks

    def standing(self, key: str) -> Standing:
        """How this look stands."""
        return self._standings.get(key, NEVER)

    def latest(self, key: str) -> tuple[Verdict, datetime] | tuple[None, None]:
        """What the last look said, and when it began."""
        return self._latest.get(key, (None, None))

    def is_sure(self, key: str, *, since: datetime) -> bool:
        """Has this look been repeated since then, and do we know what to believe of it? One that is
        not ours has nothing to say.
        """
        standing, (_, at) = self.standing(key), self.latest(key)
        looked = at is not None and at > since
        return key not in self._looks or (looked and standing.tells and not standing.soft)

    def keys_of(self, host: str) -> Collection[str]:
        """All our looks at this host."""
        return self._hosts.get(host, ())

    def opinions_of(self, host: str) -> Collection[str]:
        """Those of our looks at this host that tell of the machine itself: asked at once when one
        of them fails. Not every site on it, and no list that may not be asked often.
        """
        return [key for key in self._hosts.get(host, ()) if of_machine(self._looks[key])]

    def hosts(self) -> Collection[str]:
        """Every host that we look at."""
        return self._hosts.keys()

    def seen(self, host: str) -> list[Seen]:
        """How all looks at this host stand."""
        return [
            Seen(self._looks[key], self._standings[key], severity_of_label(self._looks[key]))
            for key in self._hosts.get(host, ())
        ]

    def take(
        self, look: Look, finding: Finding, *, began: datetime, vantages: Collection[Verdict] = ()
    ) -> Standing:
        """A look has found this."""
        before = self._standings.get(look.key)
        if before is None:
            return NEVER  # it is no longer ours
        self._latest[look.key] = (finding.verdict, began)
        counted = weigh(before, finding, list(vantages)) if vantages else finding
        after = judge(before, counted, patience=look.patience, now=began)
        if after is not before:
            self._put(look, before, after, at=began)
        return after

    def agree(self, look: Look, vantages: Collection[Verdict]) -> bool:
        """True when a second opinion shares this suspicion: every other look at the machine itself
        has been repeated since and fails too, or another vantage point sees it fail.
        """
        standing = self.standing(look.key)
        if not standing.soft or standing.agreed or standing.failing_since is None:
            return False
        others = [key for key in self.opinions_of(look.host) if key != look.key]
        told = [self._latest[key] for key in others if key in self._latest]
        fresh = [verdict for verdict, at in told if at >= standing.failing_since]
        if not agrees(fresh if len(fresh) == len(others) else (), vantages):
            return False
        self._put(look, standing, agreed(standing), at=standing.failing_since)
        return True

    def forget_suspicions(self, *, now: datetime) -> None:
        """We are blind, or were: what was only suspected counts no more."""
        for key, standing in self._standings.items():
            if standing.soft:
                self._put(self._looks[key], standing, forget(standing, now=now), at=now)

    def saved(self, told: Mapping[str, Standing], *, history: int) -> None:
        """The store knows these standings now, and so many lines of the history."""
        del self.history[:history]
        for key, standing in told.items():
            if self.changed.get(key) is standing:
                del self.changed[key]

    def uneasy(self) -> set[str]:
        """Hosts whose trouble time alone may change: there is a look that can't tell."""
        return {
            self._looks[key].host
            for key, one in self._standings.items()
            if one.unknown_since is not None
        }

    def undecided(self) -> bool:
        """Is there trouble to tell at a host of which another look is only suspicious yet?"""
        return any(
            {True, False} <= {one.hard for one in standings if one.hard or one.soft}
            for host in self.dirty
            if (standings := [self._standings[key] for key in self._hosts.get(host, ())])
        )

    def counts(self) -> dict[State, int]:
        """How many looks stand how."""
        counts = dict.fromkeys(State, 0)
        for one in self._standings.values():
            counts[one.state] += 1
        return counts

    def _put(self, look: Look, before: Standing, after: Standing, *, at: datetime) -> None:
        self._standings[look.key] = after
        self.changed[look.key] = after
        changed = (before.state, before.reason) != (after.state, after.reason)
        if changed and len(self.history) < MOST_HISTORY:
            self.history.append((look, after, at))
        if changed or before.issues != after.issues:
            self.dirty.add(look.host)


def severity_of_label(look: Look) -> Severity | None:
    """How bad the configuration says it is when this look fails, if it says anything."""
    told = look.target.labels.get(TELLING_SEVERITY)
    return Severity(told) if told in list(Severity) else None
