"""What a way to switch a machine is: its verbs, what it can read, and what proves the machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from playbooks.hands import Hands
from playbooks.outside import OutsideError
from probes.settings import Settings


class PowerState(StrEnum):
    """What a device says of its machine. CHANGING is neither: it is asked again."""

    ON = "on"
    OFF = "off"
    CHANGING = "changing"


class Verb(StrEnum):
    """What a device can be told. Only ON and OFF may be told twice."""

    ON = "on"
    OFF = "off"
    RESET = "reset"  # hard, in one call; whether it came back only a probe can tell
    SOFT = "soft"  # asks the system to restart or shut down by itself


class LoginRefused(OutsideError):
    """The device or the provider refused our name or password: asked once, never again by us.

    `pause` is how many seconds nobody may try the same account (Hetzner Robot: three wrong logins
    block the address for ten minutes).
    """

    def __init__(self, message: str, *, pause: float = 900.0) -> None:
        super().__init__(message, transient=False)
        self.pause = pause


class Busy(OutsideError):
    """The provider asks us to wait (rate limit, another action under way): nothing was done."""

    def __init__(self, message: str, *, pause: float = 60.0) -> None:
        super().__init__(message, transient=True, retry_after=pause)
        self.pause = pause


class WrongDevice(OutsideError):
    """The device has no such verb or no such machine: a person must mend the inventory."""

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a machine is; "" where it is not known or not told."""

    serial: str = ""
    uuid: str = ""
    name: str = ""

    def facts(self) -> Iterator[tuple[str, str]]:
        """(what, value) of all that is known."""
        named = (("serial", self.serial), ("uuid", self.uuid), ("name", self.name))
        yield from ((what, value) for what, value in named if value)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this device offers as it is configured. `settles` is how many seconds a verb may take to
    show in the state. Where the state can't be read, a probe is the judge of what a verb did.
    """

    verbs: frozenset[Verb]
    reads_state: bool = True
    reads_identity: bool = True
    settles: float = 60.0


class Power(Protocol):
    """One machine's way to be switched: a frozen model whose fields are the keys of the file.

    Every method that reaches out raises OutsideError: LoginRefused after one try, Busy,
    WrongDevice, else transient or not, `ambiguous` when a verb may have been heard all the same.
    `act` returns when the device has taken the order, not when the machine has changed. Never a
    bulk form, never a device's own "reboot", never more than this one machine.
    """

    @property
    def driver(self) -> str: ...
    def device(self) -> str:
        """What can do one thing at a time, for the lock: `ipmi 127.0.0.1:623`."""
        ...

    def account(self) -> str:
        """Whose login it is, for the provider's budget: `hetzner-robot K1234`."""
        ...

    def expected(self) -> Identity:
        """Who the machine must be, as the inventory says."""
        ...

    @property
    def vouched(self) -> str: ...
    def capabilities(self) -> Capabilities: ...
    async def identity(self, hands: Hands) -> Identity: ...
    async def state(self, hands: Hands) -> PowerState: ...
    async def act(self, verb: Verb, hands: Hands) -> None: ...


class PowerSettings(Settings):
    """The keys that all drivers have in common."""

    serial: str = Field("", description="Serial number or service tag that the device must show")
    uuid: str = Field("", description="UUID that the device must show")
    hostname: str = Field("", description="Name that the device or the provider must show")
    vouched: str = Field(
        "",
        description="Where the device can't say who it is: who has tested that it is this machine,"
        " and when",
    )

    def expected(self) -> Identity:
        return Identity(self.serial, self.uuid, self.hostname)

    @property
    def within(self) -> float:
        """Seconds for one call."""
        return self.timeout.total_seconds() if self.timeout else 10.0


def known_as(power: Power) -> str:
    """What tells this device and machine from every other, the same for all members: where one of
    them keeps its files is its own affair.
    """
    told = power.model_dump(mode="json") if isinstance(power, PowerSettings) else {}
    facts = sorted((name, value) for name, value in told.items() if value and _tells(name))
    return " ".join([power.device(), *(f"{name}={value}" for name, value in facts)])


def _tells(key: str) -> bool:
    return not key.endswith("_file") and key not in ("secrets", "timeout", "vouched")


def mismatch(expected: Identity, told: Identity) -> str:
    """In what the device differs from the inventory; "" when every fact that we expect is told so.

    Letters, case and dashes of a UUID do not matter; nothing expected is a mismatch too.
    """
    wanted = dict(expected.facts())
    if not wanted:
        return "the inventory does not say who it must be (serial, uuid or hostname)"
    shown = dict(told.facts())
    for what, value in wanted.items():
        if what not in shown:
            return f"the device does not show its {what}"
        if _plain(value) != _plain(shown[what]):
            return f"the device shows the {what} {shown[what]}, not {value}"
    return ""


def _plain(value: str) -> str:
    return value.strip().lower().replace("-", "")
