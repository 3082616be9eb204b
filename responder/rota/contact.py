"""Which of a customer's own people gets the ticket (R96)."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnPerson:
    """Whom this customer knows by name, and who answers in that person's place."""

    person: str
    deputy: str | None = None


def assignee(
    own: OwnPerson | None, *, on_call: Collection[str], critical: bool = False
) -> str | None:
    """The customer's own person when on shift, else the deputy if that one is.

    None: whoever takes it from the queue of its level, as every other ticket. What is critical
    waits for nobody's preference: it goes to those who are on call for it.
    """
    if own is None or critical:
        return None
    if own.person in on_call:
        return own.person
    return own.deputy if own.deputy in on_call else None
