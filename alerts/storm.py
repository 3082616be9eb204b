"""Many servers newly down are one trouble of the whole: when a storm is declared."""

import math
from collections.abc import Mapping
from datetime import datetime

from alerts.inventory import Inventory
from alerts.settings import Storm


def raging(
    server: str,
    *,
    newly_down: Mapping[str, datetime],
    inventory: Inventory,
    storm: Storm,
    now: datetime,
) -> str | None:
    """The widest scope around this server in which a storm rages, or None (DESIGN 15.1).

    `newly_down` maps servers to when they went down; this server is among them.
    """
    recent = [name for name, since in newly_down.items() if now - since <= storm.within]
    for scope in inventory.scopes(server):
        hit = sum(1 for name in recent if scope in inventory.scopes(name))
        if hit >= limit(scope, inventory=inventory, storm=storm):
            return scope
    return None


def limit(scope: str, *, inventory: Inventory, storm: Storm) -> int:
    """How many servers newly down make a storm of this scope."""
    return max(storm.servers, math.ceil(inventory.size(scope) * storm.percent / 100))
