"""The tiers: which of them a brand offers, who comes after whom, to whom a solution goes (pure)."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from responder.desk.levels import LEVELS
from responder.desk.section import BrandDesk

SUPERVISOR: Final = "supervisor"
_BACK: Final[Mapping[Literal["l1", "l2"], str]] = {"l1": "level-1", "l2": "level-2"}


def offered(brand: BrandDesk | None) -> Sequence[str]:
    """The levels that this brand's customers have bought, the lowest first (R28)."""
    return [level for level in LEVELS if brand is None or level in brand.levels]


def at_least(level: str, brand: BrandDesk | None) -> str:
    """Where work for this level goes: there, else to the next higher one that the brand offers,
    else to the last that it does.

    >>> at_least("level-2", BrandDesk(levels=("level-1", "level-3")))
    'level-3'
    """
    levels = offered(brand)
    high = [one for one in levels if LEVELS.index(one) >= LEVELS.index(level)]
    return high[0] if high else levels[-1]


def above(queue: str, brand: BrandDesk | None) -> str:
    """The level after this one; the same where it is the last that the brand offers."""
    place = LEVELS.index(queue) + 1
    return at_least(LEVELS[min(place, len(LEVELS) - 1)], brand) if place < len(LEVELS) else queue


def answers_for(brand: BrandDesk | None) -> str:
    """The level that tells the customer what a higher one has solved (R35, R56)."""
    wished = _BACK[brand.handback] if brand else "level-1"
    low = [one for one in offered(brand) if LEVELS.index(one) <= LEVELS.index(wished)]
    return low[-1] if low else offered(brand)[0]
