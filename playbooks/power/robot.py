"""A rented machine at Hetzner Robot: its reset button, and a technician who presses it."""

from collections.abc import Mapping
from typing import Final, Literal, Self

from pydantic import Field, PositiveInt, model_validator
from typing_extensions import override

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
    basic,
    error_code,
    owner,
    plain,
    pluck,
    refused,
    words,
)
from probes.settings import Json, SecretFile

_WHAT: Final = "Hetzner Robot"
_HARD, _MAN = "hw", "man"
_TECHNICIAN_PAUSE: Final = 900.0
_LONGEST_PAUSE: Final = 3600.0
_NOT_OURS: Final = frozenset({"SERVER_NOT_FOUND", "RESET_NOT_AVAILABLE", "INVALID_INPUT"})


class OnTheWay(Busy):
    """A technician has been sent to this server already."""


class RobotPower(PowerSettings):
    """The web service of robot.hetzner.com/doc/webservice, by a user of its own.

    It tells no power state, so that a probe is the judge. Three wrong logins block our address for
    ten minutes: one is all that we ever try. Never `power` for switching on: on a running machine
    that button shuts it down.
    """

    driver: Literal["hetzner-robot"] = "hetzner-robot"
    url: ApiAddress = Field("https://robot-ws.your-server.de", validate_default=True)
    number: PositiveInt = Field(description="Robot's number of the server")
    user: str = Field(min_length=1, description="Web-service user, such as #ws+abcdef")
    password_file: SecretFile
    address: str = Field("", description="One of the server's addresses as Robot tells them")
    soft: Literal["sw", "power"] = Field(
        "sw", description="sw: Ctrl+Alt+Del; power: a press of the power button, which shuts down"
    )

    @model_validator(mode="after")
    def _can_be_proved(self) -> Self:
        if not self.hostname and not self.address:
            raise ValueError("give the hostname or the address that Robot shows for this server")
        return self

    def device(self) -> str:
        return f"{self.driver} {self.number}"

    def account(self) -> str:
        return owner(self.driver, self.user, self.password_file)

    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset({Verb.RESET, Verb.SOFT}), reads_state=False)

    @override
    def expected(self) -> Identity:
        """The address counts as a part of the name: Robot tells neither serial number nor UUID."""
        return Identity(self.serial, self.uuid, _joined(self.hostname, self.address))

    async def identity(self, hands: Hands) -> Identity:
        """Raises WrongDevice where another number comes back than the one asked for."""
        server = pluck(await self._api(hands).read(f"/server/{self.number}"), "server")
        if plain(pluck(server, "server_number")) != str(self.number):
            raise WrongDevice(f"{_WHAT} answered about another server than {self.number}")
        name = plain(pluck(server, "server_name")) if self.hostname else ""
        return Identity(name=_joined(name, self._address(server) if self.address else ""))

    async def state(self, hands: Hands) -> PowerState:
        raise WrongDevice(f"{_WHAT} can't tell whether a server is on")

    async def act(self, verb: Verb, hands: Hands) -> None:
        match verb:
            case Verb.RESET:
                await self._press(_HARD, hands)
            case Verb.SOFT:
                await self._press(self.soft, hands)
            case _:
                raise WrongDevice(f"{_WHAT} can't switch a server {verb}, only reset it")

    async def offered(self, hands: Hands) -> frozenset[str]:
        """Which kinds of reset this server has: sw, hw, power, man. Not every one has them all."""
        told = pluck(await self._api(hands).read(f"/reset/{self.number}"), "reset.type")
        return frozenset(map(plain, told)) if isinstance(told, list) else frozenset()

    async def order_man(self, hands: Hands) -> None:
        """Send a technician, who looks at the screen and resets by hand.

        Raises OutsideError: OnTheWay where one has been sent already; ambiguous where one may be.
        """
        await self._press(_MAN, hands)

    async def _press(self, kind: str, hands: Hands) -> None:
        offered = await self.offered(hands)
        if kind not in offered:
            known = ", ".join(sorted(offered)) or "none"
            told = f"{_WHAT} does not offer the reset {kind} for server {self.number}"
            raise WrongDevice(f"{told}, only {known}")
        await self._api(hands).send("POST", f"/reset/{self.number}", form={"type": kind})

    def _api(self, hands: Hands) -> Api:
        login = basic(self.user, revealed(self.password_file))
        return Api(_WHAT, self.url, hands.session, login, self.within, refused=_refused)

    def _address(self, server: Json) -> str:
        """The address that we expect where Robot lists it, else the main one."""
        main = plain(pluck(server, "server_ip"))
        listed = pluck(server, "ip")
        known = [plain(one) for one in listed] if isinstance(listed, list) else []
        return self.address if self.address in (main, *known) else main


def _joined(*told: str) -> str:
    return " ".join(filter(None, told))


def _refused(answer: Answer) -> OutsideError:
    """Robot's codes: robot.hetzner.com/doc/webservice, "Errors"."""
    code, message = error_code(answer), f"{_WHAT} answered {answer.status}: {words(answer)}"
    if code == "RATE_LIMIT_EXCEEDED":
        return Busy(message, pause=_interval(answer))
    if code == "RESET_MANUAL_ACTIVE":
        return OnTheWay(message, pause=_TECHNICIAN_PAUSE)
    if code in _NOT_OURS:
        return WrongDevice(message)
    return refused(answer)


def _interval(answer: Answer) -> float:
    """Seconds of the window that the limit counts in; a minute where Robot does not say."""
    told: Mapping[str, Json] = answer.json()
    seconds = pluck(told, "error.interval")
    return min(float(seconds), _LONGEST_PAUSE) if isinstance(seconds, int) and seconds > 0 else 60.0
