"""How long we wait before the next try, and how long we go on: the one policy of repeats."""

from collections.abc import Callable
from typing import Any, TypeVar

import tenacity

from playbooks.outside import OutsideError
from responder.store import Store, StoreUnavailable

R = TypeVar("R")

# 1 s, 2 s, 4 s ... 60 s, each with up to a second of jitter.
_WAIT = tenacity.wait_exponential_jitter(initial=1, max=60, jitter=1)
_LONGEST = 3600.0
_KEEPING = tenacity.AsyncRetrying(
    retry=tenacity.retry_if_exception_type(StoreUnavailable),
    wait=tenacity.wait_random(0.1, 1.0),
    stop=tenacity.stop_after_delay(60),
    reraise=True,
)


def pause_after(attempts: int, error: OutsideError) -> float:
    """Seconds until the next try: what the other side asked for, else exponential with jitter."""
    if error.retry_after is not None:
        return min(max(error.retry_after, 1.0), _LONGEST)
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = max(1, attempts)
    return float(_WAIT(state))


async def keep(store: Store, work: Callable[..., R], **facts: Any) -> R:
    """Write what has come of something, and wait for a store that is away: what is done and not
    marked would be done again. StoreUnavailable after a minute.
    """
    kept: R = await _KEEPING.copy()(store.write, work, **facts)
    return kept
