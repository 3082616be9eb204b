"""Silences: what people asked not to hear about for a while, with Alertmanager's rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from alerts.matchers import Matcher, all_match


class SilenceState(StrEnum):
    """Where a silence is in its life."""

    ACTIVE = "active"
    PENDING = "pending"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Silence:
    """From `starts_at` until just before `ends_at`, alerts that meet every matcher are not told."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    updated_at: datetime

    def state(self, now: datetime) -> SilenceState:
        """What it is at this moment."""
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.PENDING if now < self.starts_at else SilenceState.ACTIVE


def silenced(
    labels: Mapping[str, str], silences: Iterable[Silence], now: datetime
) -> tuple[str, ...]:
    """The ids of the silences that hold these labels back at this moment, sorted."""
    return tuple(
        sorted(
            silence.id
            for silence in silences
            if silence.state(now) is SilenceState.ACTIVE and all_match(silence.matchers, labels)
        )
    )


def settle(
    asked: Silence, previous: Silence | None, *, new_id: str, now: datetime
) -> tuple[Silence, ...]:
    """What to store when somebody posts a silence: the one that holds now, then the one it ended.

    `previous` is the stored silence of the same id. It is changed in place only while that does not
    rewrite what was silenced: equal matchers, and an active one keeps its start and ends later than
    now, a pending one still begins later than now. Otherwise it expires, and `asked` becomes a new
    silence (`new_id`) that begins now at the earliest: Alertmanager's own rules.
    """
    if previous is not None and _may_change(previous, asked, now):
        return (replace(asked, id=previous.id, updated_at=now),)
    fresh = replace(asked, id=new_id, starts_at=max(asked.starts_at, now), updated_at=now)
    if previous is None or previous.state(now) is SilenceState.EXPIRED:
        return (fresh,)
    return fresh, expire(previous, now)


def expire(silence: Silence, now: datetime) -> Silence:
    """The same silence, over now; one that is over already stays as it is."""
    if silence.state(now) is SilenceState.EXPIRED:
        return silence
    return replace(silence, starts_at=min(silence.starts_at, now), ends_at=now, updated_at=now)


def in_order(silences: Iterable[Silence], now: datetime) -> list[Silence]:
    """As Alertmanager lists them: active by end, pending by start, expired by end, latest first."""
    order = list(SilenceState)
    return sorted(
        silences, key=lambda silence: (order.index(silence.state(now)), _key(silence, now))
    )


def has_matchers(silence: Silence, wanted: Iterable[Matcher]) -> bool:
    """True when the silence has each of these matchers, word for word (`filter=` of the list)."""
    return all(matcher in silence.matchers for matcher in wanted)


def _may_change(previous: Silence, asked: Silence, now: datetime) -> bool:
    if previous.matchers != asked.matchers:
        return False
    state = previous.state(now)
    if state is SilenceState.ACTIVE:
        # Whole seconds: clients read our milliseconds and post them back.
        same_start = int(asked.starts_at.timestamp()) == int(previous.starts_at.timestamp())
        return same_start and asked.ends_at >= now
    return state is SilenceState.PENDING and asked.starts_at >= now


def _key(silence: Silence, now: datetime) -> float:
    state = silence.state(now)
    if state is SilenceState.PENDING:
        return silence.starts_at.timestamp()
    end = silence.ends_at.timestamp()
    return end if state is SilenceState.ACTIVE else -end
