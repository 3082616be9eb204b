"""How much memory some code takes at its highest, whatever other tests have taken before."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Taken:
    """`most` is in bytes, and known once the code has ended."""

    most: int = 0


@contextmanager
def taken() -> Iterator[Taken]:
    """What is taken from here on. The process's own highest mark would hide all that is lower."""
    found = Taken()
    tracemalloc.start()
    try:
        yield found
        _, found.most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
