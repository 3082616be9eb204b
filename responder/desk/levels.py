"""Whose desk a ticket lies on: the words for it, and which desk is higher than another."""

from collections.abc import Iterable, Mapping
from typing import Final

from alerts.model import Category

LEVELS: Final = ("level-1", "level-2", "level-3")
RAPID_RESPONSE: Final = "rapid-response"
QUEUES: Final = (*LEVELS, RAPID_RESPONSE, "sales-billing", "abuse", "supervisor", "accounts")
AUTOMATION: Final = "automation"  # what the daemon solved

# A hand-back from rapid-response to level 1 is no ticket of level 1; the desks that are not named
# here have no height.
_HEIGHTS = {"level-1": 1, RAPID_RESPONSE: 2, "level-2": 3, "level-3": 4}
_QUEUES = {
    Category.CRITICAL: RAPID_RESPONSE,
    Category.SALES: "sales-billing",
    Category.BILLING: "sales-billing",
    Category.ABUSE: "abuse",
}


def queue_of(category: Category, wished: str = "") -> str:
    """Where a new ticket of this category goes: whose alerts wish a queue, there, unless it is
    critical.
    """
    if wished and category is not Category.CRITICAL:
        return wished
    return _QUEUES.get(category, "level-1")


def wished_of(labels: Iterable[Mapping[str, str]]) -> str:
    """The queue that all these alerts name by their label `queue`, when they agree; else ""."""
    named = {one.get("queue", "") for one in labels}
    return named.pop() if len(named) == 1 and named <= set(QUEUES) else ""


def highest(level: str, queue: str) -> str:
    """The highest level that owned a ticket, now that it comes to this queue."""
    return queue if _HEIGHTS.get(queue, 0) >= _HEIGHTS.get(level, 0) else level


def responsible(level: str, queue: str) -> str:
    """Whose a ticket in this queue is: its highest level's, or a desk's that stands for itself."""
    return level if queue in LEVELS else queue


def falls(queue: str, to: str) -> bool:
    """Is this move a hand-back, from a level to a lower one?"""
    return climbs(to, queue)


def climbs(queue: str, to: str) -> bool:
    """Is this move an escalation, from a level to a higher one?"""
    return queue in LEVELS and to in LEVELS and LEVELS.index(to) > LEVELS.index(queue)
