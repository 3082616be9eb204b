"""A day of short glitches: the real states, looked at only where something happens."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from alerts.observed import NEVER, Standing, State, agreed, agrees, judge, next_in, weigh
from probes.model import UP, Patience, Phase, Verdict
from probes.model import down as failing

START = datetime(2026, 11, 21, tzinfo=UTC)
DAY = 86400.0
TARGETS = 2000
OF_TARGET = 1.0  # glitches per target and day
OF_PATH = 4.0  # and per path and day
MEAN = 8.0  # seconds; exponential
DOWN = failing(Phase.CONNECT, "no connection within 5 s")
WELL = Standing(State.OK, since=START)

Spell = tuple[float, float]
"""From when to when something fails, in seconds of the day."""


@dataclass(frozen=True)
class Spells:
    """When one thing fails, as seen from one place; no two spells touch."""

    spells: Sequence[Spell]

    def failing(self, at: float) -> bool:
        index = bisect_right(self.spells, (at, float("inf"))) - 1
        return index >= 0 and at < self.spells[index][1]

    def next_after(self, at: float) -> float | None:
        """When it fails next, or now if it does; None = never again."""
        index = bisect_right(self.spells, (at, float("inf")))
        if index and at < self.spells[index - 1][1]:
            return at
        return self.spells[index][0] if index < len(self.spells) else None


@dataclass(frozen=True)
class World:
    """One target: `here` is how we see it, `others` how each other vantage point does."""

    here: Spells
    others: tuple[Spells, ...] = ()


def merged(*lists: Iterable[Spell]) -> Spells:
    """All spells of these, overlapping ones made one."""
    whole: list[Spell] = []
    for began, ended in sorted(spell for spells in lists for spell in spells):
        if whole and began <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(ended, whole[-1][1])
        else:
            whole.append((began, ended))
    return Spells(whole)


def glitches(dice: Random, per_day: float) -> list[Spell]:
    """One day's glitches at this rate."""
    spells, at = [], dice.expovariate(per_day / DAY)
    while at < DAY:
        spells.append((at, at + dice.expovariate(1 / MEAN)))
        at += dice.expovariate(per_day / DAY)
    return spells


def worlds(seed: int, *, others: int) -> Iterator[tuple[float, World]]:
    """Every target of one day with a number in [0, 1) for when its looks begin."""
    dice = Random(seed)
    for _ in range(TARGETS):
        target = glitches(dice, OF_TARGET)
        seen = [merged(target, glitches(dice, OF_PATH)) for _ in range(1 + others)]
        yield dice.random(), World(seen[0], tuple(seen[1:]))


def lived(
    world: World, *, patience: Patience, phase: float, confirm: bool = False
) -> Iterator[tuple[float, Standing]]:
    """Every look that matters and what is believed after it.

    Between two spells a target that is OK stays OK (and is the same object), so the looks there are
    skipped; the next one stands on the same grid. `confirm`: all other kinds of look at the server
    see what we see, and a suspicion is asked about at once.
    """
    standing, at = WELL, phase * patience.interval
    while (coming := world.here.next_after(at)) is not None or standing is not WELL:
        if standing is WELL and coming is not None and coming > at:
            at += -(-(coming - at) // patience.interval) * patience.interval
            continue
        standing = _looked(world, standing, at, patience=patience, confirm=confirm)
        yield at, standing
        at += next_in(standing, patience)
        standing = WELL if standing.state is State.OK else standing


def _looked(
    world: World, before: Standing, at: float, *, patience: Patience, confirm: bool
) -> Standing:
    now = START + timedelta(seconds=at)
    if not world.here.failing(at):
        return judge(before, UP, patience=patience, now=now)
    vantages = [Verdict.DOWN if one.failing(at) else Verdict.UP for one in world.others]
    finding = weigh(before, DOWN, vantages)
    after = judge(before, finding, patience=patience, now=now)
    if confirm and agrees([] if vantages else [Verdict.DOWN], vantages):
        return agreed(after)
    return after


def outages(
    world: World, *, patience: Patience, phase: float = 0.0, confirm: bool = False
) -> Iterator[float]:
    """The moments at which something became hard, in seconds."""
    before = NEVER
    for at, after in lived(world, patience=patience, phase=phase, confirm=confirm):
        if after.hard and not before.hard:
            yield at
        before = after


def false_alarms(seed: int, *, patience: Patience, others: int = 0, confirm: bool = False) -> int:
    """How many outages a day of nothing but glitches makes."""
    return sum(
        1
        for phase, world in worlds(seed, others=others)
        for _ in outages(world, patience=patience, phase=phase, confirm=confirm)
    )
