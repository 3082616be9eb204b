"""A machine behind a Redfish BMC: one system, by its full address and its serial number."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import structlog
from pydantic import Field

from playbooks.client import Answer, call, refusal
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.device import TlsPower, let_in, only_asking, revealed, word
from playbooks.power.model import Capabilities, Identity, PowerState, Verb, WrongDevice, mismatch
from playbooks.power.redfish_shapes import allowed, identity_of, power_of, reason_of, reset_of
from probes.settings import SecretFile

log = structlog.get_logger(__name__)

_WHAT: Final = "the Redfish BMC"
_PATH: Final = r"/redfish(/[A-Za-z0-9][A-Za-z0-9._~:-]*)+/?"
_LONGEST: Final = 500
SystemUri = Annotated[str, Field(pattern=f"^{_PATH}$", max_length=_LONGEST)]

# The kinds of reset for each verb; the first that the BMC offers is told (DSP2046, ResetType).
# No GracefulRestart for SOFT: who tells SOFT waits for the machine to be off, and would then cut
# off one that is just coming back.
_KINDS: Final[Mapping[Verb, tuple[str, ...]]] = {
    Verb.ON: ("On", "ForceOn"),
    Verb.OFF: ("ForceOff",),
    Verb.RESET: ("ForceRestart",),
    Verb.SOFT: ("GracefulShutdown",),
}
_TAKEN: Final = frozenset({200, 202, 204})
_NOT_NOW: Final = frozenset({400, 409})
_SO_ALREADY: Final = {Verb.ON: PowerState.ON, Verb.OFF: PowerState.OFF}
_ELSEWHERE: Final = "it sends us elsewhere; write `system` just as the BMC itself shows it"


class RedfishPower(TlsPower):
    """The calls are DSP0266's: read the system, find its reset action, post to it.

    What the BMC offers is looked up before each order, and so is who the machine is: an order goes
    to no system but the one of `system` and `serial`.
    """

    driver: Literal["redfish"] = "redfish"
    system: SystemUri = Field(
        description="The system in full, such as /redfish/v1/Systems/1; there is no default, since"
        " one BMC may have several"
    )
    serial: str = Field(
        min_length=1, description="SerialNumber of the system; of a Dell its service tag"
    )
    user: str = Field(pattern=r"^[^:\x00-\x1f\x7f]+$")
    password_file: SecretFile

    def device(self) -> str:
        return f"redfish {self.place}"

    def account(self) -> str:
        return f"redfish {self.place} {self.user}"

    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset(Verb))

    async def identity(self, hands: Hands) -> Identity:
        """Serial number (a Dell's service tag), UUID, and the host's name or else the system's."""
        return identity_of(await self._system(hands))

    async def state(self, hands: Hands) -> PowerState:
        """Any word but On and Off is CHANGING, a new one too: it is asked again."""
        told = power_of(await self._system(hands))
        if told.strange:
            log.warning("power_state_was_new_to_us", device=self.device(), state=told.strange)
        return told.state

    async def act(self, verb: Verb, hands: Hands) -> None:
        """Raises WrongDevice before anything is posted where the machine is not the expected one,
        the kind of reset is not offered, or the action leads away from this system.
        """
        system = await self._system(hands)
        if why := mismatch(self.expected(), identity_of(system)):
            raise WrongDevice(f"{_WHAT} ({self.place}): {self.system} is another machine: {why}")
        target, kind = await self._order(verb, system, hands)
        answer = await self._call(hands, "POST", target, {"ResetType": kind})
        if answer.status in _TAKEN:
            return
        if answer.status in _NOT_NOW and _SO_ALREADY.get(verb) is power_of(system).state:
            return  # iDRAC and iLO refuse to switch on what is on
        raise self._refusal(answer)

    async def _order(self, verb: Verb, system: Mapping[str, Any], hands: Hands) -> tuple[str, str]:
        """Where to post, and what kind of reset."""
        action = reset_of(system)
        target = self._path(action.get("target"))
        if not target.startswith(self.system.rstrip("/") + "/"):
            message = f"{_WHAT} ({self.place}): the reset of {self.system} leads to another address"
            raise WrongDevice(message)
        offered = await self._offered(action, hands)
        for kind in _KINDS[verb]:
            if offered is None or kind in offered:
                return target, kind
        message = f"{_WHAT} ({self.place}) offers no {' or '.join(_KINDS[verb])} for {self.system}"
        raise WrongDevice(message)

    async def _offered(self, action: Mapping[str, Any], hands: Hands) -> frozenset[str] | None:
        """The kinds of reset; None where the BMC says them nowhere, so that it must judge itself.

        They stand beside the action or, as with OpenBMC, in a resource of their own.
        """
        info = self._path(action.get("@Redfish.ActionInfo"))
        beside = allowed(action)
        if beside is not None or not info:
            return beside
        return allowed(await self._get(hands, info))

    async def _system(self, hands: Hands) -> Mapping[str, Any]:
        return await self._get(hands, self.system)

    async def _get(self, hands: Hands, path: str) -> Mapping[str, Any]:
        with only_asking():
            answer = await self._call(hands, "GET", path)
            if answer.status in {404, 410}:
                raise WrongDevice(f"{_WHAT} ({self.place}) has no {path}")
            if answer.status != 200:
                raise self._refusal(answer)
            told = answer.json()
        if not isinstance(told, dict):
            raise OutsideError(f"{_WHAT} ({self.place}): {path} is no resource", transient=True)
        return told

    async def _call(self, hands: Hands, method: str, path: str, body: object = None) -> Answer:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Basic {self._login()}",
            "OData-Version": "4.0",
        }
        answer = await call(
            hands.session,
            method,
            self.url + path,
            what=_WHAT,
            headers=headers,
            json=body,
            within=self.within,
            tls=self.trust(),
        )
        return let_in(answer)

    def _refusal(self, answer: Answer) -> OutsideError:
        said = _ELSEWHERE if 300 <= answer.status < 400 else reason_of(answer.body)
        leaks = revealed(self.password_file) in said or self._login() in said
        return refusal(answer, said="" if leaks else word(said))

    def _login(self) -> str:
        return b64encode(f"{self.user}:{revealed(self.password_file)}".encode()).decode()

    def _path(self, told: object) -> str:
        """The path of an address on this very BMC; "" where it leads anywhere else."""
        path = told.removeprefix(self.url) if isinstance(told, str) else ""
        return path if len(path) <= _LONGEST and re.fullmatch(_PATH, path) else ""
