"""One emulated machine behind a BMC: its power, its faults, and every order that it was given."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

PowerChanged = Callable[[bool], Awaitable[None]]


class Fault(StrEnum):
    """What can be wrong with the machine's power. Every order is taken all the same."""

    NONE = ""
    STUCK_ON = "stuck-on"  # it never goes off
    NO_POWERON = "no-poweron"  # it never comes on
    SLOW = "slow"  # it takes its time


@dataclass(frozen=True, slots=True)
class Order:
    """One press of the button: `on`, `off`, `reset` or `soft`, and when."""

    at: datetime
    verb: str


@dataclass
class Chassis:
    """Goes on and off as a BMC says. Each of `watchers` is awaited after every change with the new
    power, so that a web server can die and come back with its machine.

    `settles` is how many seconds a change takes (`slow_seconds` under the fault SLOW); meanwhile
    `changing` is true and `power` is what it was. Orders are obeyed one after the other.
    """

    power: bool = True
    fault: Fault = Fault.NONE
    settles: float = 0.0
    slow_seconds: float = 2.0
    watchers: list[PowerChanged] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def changing(self) -> bool:
        return bool(self._under_way)

    def told(self, *verbs: str) -> int:
        """How often it was given one of these orders; of all where none is named."""
        return sum(order.verb in verbs or not verbs for order in self.orders)

    def press(self, verb: str) -> None:
        """Take an order and return at once, as a BMC does; the change comes by itself."""
        self.orders.append(Order(datetime.now(UTC), verb))
        task = asyncio.get_running_loop().create_task(self._obey(verb))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Wait until every order is obeyed."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def stop(self) -> None:
        """Forget what is under way; the power stays as it is."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _obey(self, verb: str) -> None:
        async with self._turn:
            seconds = self.slow_seconds if self.fault is Fault.SLOW else self.settles
            await asyncio.sleep(seconds)
            if verb == "reset" and not self.power:
                return  # there is nothing to reset
            if verb in {"off", "reset", "soft"}:
                await self._change(False, reset=verb == "reset")
            if verb in {"on", "reset"}:
                await self._change(True, reset=verb == "reset")

    async def _change(self, on: bool, *, reset: bool) -> None:
        """The power supply's faults don't stop a reset, which presses the processor."""
        deaf = self.fault is (Fault.NO_POWERON if on else Fault.STUCK_ON)
        if self.power is on or (deaf and not reset):
            return
        self.power = on
        for watcher in self.watchers:
            await watcher(on)
