"""What is asked outside before the gate judges: looks, other vantage points, sites, devices."""

from collections.abc import Iterable, Sequence

import structlog

from alerts.observed import State
from alerts.trouble import Seen, answered, of_machine
from playbooks.gate import Opinion
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.model import Busy, Identity, LoginRefused, Power
from probes.look import look
from probes.model import Look, Verdict
from responder.clock import Clock
from responder.eyes.vantages import ask
from responder.eyes.watching import Eyes
from responder.live import Live
from responder.probing.targets import reference
from responder.runs import telling
from responder.store import Store

log = structlog.get_logger(__name__)

SITE_SECONDS = 3.0

_ANSWERS = (State.OK, State.RECOVERING)


class Senses:
    """Asked anew at every judgment; nothing is remembered from one to the next."""

    def __init__(self, store: Store, live: Live, eyes: Eyes, hands: Hands, *, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._eyes = eyes
        self._hands = hands
        self._clock = clock

    async def opinions(self, server: str) -> list[Opinion]:
        """What each of our looks at this machine says of it."""
        seen = await self._seen(server)
        return [told for one in seen if (told := opinion(one)) is not None]

    async def others(self, server: str) -> list[Opinion]:
        """What the other vantage points see now. They are asked with one look, a failing ping where
        there is one; who can't tell has no opinion.
        """
        vantages = self._live.config.probes.vantages
        failing = [one.look for one in await self._seen(server) if not _up(one)]
        if not vantages or not failing:
            return []
        chosen = min(failing, key=lambda one: (one.probe.kind != "ping", one.key))
        told = await ask(self._hands.session, vantages, chosen)
        return [
            Opinion(chosen.probe.kind, down=verdict is Verdict.DOWN, vantage=name)
            for name, verdict in told.items()
            if verdict is not Verdict.UNKNOWN
        ]

    async def guests_up(self, server: str) -> tuple[str, ...]:
        """Machines that this one carries and that answer us."""
        inventory = self._live.plan.inventory
        guests = sorted(one.name for one in inventory.servers.values() if one.hypervisor == server)
        return tuple([name for name in guests if _any_up(await self.opinions(name))])

    async def site(self, datacentre: str) -> bool | None:
        """Does the data centre's own host answer? None where none is configured."""
        part = self._live.config.datacentres.get(datacentre)
        if part is None or part.reference is None:
            return None
        one = reference(datacentre, part.reference)
        seen = await look(one.probe, one.target, self._eyes.net, within=SITE_SECONDS)
        return seen.verdict is Verdict.UP

    async def identity(self, power: Power) -> tuple[Identity | None, str]:
        """Who the device says it is, or why it does not. A login that it refuses is tried once: the
        account is paused for everybody.
        """
        try:
            return await power.identity(self._hands), ""
        except (LoginRefused, Busy) as error:
            now = self._clock.now()
            await self._store.write(
                telling.pause, power.account(), error.pause, str(error), now=now
            )
            return None, str(error)
        except OutsideError as error:
            return None, str(error)

    async def _seen(self, server: str) -> Sequence[Seen]:
        """Our looks at the machine and how they stand: what we look at ourselves, else what the
        member knows who does.
        """
        beliefs = self._eyes.beliefs
        if ours := beliefs.opinions_of(server):
            return [Seen(beliefs.looks[key], beliefs.standing(key)) for key in sorted(ours)]
        theirs = {one.key: one for one in self._looks_at(server)}
        known = await self._eyes.telling.known(theirs) if theirs else {}
        return [Seen(theirs[key], standing) for key, standing in sorted(known.items())]

    def _looks_at(self, server: str) -> Iterable[Look]:
        return (one for one in self._eyes.looks() if one.host == server and of_machine(one))


def opinion(one: Seen) -> Opinion | None:
    """What this look says; None when it can't tell. An error that the machine answered itself is a
    sign of life, and so is one good look after many bad ones.
    """
    if not one.standing.tells:
        return None
    down = not _up(one)
    return Opinion(one.look.probe.kind, down, one.standing.failing_since if down else None)


def _up(one: Seen) -> bool:
    return one.standing.state in _ANSWERS or answered(one)


def _any_up(opinions: Iterable[Opinion]) -> bool:
    return any(not one.down for one in opinions)
