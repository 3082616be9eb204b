"""How late our own event loop is: a look that fails meanwhile says nothing of its target (pure)."""

from probes.wheel import TICK

TOO_LATE = 1.0  # seconds
_SPAN = 60.0  # over which the worst is told


class Lag:
    """Told of every turn. Between two of them there should be one tick."""

    def __init__(self, *, now: float) -> None:
        self._turned = float("inf")  # before the first turn nothing can be late
        self._stalled = float("-inf")
        self._worst = (0.0, 0.0)  # of this span, and of the one before
        self._began = now

    def turned(self, now: float) -> None:
        """A turn begins."""
        late = self._late(now)
        if late > TOO_LATE:
            self._stalled = now
        self._roll(now)
        self._worst = (max(self._worst[0], late), self._worst[1])
        self._turned = now

    def since(self, moment: float, *, now: float) -> bool:
        """Did the loop stand still for too long since then? A stall that no turn has seen yet
        counts: what ran into its deadline meanwhile may be told first.
        """
        return self._stalled > moment or self._late(now) > TOO_LATE

    def worst(self, now: float) -> float:
        """The longest stand-still of the last minute or two, in seconds."""
        self._roll(now)
        return max(*self._worst, self._late(now))

    def _late(self, now: float) -> float:
        return max(0.0, now - self._turned - TICK)

    def _roll(self, now: float) -> None:
        if now - self._began >= _SPAN:
            fresh = now - self._began < 2 * _SPAN
            self._worst = (0.0, self._worst[0] if fresh else 0.0)
            self._began = now
