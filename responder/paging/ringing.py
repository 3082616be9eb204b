"""Pages that are on the wire at this moment: no ledger has them yet, and a throttle must know."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from responder.values import Job

_LONGEST = timedelta(minutes=2)  # by then each of them stands in the ledger, or has failed


class Ringing:
    """What this instance has begun to send, by person and kind of method. Another instance may ring
    the same person in the same second: the ledger tells both of it from then on.
    """

    def __init__(self) -> None:
        self._begun: dict[tuple[str, str], dict[str, datetime]] = {}

    def begin(self, job: Job, *, now: datetime) -> None:
        """It goes out now."""
        young = {key: at for key, at in self._of(job).items() if now - at < _LONGEST}
        self._begun[_way(job)] = {**young, job.key: now}

    def fail(self, job: Job) -> None:
        """Nobody was rung by it."""
        self._of(job).pop(job.key, None)

    def besides(self, job: Job, sent: Mapping[str, datetime]) -> tuple[datetime, ...]:
        """When this person was rung, or is being rung, over this kind of method."""
        known = {**self._of(job), **sent}
        return tuple(at for key, at in known.items() if key != job.key)

    def _of(self, job: Job) -> dict[str, datetime]:
        return self._begun.get(_way(job), {})


def _way(job: Job) -> tuple[str, str]:
    return job.payload["person"], job.payload["method"]
