"""A desk that remembers orders in a dictionary, and dies where a test wants it to."""

import random
from dataclasses import dataclass, field

from playbooks.datacentre.channel import Means
from playbooks.datacentre.message import Spot, Trouble
from playbooks.datacentre.order import PERSONAL, Order, Step, Want
from playbooks.datacentre.site import Site
from tests.playbooks.datacentre.scene import NIGHT, a_spot


class Killed(BaseException):
    """kill -9: nothing below it may catch it."""


@dataclass
class Fate:
    """Each passage of `here` may be the last: with this chance, or at this passage."""

    chance: float = 0.0
    at: int = 0
    dice: random.Random = field(default_factory=random.Random)
    passed: int = 0

    def here(self) -> None:
        self.passed += 1
        if self.passed == self.at or self.dice.random() < self.chance:
            raise Killed


@dataclass
class DictDesk:
    """`kept` outlives every death; `called` is what people were asked to do."""

    site: Site
    carried: Means
    spot: Spot = field(default_factory=a_spot)
    fate: Fate = field(default_factory=Fate)
    kept: dict[str, Order] = field(default_factory=dict)
    called: list[Want] = field(default_factory=list)

    def means(self) -> Means:
        return self.carried

    async def trouble(self, text: str) -> Trouble:
        return Trouble(text, NIGHT)

    async def find(self, key: str) -> Order | None:
        return self.kept.get(key)

    async def add(self, order: Order) -> Order:
        self.fate.here()
        kept = self.kept.setdefault(order.key, order)
        self.fate.here()
        return kept

    async def move(self, before: Order, step: Step) -> bool:
        self.fate.here()
        if self.kept[before.key] != before:
            return False
        self.kept[before.key] = step.order
        self.called += [want for want in step.wants if want in PERSONAL]
        self.fate.here()
        return True
