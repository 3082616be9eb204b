"""When requests come, and of which kinds: hours of the week, the best shift, growth (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

QUARTER: Final = timedelta(minutes=15)  # every zone of today keeps a multiple of it
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIFT: Final = 8  # hours (R88)
TOP: Final = 10
_OFTEN: Final = 3  # fewer of one kind are no kind that is worth a playbook

Week = tuple[tuple[int, ...], ...]
"""Seven days from Monday on, of 24 numbers each."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The hours of one day in which most comes. `share`: of all that comes within 24 hours of its
    beginning, 0 to 1.
    """

    day: str
    begins: int
    ends: int
    share: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """Requests of one kind. `before` counts those of the window before; `handling` is the time for
    which somebody had them in hand, in seconds.
    """

    fingerprint: str
    example: str
    count: int
    before: int
    handling: int
    has_playbook: bool

    @property
    def growth(self) -> float | None:
        """Against the window before: 0.5 is half as many again; None where there were none."""
        return (self.count - self.before) / self.before if self.before else None


def hour_of_week(quarters: Mapping[datetime, int], zone: ZoneInfo) -> Week:
    """How many came in each hour of the week, by the clocks of this zone: an hour that a clock
    strikes twice is one, and the one that it leaves out has nothing.
    """
    counts = [[0] * 24 for _ in DAYS]
    for begins, count in quarters.items():
        local = begins.astimezone(zone)
        counts[local.weekday()][local.hour] += count
    return tuple(map(tuple, counts))


def passed(since: datetime, until: datetime, zone: ZoneInfo) -> Week:
    """How many quarters of an hour of this span fell into each hour of the week."""
    steps = int((until - since) / QUARTER)
    return hour_of_week({since + place * QUARTER: 1 for place in range(steps)}, zone)


def shifts(counts: Week, quarters: Week, *, hours: int = SHIFT) -> tuple[Shift, ...]:
    """The best shift of each day on which anything comes; it may end on the day after. The earliest
    of those that are equal. Rates are compared, for no hour is struck equally often in a span with
    a change of clocks.
    """
    flat = [_rate(counts[day][hour], quarters[day][hour]) for day, hour in _hours()]
    found = []
    for place, day in enumerate(DAYS):
        begin = place * 24
        sums = [_sum(flat, begin + hour, hours) for hour in range(24)]
        best = max(range(24), key=lambda hour: (round(sums[hour], 9), -hour))
        whole = _sum(flat, begin + best, 24)
        if sums[best]:
            found.append(Shift(day, best, (best + hours) % 24, sums[best] / whole))
    return tuple(found)


def everyday(counts: Week, quarters: Week, *, hours: int = SHIFT) -> Shift | None:
    """The same for a day like any other; None while nothing comes."""
    same = tuple(
        tuple(sum(day[hour] for day in week) for hour in range(24)) for week in (counts, quarters)
    )
    found = shifts((same[0],) * 7, (same[1],) * 7, hours=hours)
    one = found[0] if found else None
    return Shift("every day", one.begins, one.ends, one.share) if one else None


def candidates(clusters: Iterable[Cluster], *, top: int = TOP) -> tuple[Cluster, ...]:
    """What is most worth a playbook: what costs most time, comes often and has none (R91)."""
    often = (one for one in clusters if one.count >= _OFTEN and not one.has_playbook)
    order = sorted(often, key=lambda one: (-one.handling, -one.count, one.fingerprint))
    return tuple(order[:top])


def growing(clusters: Iterable[Cluster], *, top: int = TOP) -> tuple[Cluster, ...]:
    """Why there is more than before: the kinds that grew by most requests."""
    grew = (one for one in clusters if one.count > one.before)
    order = sorted(grew, key=lambda one: (one.before - one.count, one.fingerprint))
    return tuple(order[:top])


def _hours() -> Iterable[tuple[int, int]]:
    return product(range(len(DAYS)), range(24))


def _rate(count: int, quarters: int) -> float:
    return 4 * count / quarters if quarters else 0.0


def _sum(flat: Sequence[float], begin: int, hours: int) -> float:
    return sum(flat[(begin + step) % len(flat)] for step in range(hours))
