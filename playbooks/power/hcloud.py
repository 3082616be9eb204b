"""A server of Hetzner Cloud, by its number and its name."""

from typing import Final, Literal

from pydantic import Field, PositiveInt

from playbooks.client import Answer
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.device import revealed
from playbooks.power.model import (
    Busy,
    Capabilities,
    Identity,
    PowerSettings,
    PowerState,
    Verb,
    WrongDevice,
)
from playbooks.power.provider import (
    Api,
    ApiAddress,
    Progress,
    bearer,
    error_code,
    owner,
    plain,
    pluck,
    refused,
    watch,
    words,
)
from probes.settings import Json, SecretFile

_WHAT: Final = "Hetzner Cloud"
_PAUSES: Final = {"locked": 10.0, "conflict": 10.0, "rate_limit_exceeded": 60.0}
_STATES: Final = {"running": PowerState.ON, "off": PowerState.OFF}
_ACTIONS: Final = {
    Verb.ON: "poweron",
    Verb.OFF: "poweroff",
    Verb.RESET: "reset",
    Verb.SOFT: "shutdown",
}


class HetznerCloudPower(PowerSettings):
    """https://docs.hetzner.cloud: an order becomes an Action, which is followed for `timeout`.

    One that still runs then is taken all the same, and the state tells the rest; one that failed is
    an error. `soft` shuts down and stays off.
    """

    driver: Literal["hetzner-cloud"] = "hetzner-cloud"
    url: ApiAddress = Field("https://api.hetzner.cloud/v1", validate_default=True)
    id: PositiveInt = Field(description="Number of the server")
    hostname: str = Field(min_length=1, description="Name of the server in its project")
    token_file: SecretFile = Field(description="API token of the project, for reading and writing")

    def device(self) -> str:
        return f"{self.driver} {self.id}"

    def account(self) -> str:
        return owner(self.driver, "", self.token_file)

    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset(_ACTIONS))

    async def identity(self, hands: Hands) -> Identity:
        server = await self._server(hands)
        if plain(pluck(server, "id")) != str(self.id):
            raise WrongDevice(f"{_WHAT} answered about another server than {self.id}")
        return Identity(name=plain(pluck(server, "name")))

    async def state(self, hands: Hands) -> PowerState:
        told = plain(pluck(await self._server(hands), "status"))
        return _STATES.get(told, PowerState.CHANGING)

    async def act(self, verb: Verb, hands: Hands) -> None:
        api = self._api(hands)
        answer = await api.send("POST", f"/servers/{self.id}/actions/{_ACTIONS[verb]}")
        number = pluck(answer.json(), "action.id")
        if not isinstance(number, int):
            message = f"{_WHAT} answered {answer.status} without an action"
            raise OutsideError(message, transient=True, ambiguous=True)

        async def look() -> Progress:
            return _progress(pluck(await api.read(f"/actions/{number:d}"), "action"))

        await watch(look, what=_WHAT, within=self.within)

    async def _server(self, hands: Hands) -> Json:
        return pluck(await self._api(hands).read(f"/servers/{self.id}"), "server")

    def _api(self, hands: Hands) -> Api:
        login = bearer(revealed(self.token_file))
        return Api(_WHAT, self.url, hands.session, login, self.within, refused=_refused)


def _progress(action: Json) -> Progress:
    match pluck(action, "status"):
        case "success":
            return Progress(over=True)
        case "error":
            return Progress(over=True, failure=plain(pluck(action, "error.message")) or "no reason")
    return Progress(over=False)


def _refused(answer: Answer) -> OutsideError:
    """https://docs.hetzner.cloud, "Errors": the code counts, not the status."""
    pause = _PAUSES.get(error_code(answer))
    if pause is not None:
        return Busy(f"{_WHAT} answered {answer.status}: {words(answer)}", pause=pause)
    return refused(answer)
