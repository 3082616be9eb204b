"""Observations to states: what a look found becomes what we believe of its target.

    PENDING -> OK -> SUSPECT (soft) -> DOWN (hard) -> RECOVERING (hard still) -> OK

1. The first failing look makes SUSPECT; looks then follow every `retry` seconds.
2. `attempts` failing looks in a row make DOWN. What keeps false alarms away is the span between the
   first and the last of them, not their number: looks that follow faster than `retry` (somebody
   else's second opinion) are not counted.
3. One good look clears a suspicion, `recover` good ones `retry` apart end an outage.
4. UNKNOWN is about us and never an outage: it neither confirms nor clears. What was DOWN stays
   DOWN, a suspicion waits for one interval and is then forgotten.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.issues import Held, add, note, settled, soon
from probes.model import Finding, Patience, Phase, Verdict


class State(StrEnum):
    """What we believe of a target."""

    PENDING = "pending"  # never looked at
    OK = "ok"
    SUSPECT = "suspect"
    DOWN = "down"
    RECOVERING = "recovering"
    UNKNOWN = "unknown"


AGREED_PAUSE = 15.0
"""Seconds from the first failing look to the one that decides, where a second opinion agreed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is remembered of one look between two sights of its target.

    `since`: when this state began. `failing_since`: the first failing look of this trouble, soft or
    hard; `hard_since`: when it became hard (through RECOVERING). `counted_at`: the last look that
    counted. `reason` and `phase` are those of the trouble; `doubt` says why we can't tell, since
    `unknown_since`. `agreed`: a second opinion shared the suspicion.
    """

    state: State = State.PENDING
    since: datetime | None = None
    failing_since: datetime | None = None
    hard_since: datetime | None = None
    counted_at: datetime | None = None
    attempts: int = 0
    goods: int = 0
    reason: str = ""
    phase: Phase | None = None
    unknown_since: datetime | None = None
    doubt: str = ""
    agreed: bool = False
    issues: tuple[Held, ...] = ()

    @property
    def soft(self) -> bool:
        """Failing, and not believed yet."""
        return self.state is State.SUSPECT

    @property
    def hard(self) -> bool:
        """An outage; what recovers is one until it has recovered."""
        return self.state is State.DOWN or self.state is State.RECOVERING

    @property
    def tells(self) -> bool:
        """Do we know anything of the target?"""
        return self.state is not State.PENDING and self.state is not State.UNKNOWN


NEVER = Standing()


def judge(standing: Standing, finding: Finding, *, patience: Patience, now: datetime) -> Standing:
    """What we believe after this look; the same object when nothing has changed.

    `now` is when the look *began*: pauses count from beginning to beginning, so that a look that
    waits for its deadline delays nothing.
    """
    if finding.verdict is Verdict.UP:
        if standing.state is State.OK and not finding.issues and not standing.issues:
            return standing
        return _good(standing, finding, patience, now)
    if finding.verdict is Verdict.DOWN:
        return _bad(standing, finding, patience, now)
    return _unclear(standing, finding, patience, now)


def next_in(standing: Standing, patience: Patience, *, now: datetime | None = None) -> float:
    """Seconds from the beginning of this look to that of the next one.

    `now` is when it began: where it followed too fast to count, only the rest of the pause is
    waited for, so that no second opinion puts a decision off.
    """
    if standing.state is State.OK and not standing.issues:
        return patience.interval
    pause = _pause(standing, patience)
    open_ = standing.soft or standing.state is State.RECOVERING
    if now is None or not open_ or not soon(standing.counted_at, now, pause=pause):
        return pause
    return pause - (now - (standing.counted_at or now)).total_seconds()


def weigh(standing: Standing, finding: Finding, vantages: Sequence[Verdict]) -> Finding:
    """The finding as it counts when other vantage points were asked at once about a failing look.

    It stands when more of us see the target fail than see it up (2 of 3); those who can't tell
    have no vote, and where nobody else can, we decide alone. Otherwise only our path is broken:
    that ends any trouble, and without one it is unknown, so that a path broken for long is told.
    """
    if finding.verdict is not Verdict.DOWN or not vantages:
        return finding
    ups = sum(1 for verdict in vantages if verdict is Verdict.UP)
    downs = 1 + sum(1 for verdict in vantages if verdict is Verdict.DOWN)
    if downs > ups:
        return finding
    reason = f"only from here: {finding.reason} (up as seen from {ups} of {len(vantages)} others)"
    if standing.failing_since is None:
        return Finding(Verdict.UNKNOWN, finding.phase, reason)
    return Finding(Verdict.UP, issues=tuple(held.issue for held in standing.issues if held.sure))


def agrees(others: Iterable[Verdict], vantages: Iterable[Verdict] = ()) -> bool:
    """Does a second opinion share the suspicion: every other kind of look at the same server that
    can tell fails too (and at least one can), or a vantage point sees the target fail?
    """
    telling = [verdict for verdict in others if verdict is not Verdict.UNKNOWN]
    all_fail = bool(telling) and all(verdict is Verdict.DOWN for verdict in telling)
    return all_fail or any(verdict is Verdict.DOWN for verdict in vantages)


def agreed(standing: Standing) -> Standing:
    """A suspicion that a second opinion shares: the next failing look, 15 s after the first, makes
    it hard (`second_opinion: confirm`).
    """
    return replace(standing, agreed=True) if standing.soft and not standing.agreed else standing


def forget(standing: Standing, *, now: datetime) -> Standing:
    """What is left when we were blind: no suspicion of that time counts. Outages stay."""
    if not standing.soft:
        return standing
    doubt = "the responder was blind"
    return Standing(
        State.UNKNOWN, since=now, unknown_since=now, doubt=doubt, issues=standing.issues
    )


def _pause(standing: Standing, patience: Patience) -> float:
    if standing.soft and standing.agreed:
        return min(AGREED_PAUSE, patience.retry)
    if standing.soft or standing.state is State.RECOVERING or not settled(standing.issues):
        return patience.retry
    return patience.interval


def _good(standing: Standing, finding: Finding, patience: Patience, now: datetime) -> Standing:
    issues = note(standing.issues, finding.issues, patience=patience, now=now)
    if standing.state is State.OK:
        return standing if issues is standing.issues else replace(standing, issues=issues)
    if not standing.hard:
        return Standing(State.OK, since=now, issues=issues)
    recovering = standing.state is State.RECOVERING
    if recovering and soon(standing.counted_at, now, pause=patience.retry):
        return standing
    goods = standing.goods + 1
    if goods >= patience.recover:
        return Standing(State.OK, since=now, issues=issues)
    return replace(
        standing,
        state=State.RECOVERING,
        since=standing.since if recovering else now,
        counted_at=now,
        goods=goods,
        unknown_since=None,
        doubt="",
        issues=issues,
    )


def _bad(standing: Standing, finding: Finding, patience: Patience, now: datetime) -> Standing:
    if standing.hard:
        return _still_bad(standing, finding, now)
    if standing.soft and soon(standing.counted_at, now, pause=_pause(standing, patience)):
        return standing
    attempts = standing.attempts + 1
    needed = min(2, patience.attempts) if standing.agreed else patience.attempts
    hard = attempts >= needed
    return Standing(
        State.DOWN if hard else State.SUSPECT,
        since=standing.since if standing.soft and not hard else now,
        failing_since=standing.failing_since if standing.soft else now,
        hard_since=now if hard else None,
        counted_at=now,
        attempts=attempts,
        reason=finding.reason,
        phase=finding.phase,
        agreed=standing.agreed,
        issues=standing.issues,
    )


def _still_bad(standing: Standing, finding: Finding, now: datetime) -> Standing:
    down = standing.state is State.DOWN
    told = (standing.reason, standing.phase, standing.unknown_since)
    if down and told == (finding.reason, finding.phase, None):
        return standing
    return replace(
        standing,
        state=State.DOWN,
        since=standing.since if down else now,
        goods=0,
        reason=finding.reason,
        phase=finding.phase,
        unknown_since=None,
        doubt="",
    )


def _unclear(standing: Standing, finding: Finding, patience: Patience, now: datetime) -> Standing:
    began = standing.unknown_since or now
    issues = add(standing.issues, finding.issues, patience=patience, now=now)
    waited = now - began >= timedelta(seconds=patience.interval)
    if standing.hard or (standing.soft and not waited):
        told = (standing.unknown_since, standing.doubt, standing.issues)
        if (began, finding.reason, issues) == told:
            return standing
        return replace(standing, unknown_since=began, doubt=finding.reason, issues=issues)
    known = standing.state is State.UNKNOWN and standing.doubt == finding.reason
    if known and issues is standing.issues:
        return standing
    since = standing.since if standing.state is State.UNKNOWN else now
    return Standing(
        State.UNKNOWN,
        since=since,
        unknown_since=began,
        doubt=finding.reason,
        issues=issues,
    )
