"""One verb told to a device and proved: written down before, done, written down, read back."""

import structlog

from playbooks.actions.model import Crew
from playbooks.outside import OutsideError
from playbooks.power.model import LoginRefused, Power, PowerState, Verb

log = structlog.get_logger(__name__)

_UNSURE = "unsure: "
POLL_SECONDS = 1.0
TRIES = 3
"""How often what may be told twice is told when the device does not answer."""


def unsure(trouble: str) -> bool:
    """Does this trouble mean that nobody knows whether the device has heard?"""
    return trouble.startswith(_UNSURE)


class Switch:
    """A machine's device, with the journal of the run that tells it. `settles` is how many seconds
    a verb may take to show; by default as the driver says.
    """

    def __init__(self, power: Power, crew: Crew, *, settles: float | None = None) -> None:
        self._power = power
        self._crew = crew
        self._settles = settles if settles is not None else power.capabilities().settles

    @property
    def power(self) -> Power:
        return self._power

    async def state(self) -> PowerState:
        """What the device says now; one that does not answer is asked three times. Raises
        OutsideError.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._power.state(self._crew.hands)
            except OutsideError as error:
                if not error.transient:
                    raise
                log.info("device_asked_again", device=self._power.device(), reason=str(error))
                await self._crew.pause(error.retry_after or POLL_SECONDS)
        return await self._power.state(self._crew.hands)

    async def tell(self, verb: Verb, wanted: PowerState, *, tries: int = TRIES) -> str:
        """Tell it, until the state is as wanted. "" when it is, else what went wrong; "unsure: ..."
        when a verb may still be heard later.
        """
        trouble = ""
        for _ in range(tries):
            trouble = await self.order(verb)
            if trouble and not unsure(trouble):
                return trouble
            if (state := await self.until(wanted)) is wanted:
                if trouble:
                    await self._crew.result(verb, "read back", state=state)
                return ""
            still = f'told "{verb}", the machine is still {state} after {self._settles:g} s'
            trouble = f"{trouble}; {still}" if trouble else still
        return trouble

    async def order(self, verb: Verb) -> str:
        """Tell it once, journalled. "" when the device took it; "unsure: ..." when it may have;
        else why not. A device that is busy is asked again, as nothing was done.
        """
        for left in reversed(range(TRIES)):
            await self._crew.intend(verb, device=self._power.device(), driver=self._power.driver)
            try:
                await self._power.act(verb, self._crew.hands)
            except LoginRefused as error:
                outcome = "unknown" if error.ambiguous else "refused"
                await self._crew.result(verb, outcome, reason=str(error), pause=error.pause)
                return f"{_UNSURE}{error}" if error.ambiguous else str(error)
            except OutsideError as error:
                outcome = "unknown" if error.ambiguous else "failed"
                await self._crew.result(verb, outcome, reason=str(error))
                if error.ambiguous:
                    return f"{_UNSURE}{error}"
                if not error.transient or not left:
                    return str(error)
                await self._crew.pause(error.retry_after or POLL_SECONDS)
            else:
                await self._crew.result(verb, "done")
                return ""
        return "the device does not take the order"

    async def until(self, wanted: PowerState, *, within: float | None = None) -> PowerState:
        """Read the state until it is as wanted or the time is over; the last state either way."""
        left = self._settles if within is None else within
        while True:
            state = await self.state()
            if state is wanted or left <= 0:
                return state
            await self._crew.pause(min(POLL_SECONDS, left))
            left -= POLL_SECONDS
