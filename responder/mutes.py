"""What mutes incidents now: silences and planned work, read once in a transaction."""

from collections.abc import Sequence
from datetime import datetime

from alerts.quiet import Maintenance, Subject, muted_by
from alerts.silences import Silence
from responder.plan import Plan
from responder.store import Tx, quiet


class Mutes:
    """Made inside a transaction, never kept."""

    def __init__(self, tx: Tx, plan: Plan, *, now: datetime) -> None:
        self._tx = tx
        self._plan = plan
        self._now = now
        self._known: tuple[list[Silence], list[Maintenance]] | None = None

    def reasons(self, subjects: Sequence[Subject], *, key: str) -> tuple[str, ...]:
        """Why messages about these alerts of the incident with this key must wait; () = they need
        not.
        """
        silences, works = self._in_force()
        return muted_by(
            subjects,
            key=key,
            silences=silences,
            works=works,
            inventory=self._plan.inventory,
            now=self._now,
        )

    def any(self) -> bool:
        """False when nothing at all is muted or will be: then no alert needs to be looked at."""
        return any(self._in_force())

    def _in_force(self) -> tuple[list[Silence], list[Maintenance]]:
        if self._known is None:
            works = [*self._plan.works, *quiet.works(self._tx, now=self._now)]
            self._known = quiet.silences(self._tx, now=self._now), works
        return self._known
