"""Who else is here: our own lease, the database's clock, and what members that are gone left."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from responder import life
from responder.clock import Clock
from responder.outbox import Runner
from responder.store import Store, members
from responder.store.migrate import head, version

log = structlog.get_logger(__name__)

SKEW = timedelta(seconds=2)
# A killed instance's lease ends by itself; one that lives renews it meanwhile.
PATIENCE_SECONDS = 20.0


class Outdated(RuntimeError):
    """The store's tables are newer than this program: it must stop."""


class Member:
    """Our place among the instances that share a store."""

    def __init__(
        self, store: Store, runner: Runner, *, name: str, clock: Clock, program: str
    ) -> None:
        self._store = store
        self._runner = runner
        self.name = name
        self._clock = clock
        self._program = program
        self._token = life.own()
        self.epoch = 0
        self.alive: tuple[str, ...] = (name,)  # all that share the store, we among them
        self.heirs: list[Callable[[Sequence[str]], Awaitable[int]]] = []  # of those that are gone

    async def join(self) -> None:
        """Take our name. The lease of a predecessor that was killed on another machine is waited
        for; one that was killed here needs no patience. Raises members.Taken.
        """
        first: datetime | None = None
        waited = 0.0
        while True:
            try:
                await self._renew()
            except members.Taken as taken:
                if life.ended(taken.token):
                    await self._end(taken.token)
                    continue
                first = first or taken.until
                if taken.until != first or waited >= PATIENCE_SECONDS:
                    raise
                await asyncio.sleep(0.5)
                waited += 0.5
            else:
                return

    async def turn(self) -> None:
        """Renew the lease, keep in step with the database's clock, take over what is orphaned."""
        if await self._store.read(version) != head():
            raise Outdated("the tables are those of another version: stop this instance")
        gone = await self._renew()
        if gone:
            freed = await self._runner.release_of(gone)
            for heir in self.heirs:
                freed += await heir(gone)
            if freed:
                log.warning("claims_taken_over", members=list(gone), claims=freed)

    async def leave(self) -> None:
        """We stop."""
        await self._end(self._token)

    async def hold(self, duty: str, span: timedelta) -> bool:
        """Is this duty ours for the coming span?"""
        now = self._clock.now()
        return await self._store.write(members.hold, duty, owner=self.name, span=span, now=now)

    async def _end(self, token: str) -> None:
        await self._store.write(members.leave, self.name, token=token, host_now=_host_now())

    async def _renew(self) -> tuple[str, ...]:
        before = _host_now()
        membership = await self._store.write(
            members.renew, self.name, token=self._token, version=self._program, host_now=before
        )
        self.epoch = membership.epoch
        self.alive = (self.name, *membership.alive)
        if membership.now != before:  # on SQLite ours is the only clock
            self._keep_step(membership.now - (before + (_host_now() - before) / 2))
        return membership.gone

    def _keep_step(self, offset: timedelta) -> None:
        if abs(offset - self._clock.offset) > SKEW:
            log.warning("clocks_differ", seconds=round(offset.total_seconds(), 1))
        self._clock.offset = offset


def _host_now() -> datetime:
    return datetime.now(UTC)
