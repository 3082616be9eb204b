"""Python's collector of cycles: what lives for long is gone through once, not again and again."""

import gc
import time
from typing import Any

# A full collection stops everything. With 100,000 targets it took 0.5 to 1.1 s every two seconds, a
# third of all CPU, and hardly ever found anything.
LONG = 0.02  # seconds
# Looks make many things and leave no cycles: going through the young ones after every 700 of them,
# as is usual, costs 5 to 8 us a look.
YOUNG = 10_000


class Watch:
    """Freezes whatever has survived a full collection that took long: later ones pass it over.

    Nothing is lost by that: what nobody refers to any more is freed at once, as ever. Only a cycle
    among frozen things would stay, until `thaw`.
    """

    def __init__(self, *, long: float = LONG) -> None:
        self._long = long
        self._began = 0.0

    def __call__(self, phase: str, told: dict[str, Any]) -> None:
        """For `gc.callbacks`."""
        if told["generation"] < 2:
            return
        if phase == "start":
            self._began = time.perf_counter()
        elif time.perf_counter() - self._began > self._long:
            gc.freeze()

    def thaw(self) -> None:
        """Much has gone: the next full collections go through everything again."""
        gc.unfreeze()


watch = Watch()


def begin() -> None:
    """Watch from now on, and look less often."""
    gc.set_threshold(YOUNG, 20, 20)
    if watch not in gc.callbacks:
        gc.callbacks.append(watch)
