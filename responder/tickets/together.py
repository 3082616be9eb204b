"""Several questions to a ticket system at once, in portions that it answers."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import Any


async def together(*asked: Coroutine[None, None, Any]) -> list[Any]:
    """The answers to several questions, asked side by side; when one fails, the others are given
    up.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in asked]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def portions(numbers: Iterable[int], size: int) -> Iterator[Sequence[int]]:
    """These in their order, at most so many at a time."""
    every = sorted(numbers)
    return (every[start : start + size] for start in range(0, len(every), size))
