"""What the desk does again and again besides its tickets: looks for customers, reads their mail."""

import asyncio
import contextlib
from functools import partial

import aiohttp
import structlog

from responder.config import Config
from responder.customer_links import link_to
from responder.desk.rules_file import request_rules
from responder.eyes.witness import Witness
from responder.mailboxes import Mailboxes
from responder.problems import BadConfig
from responder.supervise import Duty
from responder.support.confirming import Confirming
from responder.tickets.desk import SYSTEM
from responder.world import World

log = structlog.get_logger(__name__)


def desk_duties(
    world: World, session: aiohttp.ClientSession, exits: contextlib.AsyncExitStack
) -> list[Duty]:
    """The duties; `exits` ends what they have begun."""
    confirming = Confirming(
        world.store,
        Witness(world.live, world.eyes, session),
        plan=lambda: world.live.plan,
        clock=world.clock,
        follow=world.follow,
    )
    exits.push_async_callback(confirming.end)
    mailboxes = Mailboxes(world, link=link_to(world))
    return [
        Duty("requests", confirming.turn, every=1.0),
        Duty("mailboxes", mailboxes.turn, every=5.0),
        Duty("rules", Learning(world, exits).turn, every=60.0),
        Duty("kpi_pages", partial(asyncio.to_thread, world.kpis.freshen), every=5.0),
    ]


def expects_requests(config: Config) -> bool:
    """May a customer write at any moment: by form, by mail, or in another ticket system?"""
    foreign = config.tickets.system != SYSTEM and config.desk.take_foreign
    return bool(config.brands or config.desk.mailboxes or foreign)


class Learning:
    """Reads the rules for requests beside the loop: the first customer must not wait a second for
    them, nor everybody behind him. Where no customer can write, nobody pays their 25 MB.
    """

    def __init__(self, world: World, exits: contextlib.AsyncExitStack) -> None:
        self._world = world
        self._task: asyncio.Task[object] | None = None
        exits.push_async_callback(self._end)

    async def turn(self) -> None:
        """Learn what is in force now, unless that is known."""
        config = self._world.live.config
        if expects_requests(config) and (self._task is None or self._task.done()):
            await self._end()
            file = config.desk.rules_file
            self._task = asyncio.create_task(asyncio.to_thread(request_rules, file))

    async def _end(self) -> None:
        if self._task is not None:
            (error,) = await asyncio.gather(self._task, return_exceptions=True)
            if isinstance(error, BadConfig):  # changed since it was checked: a reload will say so
                log.warning("rules_unread", reason=str(error))
