"""Long lists for a statement, a piece at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# PostgreSQL takes 65,535 values in one statement, SQLite 32,766 as it is built by default.
PIECE = 10_000


def pieces(values: Iterable[T]) -> Iterator[list[T]]:
    """All of them, at most PIECE at a time; nothing for nothing."""
    rest = iter(values)
    while piece := list(islice(rest, PIECE)):
        yield piece
