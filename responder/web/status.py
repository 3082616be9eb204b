"""How the daemon is and what it could not do: status, outbox, dead letters, quarantine."""

import socket
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import structlog
from aiohttp import web

from responder.store import Tx, outbox, quarantine
from responder.web.answers import (
    DeadLetterAnswer,
    DutyAnswer,
    OutboxAnswer,
    QuarantineAnswer,
    QuarantinedAnswer,
    RetriedAnswer,
    SenderAnswer,
    StatusAnswer,
    StoreAnswer,
    WaitingAnswer,
)
from responder.web.orders import RetryOrder
from responder.web.route import Access, Asked, Route, number, said
from responder.world import World

log = structlog.get_logger(__name__)

PATH = "/api/v1"


class Status:
    """What an operator asks of the daemon itself."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer, trying again a responder."""
        viewer, now = Access.VIEWER, {200: "as it is now"}
        return [
            Route(
                "GET", f"{PATH}/status", self.status, viewer, "How the daemon is",
                answers=StatusAnswer, gives=now,
            ),
            Route(
                "GET", f"{PATH}/outbox", self.outbox, viewer, "What waits to be done outside",
                answers=OutboxAnswer, gives=now,
            ),
            Route(
                "POST", f"{PATH}/outbox/retry", self.retry, Access.RESPONDER,
                "Try dead letters again: those named, or all", takes=RetryOrder,
                answers=RetriedAnswer, gives={200: "tried again", 400: "the body does not fit"},
            ),
            Route(
                "GET", f"{PATH}/quarantine", self.quarantine, viewer,
                "Bodies that nobody could read", answers=QuarantineAnswer, gives=now,
            ),
        ]  # fmt: skip

    async def status(self, _: Asked) -> web.Response:
        world = self._world
        duties = world.duties.values()
        health = world.store.health(time.monotonic())
        told = StatusAnswer(
            version=world.version,
            member=world.live.config.daemon.member or socket.gethostname(),
            ready=all(duty.first.is_set() for duty in duties),
            config_loaded_at=world.live.loaded_at,
            config_good=world.live.good,
            kill_switch=await world.kill.thrown(),
            duties=tuple(
                DutyAnswer(
                    name=duty.name, lag_seconds=round(duty.lag(), 3), ready=duty.first.is_set()
                )
                for duty in duties
            ),
            store=StoreAnswer(
                writer_alive=health.writer_alive,
                queue=health.queue,
                last_commit_seconds=round(health.last_commit_seconds, 3),
                wal_bytes=health.wal_bytes,
                trouble=health.trouble,
            ),
            senders=tuple(_senders(world)),
        )
        return said(told.model_dump_json())

    async def outbox(self, _: Asked) -> web.Response:
        return said(await self._world.store.read(_waiting))

    async def retry(self, asked: Asked) -> web.Response:
        """The old key again: what went out after all is found by it, not repeated."""
        order = asked.take(RetryOrder)
        ids = None if order.ids is None else [number(one) for one in order.ids]
        retried = await self._world.store.write(outbox.revive, ids=ids, now=self._world.clock.now())
        self._world.runner.wake.set()
        log.info("dead_letters_retried", count=retried, by=asked.caller.name)
        return said(RetriedAnswer(retried=retried).model_dump_json())

    async def quarantine(self, _: Asked) -> web.Response:
        return said(await self._world.store.read(_quarantined))


def _waiting(tx: Tx) -> str:
    waiting = tuple(
        WaitingAnswer(kind=kind, state=state, count=count, since=since)
        for (kind, state), (count, since) in sorted(outbox.depths(tx).items())
    )
    letters = tuple(
        DeadLetterAnswer(
            id=str(row["id"]),
            key=row["key"],
            kind=row["kind"],
            incident=str(row["incident"] or ""),
            attempts=row["attempts"],
            error=row["error"],
            created_at=row["created_at"],
        )
        for row in outbox.dead(tx)
    )
    return OutboxAnswer(waiting=waiting, dead=letters).model_dump_json()


def _quarantined(tx: Tx) -> str:
    names = ("sender", "reason", "times", "first_at", "last_at")
    bodies = tuple(
        QuarantinedAnswer(id=row["digest"], **{name: row[name] for name in names})
        for row in quarantine.listed(tx)
    )
    return QuarantineAnswer(bodies=bodies, total=quarantine.count(tx)).model_dump_json()


def _senders(world: World) -> Iterator[SenderAnswer]:
    """Each sender, and when the gauge says that it last spoke."""
    seen = last_seen(world)
    for name, sender in world.live.config.senders.items():
        yield SenderAnswer(name=name, kind=sender.kind, last_seen_at=seen.get(name))


def last_seen(world: World) -> dict[str, datetime]:
    """When each sender last spoke to this process."""
    samples: Sequence[tuple[dict[str, str], float]] = [
        (sample.labels, sample.value)
        for family in world.metrics.sender_seen.collect()
        for sample in family.samples
    ]
    return {labels["sender"]: datetime.fromtimestamp(at, UTC) for labels, at in samples if at}
