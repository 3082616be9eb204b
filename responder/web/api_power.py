"""How a server can be switched, and what its device says now: asked once, changed never."""

import asyncio
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import timedelta

from aiohttp import web

from playbooks.outside import OutsideError
from playbooks.power.model import (
    Busy,
    Identity,
    LoginRefused,
    Power,
    PowerState,
    mismatch,
)
from responder.store import gated
from responder.web.route import Access, Asked, Refused, Route, said
from responder.web.run_answers import IdentityAnswer, PowerAnswer
from responder.world import World

_GIVES = {200: "what the device says, or why it could not be asked", 404: "no such way"}


@dataclass(frozen=True, slots=True)
class _Told:
    """What the device said; `trouble` where it did not."""

    identity: Identity | None = None
    state: PowerState | None = None
    trouble: str = ""


class PowerDoor:
    """Asks with our own login, one question at a time for each device: a responder may."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def routes(self) -> list[Route]:
        """Reading alone."""
        return [
            Route(
                "GET", "/api/v1/servers/{name}/power", self.status, Access.RESPONDER,
                "What the device of a server says: who it is, on or off",
                answers=PowerAnswer, gives=_GIVES,
            )
        ]  # fmt: skip

    async def status(self, asked: Asked) -> web.Response:
        name = asked.part("name")
        part = self._world.live.config.servers.get(name)
        if part is None:
            raise Refused(404, "not_found", f'no server is called "{name}"')
        if part.power is None:
            raise Refused(404, "not_found", f"{name} has no `power:` in the configuration")
        async with self._turns[part.power.device()]:
            told = await self._asked(part.power)
        return said(_answer(name, part.power, told).model_dump_json())

    async def _asked(self, power: Power) -> _Told:
        world = self._world
        now, account = world.clock.now(), power.account()
        if paused := await world.store.read(gated.paused, account, now=now):
            return _Told(trouble=f"nobody may ask {account} now: {paused}")
        try:
            return await self._says(power)
        except (LoginRefused, Busy) as refusal:
            until = now + timedelta(seconds=refusal.pause)
            reason = str(refusal)
            await world.store.write(gated.pause, account, until=until, reason=reason)
            return _Told(trouble=reason)
        except OutsideError as error:
            return _Told(trouble=str(error))

    async def _says(self, power: Power) -> _Told:
        able, hands = power.capabilities(), self._world.hands
        identity = await power.identity(hands) if able.reads_identity else None
        return _Told(identity, await power.state(hands) if able.reads_state else None)


def _answer(server: str, power: Power, told: _Told) -> PowerAnswer:
    able, expected = power.capabilities(), power.expected()
    differs = mismatch(expected, told.identity) if told.identity is not None else ""
    return PowerAnswer(
        server=server,
        driver=power.driver,
        device=power.device(),
        verbs=tuple(sorted(able.verbs)),
        reads_state=able.reads_state,
        reads_identity=able.reads_identity,
        vouched=power.vouched,
        expected=IdentityAnswer(**asdict(expected)),
        told=IdentityAnswer(**asdict(told.identity)) if told.identity is not None else None,
        matches=told.identity is not None and not differs,
        mismatch=differs,
        state=told.state,
        trouble=told.trouble,
    )
