"""One transaction function on its way through the store's thread."""

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection


@dataclass(slots=True)
class Job:
    """What to run, and its value or its error once it has run."""

    work: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    future: asyncio.Future[Any]  # what the caller waits for
    value: Any = None
    error: BaseException | None = None

    def run(self, tx: Connection) -> None:
        """Take the value, or let the function's own error out."""
        self.error = None  # of an earlier try
        try:
            self.value = self.work(tx, *self.args, **self.kwargs)
        except StopIteration as error:  # a future cannot carry it: the caller would wait for ever
            raise RuntimeError(f"{named(self.work)} raised StopIteration") from error

    def settle(self) -> None:
        """Answer the caller, unless it was cancelled meanwhile."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


def answer(jobs: Sequence[Job]) -> bool:
    """Answer all callers in one turn of their loop; False when the loop has ended without them."""
    try:
        jobs[0].future.get_loop().call_soon_threadsafe(_settle, jobs)
    except RuntimeError:
        return False
    return True


def refuse_async(work: Callable[..., Any]) -> None:
    """TypeError for an `async def`, which the type checker lets through."""
    if inspect.iscoroutinefunction(work):
        raise TypeError(f"{named(work)} is async: nothing may wait inside a transaction")


def named(work: Callable[..., Any]) -> str:
    """A function as messages call it."""
    return getattr(work, "__qualname__", repr(work))


def _settle(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.settle()
