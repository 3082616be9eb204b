"""Which look is due when: a wheel of slots, and each look's seat on it (pure)."""

import math
import zlib
from collections.abc import Iterator

from probes.model import Look

TICK = 0.05  # seconds; what falls due within one tick is begun together, which is cheaper
NOWHERE = -1


class Seat:
    """One look's place. `due` is its moment in seconds; `slot` is NOWHERE while it is not on the
    wheel: it runs, waits for its turn, or is gone.
    """

    __slots__ = ("discards", "due", "look", "slot", "waiting")

    def __init__(self, look: Look) -> None:
        self.look = look
        self.due = 0.0
        self.slot = NOWHERE
        self.waiting = False
        self.discards = 0


class Wheel:
    """Seats by the tick in which they fall due; a seat that was moved leaves its old slot when that
    one comes round.
    """

    def __init__(self, *, now: float) -> None:
        self._slots: dict[int, list[Seat]] = {}
        self._past = _tick(now)

    def put(self, seat: Seat, *, at: float) -> None:
        """Due at this moment, or in the next tick where that is past."""
        slot = max(math.ceil(at / TICK), self._past + 1)
        seat.due = at
        if slot != seat.slot:
            seat.slot = slot
            self._slots.setdefault(slot, []).append(seat)

    def take(self, now: float) -> Iterator[Seat]:
        """All that have fallen due, oldest first; they are on the wheel no longer."""
        before, self._past = self._past, max(self._past, _tick(now))
        for slot in self._between(before, self._past):
            for seat in self._slots.pop(slot):
                if seat.slot == slot:
                    seat.slot = NOWHERE
                    yield seat

    def _between(self, before: int, until: int) -> list[int]:
        if until - before < len(self._slots):
            return [slot for slot in range(before + 1, until + 1) if slot in self._slots]
        return sorted(slot for slot in self._slots if slot <= until)


def _tick(now: float) -> int:
    return math.floor(now / TICK)


def place(key: str, interval: float) -> float:
    """Where in its interval a look has its place, the same for ever: seconds from its begin."""
    return zlib.crc32(key.encode()) / 2**32 * interval


def next_moment(key: str, *, interval: float, now: float) -> float:
    """The first moment after now that is the look's own; never further away than one interval."""
    offset = place(key, interval)
    return (math.floor((now - offset) / interval) + 1) * interval + offset
