"""A server whose WHM still answers: its own graceful reboot, the mildest rung."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from playbooks.client import Answer, call
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.device import TlsPower, let_in, only_asking, revealed, word
from playbooks.power.model import Capabilities, Identity, PowerState, Verb, WrongDevice
from playbooks.power.provider import owner, plain, pluck, refused
from probes.settings import Json, SecretFile

_WHAT: Final = "WHM"


class WhmPower(TlsPower):
    """https://api.docs.cpanel.net/openapi/whm/operation/reboot/, never with `force=1`, which may
    lose data. The HTTP status is not the outcome: only `metadata.result` 1 is a yes.

    A panel that is down, or a machine that is off, can't be told anything here. The token is one of
    its own that may `reboot`: the one of the probes should not be able to.
    """

    driver: Literal["whm"] = "whm"
    hostname: str = Field(min_length=1, description="The hostname that the panel must show")
    user: str = "root"
    token_file: SecretFile

    def device(self) -> str:
        return f"{self.driver} {self.place}"

    def account(self) -> str:
        return owner(self.driver, f"{self.user} {self.place}", self.token_file)

    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset({Verb.SOFT}), reads_state=False)

    async def identity(self, hands: Hands) -> Identity:
        with only_asking():
            told = await self._ask("gethostname", {}, hands)
        return Identity(name=plain(pluck(told, "data.hostname")))

    async def state(self, hands: Hands) -> PowerState:
        raise WrongDevice(f"{_WHAT} can't tell whether a server is off")

    async def act(self, verb: Verb, hands: Hands) -> None:
        if verb is not Verb.SOFT:
            raise WrongDevice(f"{_WHAT} can only restart a server softly, not {verb}")
        await self._ask("reboot", {"force": "0"}, hands)

    async def _ask(self, function: str, parameters: Mapping[str, str], hands: Hands) -> Json:
        """One call of API 1. Raises OutsideError."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        answer = await call(
            hands.session,
            "GET",  # WHM's reboot is one, too
            f"{self.url}/json-api/{function}?api.version=1&{query}".rstrip("&"),
            what=_WHAT,
            headers={"Authorization": f"whm {self.user}:{revealed(self.token_file)}"},
            within=self.within,
            tls=self.trust(),
        )
        return _agreed(answer, function)


def _agreed(answer: Answer, function: str) -> Json:
    """The answer where it is a yes. A login page instead of JSON leaves it unsure."""
    if let_in(answer).status != 200:
        raise refused(answer, said="")
    told = answer.json()
    match pluck(told, "metadata.result"):
        case 1 | "1":
            return told
        case 0 | "0":
            reason = word(pluck(told, "metadata.reason")) or "no reason given"
            raise OutsideError(f"{_WHAT} refused {function}: {reason}", transient=False)
    message = f"{_WHAT} answered {function} in an unknown shape"
    raise OutsideError(message, transient=True, ambiguous=True)
