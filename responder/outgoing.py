"""Tells the outside each minute that we live, but only while we really do."""

from collections.abc import Callable, Iterable

import aiohttp
import structlog

from playbooks.client import call, refusal
from playbooks.outside import OutsideError
from responder.live import Live
from responder.supervise import Duty

log = structlog.get_logger(__name__)

LATE_SECONDS = 60.0


class Pulse:
    """`daemon.heartbeat_url`: its silence tells somebody else that we are dead or stuck."""

    def __init__(
        self,
        live: Live,
        session: aiohttp.ClientSession,
        *,
        duties: Callable[[], Iterable[Duty]],
        beaten: Callable[[], None],
    ) -> None:
        self._live = live
        self._session = session
        self._duties = duties
        self._beaten = beaten

    async def turn(self) -> None:
        """One call, unless a duty stands still; the store is part of every duty."""
        url = self._live.config.daemon.heartbeat_url
        if url is None:
            return
        stuck = [duty.name for duty in self._duties() if duty.lag() > LATE_SECONDS]
        if stuck:
            log.error("heartbeat_withheld", stuck=stuck)
            return
        try:
            answer = await call(self._session, "GET", url, what="the outside heartbeat")
            if answer.status >= 400:
                raise refusal(answer)
        except OutsideError as error:
            log.warning("heartbeat_not_heard", error=str(error))
        else:
            self._beaten()
