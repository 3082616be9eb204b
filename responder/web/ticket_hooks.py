"""The door for webhooks of ticket systems: something has happened there, so we look at once."""

import asyncio
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from aiohttp import web

from responder.secrets import SecretUnreadable
from responder.web.route import Access, Asked, Refused, Route
from responder.world import World

PATH = "/callbacks/tickets/{system}"
GATHERED_SECONDS = 1.0  # all webhooks of so long a time are one look
_DUTIES = ("sync", "foreign")
_GIVES = {
    200: "we look at once",
    403: "not signed as the settings under `tickets` say",
    404: "tickets are kept in another system, or this one signs nothing",
    503: "the secret can't be read",
}


@runtime_checkable
class Signs(Protocol):
    """Settings of a ticket system whose webhooks are signed."""

    def verifies(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Is this webhook theirs? Raises SecretUnreadable."""
        ...


class TicketHooks:
    """Nobody logs in here: the ticket system signs the body.

    What it says is not read. The poll is the truth, so that a webhook that is lost, doubled, late
    or replayed changes nothing; it only makes us look sooner.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._soon: asyncio.TimerHandle | None = None

    def routes(self) -> list[Route]:
        """One door for every ticket system, under the word of `tickets: {system: ...}`."""
        summary = "Something has happened in the ticket system (its webhook)"
        return [Route("POST", PATH, self.told, Access.OPEN, summary, gives=_GIVES)]

    async def told(self, asked: Asked) -> web.StreamResponse:
        """Answered before we look: a slow door would hold up the ticket system."""
        settings = self._world.live.config.tickets
        if asked.part("system") != settings.system or not isinstance(settings, Signs):
            raise Refused(404, "not_found", "no ticket system of this name calls here")
        try:
            good = settings.verifies(asked.request.headers, asked.body)
        except SecretUnreadable as trouble:
            raise self._refused(503, "token", str(trouble)) from None
        if not good:
            raise self._refused(403, "signature", "not signed with the secret under tickets")
        self._look_soon()
        return web.Response()

    def _look_soon(self) -> None:
        if self._soon is None:
            loop = asyncio.get_running_loop()
            self._soon = loop.call_later(GATHERED_SECONDS, self._look)

    def _look(self) -> None:
        self._soon = None
        for duty in _DUTIES:
            self._world.hasten(duty)

    def _refused(self, status: int, reason: str, words: str) -> Refused:
        self._world.metrics.callback_refused(reason)
        return Refused(status, reason, words)
