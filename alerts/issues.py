"""What is wrong with a target that answers: believed when it was seen often enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probes.model import Issue, Patience

SOON = 0.9  # of the pause: looks that follow faster are one sight of the same moment


@dataclass(frozen=True, slots=True)
class Held:
    """An issue that a look named: `seen` looks in a row named it (counted up to `attempts`), the
    last `missed` good ones did not.
    """

    issue: Issue
    since: datetime
    counted_at: datetime
    seen: int = 1
    missed: int = 0
    sure: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.issue.code, self.issue.about


def note(
    held: tuple[Held, ...], issues: Sequence[Issue], *, patience: Patience, now: datetime
) -> tuple[Held, ...]:
    """What is held after a good look that named these issues; the same object when nothing changed.

    An issue is confirmed as an outage is: named by `attempts` looks in a row, `retry` apart; over
    when `recover` looks did not name it. One that was never sure is dropped at once.
    """
    if not held and not issues:
        return held
    known = {one.key: one for one in held}
    named = {(issue.code, issue.about): issue for issue in issues}
    after = [
        _named(known.get(key), issue, patience=patience, now=now) for key, issue in named.items()
    ]
    gone = (_missed(one, patience=patience, now=now) for one in held if one.key not in named)
    after += [one for one in gone if one is not None]
    unchanged = len(after) == len(held) and all(one is known.get(one.key) for one in after)
    return held if unchanged else tuple(after)


def add(
    held: tuple[Held, ...], issues: Sequence[Issue], *, patience: Patience, now: datetime
) -> tuple[Held, ...]:
    """What is held after a look that could not tell of its target, but of our way to it (a refused
    token): what it names is noted, and nothing is missed.
    """
    if not issues:
        return held
    named = {(issue.code, issue.about) for issue in issues}
    known = tuple(one for one in held if one.key in named)
    noted = note(known, issues, patience=patience, now=now)
    if noted == known:
        return held
    return (*(one for one in held if one.key not in named), *noted)


def settled(held: Sequence[Held]) -> bool:
    """True when no more looks than usual are needed to be sure of any of these."""
    return all(one.sure and not one.missed for one in held)


def soon(before: datetime | None, now: datetime, *, pause: float) -> bool:
    """Does this look follow the last one that counted too fast to be a sight of its own?

    What was set back is no measure: a moment before the last one counts.
    """
    return before is not None and timedelta(0) <= now - before < timedelta(seconds=pause * SOON)


def _named(before: Held | None, issue: Issue, *, patience: Patience, now: datetime) -> Held:
    if before is None:
        return Held(issue, now, now, sure=patience.attempts <= 1)
    if before.missed:
        before = replace(before, missed=0)
    if before.issue != issue:
        before = replace(before, issue=issue)
    if before.sure or soon(before.counted_at, now, pause=patience.retry):
        return before
    seen = before.seen + 1
    return replace(before, seen=seen, counted_at=now, sure=seen >= patience.attempts)


def _missed(before: Held, *, patience: Patience, now: datetime) -> Held | None:
    if before.missed and soon(before.counted_at, now, pause=patience.retry):
        return before
    missed = before.missed + 1
    if not before.sure or missed >= patience.recover:
        return None
    return replace(before, missed=missed, counted_at=now)
