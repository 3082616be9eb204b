"""Any installed fence agent: power strips, BMCs, hypervisors that have no driver of their own."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator
from typing_extensions import override

from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.device import only_asking, revealed
from playbooks.power.fence_metadata import ENV, Agents
from playbooks.power.fence_options import lines, mistakes
from playbooks.power.fence_words import did, state_of, trouble
from playbooks.power.model import (
    Capabilities,
    Identity,
    PowerSettings,
    PowerState,
    Verb,
    WrongDevice,
)
from playbooks.programs import Output
from probes.settings import SecretFile

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_WITHIN = 60.0  # an agent waits by itself until the power has changed (power_timeout, 20 s)
_PLACES = ("ip", "devices", "session_url", "auth_url", "region", "project", "namespace")
_agents = Agents()


def _scalar(value: object) -> object:
    if not isinstance(value, str | bool | int):
        raise ValueError("is text, a whole number, true or false")
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("is one line of text")
    return value


Value = Annotated[bool | int | str, BeforeValidator(_scalar)]


class FencePower(PowerSettings):
    """The agent gets its options and secrets on its standard input alone. It is told on, off and
    status, each in a run of its own; its own "reboot" can say yes and leave the machine off.

    No agent says which machine it is about to switch: `vouched` must.
    """

    driver: Literal["fence"] = "fence"
    agent: str = Field(pattern=r"^fence_[a-z0-9_]+$", description="Such as fence_apc")
    options: Mapping[str, Value] = Field({}, description="As `AGENT -o metadata` lists them")
    secrets: Mapping[str, SecretFile] = Field(
        {}, description="Options whose value stands in a file: {password: FILE}"
    )

    @field_validator("options", "secrets")
    @classmethod
    def _named(cls, told: Mapping[str, object]) -> Mapping[str, object]:
        for name in told:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of an option")
        return told

    @property
    @override
    def within(self) -> float:
        return self.timeout.total_seconds() if self.timeout else _WITHIN

    def device(self) -> str:
        """Without the plug: a power strip talks to one caller at a time."""
        return " ".join(["fence", self.agent, *self._place()])

    def account(self) -> str:
        user = self.options.get("username", "")
        return f"{self.device()} {user}".strip()

    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset({Verb.ON, Verb.OFF}), reads_identity=False)

    async def check(self, hands: Hands) -> None:
        """Are the options such as the installed agent takes? Nothing is sent to the device.

        Raises OutsideError (permanent) with every mistake.
        """
        agent = await _agents.named(self.agent, hands)
        if found := list(mistakes(agent, self.options, self.secrets.keys())):
            raise OutsideError(f"{self.agent}: {'; '.join(found)}", transient=False)

    async def identity(self, hands: Hands) -> Identity:
        """Nobody knows."""
        return Identity()

    async def state(self, hands: Hands) -> PowerState:
        with only_asking():
            secrets = self._secrets()
            said = await self._run("status", hands, secrets)
        state = state_of(said.out)
        if state is None:
            raise trouble(self._what, said, told=False, secrets=secrets.values())
        return state

    async def act(self, verb: Verb, hands: Hands) -> None:
        """Returns when the agent has seen the machine on or off."""
        if verb not in self.capabilities().verbs:
            raise WrongDevice(f"{self._what} can't be told {verb.value!r}")
        secrets = self._secrets()
        said = await self._run(verb.value, hands, secrets)
        if not did(verb.value, said):
            raise trouble(self._what, said, told=True, secrets=secrets.values())

    @property
    def _what(self) -> str:
        return " ".join([self.agent, *(f"({place})" for place in self._place())])

    def _place(self) -> list[str]:
        place = next((str(self.options[key]) for key in _PLACES if key in self.options), "")
        port = self.options.get("ipport")
        return [f"{place}:{port}" if port else place] if place else []

    def _secrets(self) -> dict[str, str]:
        return {name: revealed(secret) for name, secret in self.secrets.items()}

    async def _run(self, action: str, hands: Hands, secrets: Mapping[str, str]) -> Output:
        await self.check(hands)
        try:
            told = lines(self.options, secrets, action=action)
        except ValueError as error:
            raise OutsideError(f"{self._what}: {error}", transient=False) from None
        return await hands.programs.run(
            [self.agent], what=self._what, env=ENV, stdin=told, within=self.within
        )
