"""What is done to a machine's power: read, off, on, and off and on again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from playbooks.actions.model import Action, Case, Crew, Failed, Ok, Outcome, Unsure
from playbooks.cycle import Cycle, Left
from playbooks.power.model import PowerState, Verb
from playbooks.power.switch import TRIES, Switch, unsure
from probes.durations import Duration

_SETTLE = "so long a verb may take to show in the state; by default as the driver says"


class PowerStatus(Action):
    """What the device says: state and identity. Nothing is changed."""

    uses: ClassVar[str] = "power.status"
    gives: ClassVar[tuple[str, ...]] = ("state", "serial", "uuid", "name")
    usual: ClassVar[timedelta] = timedelta(minutes=1)

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        power = crew.power()
        told: dict[str, str] = {}
        if power.capabilities().reads_identity:
            told |= dict((await power.identity(crew.hands)).facts())
        if power.capabilities().reads_state:
            told["state"] = await power.state(crew.hands)
        else:
            told["state"] = "unreadable"
        shown = ", ".join(f"{name} {value}" for name, value in told.items())
        return Ok(f"{power.device()} says: {shown}", told)

    @override
    def would(self, case: Case) -> str:
        return f"read the power state of {case.server}"


class _Switching(Action):
    """What only a machine with a device can have done to it."""

    @override
    async def unfit(self, case: Case, crew: Crew) -> str:
        crew.power()  # raises WrongDevice
        return ""


class PowerOff(_Switching):
    """Switch the machine off, and see that it is. It stays off: a later step must switch it on."""

    uses: ClassVar[str] = "power.off"
    gives: ClassVar[tuple[str, ...]] = ("state",)
    usual: ClassVar[timedelta] = timedelta(minutes=5)
    irreversible: ClassVar[bool] = True
    settles: Duration | None = Field(None, description=_SETTLE)

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        return await _switched(Verb.OFF, PowerState.OFF, case, crew, self.settles)

    @override
    def would(self, case: Case) -> str:
        return f"switch {case.server} off, and see that it is off"


class PowerOn(_Switching):
    """Switch the machine on, and see that it is."""

    uses: ClassVar[str] = "power.on"
    gives: ClassVar[tuple[str, ...]] = ("state",)
    usual: ClassVar[timedelta] = timedelta(minutes=5)
    irreversible: ClassVar[bool] = True
    settles: Duration | None = Field(None, description=_SETTLE)

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        return await _switched(Verb.ON, PowerState.ON, case, crew, self.settles)

    @override
    def would(self, case: Case) -> str:
        return f"switch {case.server} on, and see that it is on"


class PowerCycle(_Switching):
    """Off, see that it is off, on, see that it is on, see that it answers: each on its own, written
    down before and after. Never a device's own "reboot", which may say yes and leave it off.
    """

    uses: ClassVar[str] = "power.cycle"
    gives: ClassVar[tuple[str, ...]] = ("state",)
    usual: ClassVar[timedelta] = timedelta(minutes=20)
    irreversible: ClassVar[bool] = True
    graceful_first: Duration = Field(
        timedelta(0), description="Ask the system to stop by itself, and wait so long; 0s = do not"
    )
    off_for: Duration = Field(timedelta(seconds=10), description="How long it stays off")
    settles: Duration | None = Field(None, description=_SETTLE)
    answers_within: Duration = Field(
        timedelta(minutes=10), description="How long it may take until a look sees it up"
    )

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        power = crew.power()
        switch = Switch(power, crew, settles=_seconds(self.settles))
        return await Cycle(self, case, crew, switch).run()

    @override
    def would(self, case: Case) -> str:
        soft = "ask it to stop by itself, then " if self.graceful_first else ""
        return (
            f"{soft}switch {case.server} off, see that it is off, wait"
            f" {self.off_for.total_seconds():g} s, switch it on, see that it is on and answers"
        )


async def _switched(
    verb: Verb, wanted: PowerState, case: Case, crew: Crew, settles: timedelta | None
) -> Outcome:
    """One verb and its proof. An `off` of unknown outcome is never told again by itself."""
    power = crew.power()
    if not power.capabilities().reads_state:
        return Failed(f"{power.driver} can't read the state: use power.cycle, which asks a probe")
    switch = Switch(power, crew, settles=_seconds(settles))
    state = await switch.state()
    begun = case.open_intent or case.told
    if begun and verb is not Verb.ON and state is not wanted:
        state = await switch.until(wanted)  # a slow device may still be at it
    if begun and verb is not Verb.ON and state is not wanted:
        return Unsure(f'nobody knows whether "{begun}" was heard: it is {state} now')
    if state is wanted:
        if begun or verb is Verb.ON:
            await crew.keep(_left(verb))
        if case.open_intent:
            await crew.result(case.open_intent, "read back", state=state)
        return Ok(f"{case.server} is {wanted} already", _values(wanted))
    trouble = await switch.tell(verb, wanted, tries=1 if verb is Verb.OFF else TRIES)
    if not trouble:
        await crew.keep(_left(verb))
        return Ok(f"{case.server} is {wanted}", _values(wanted))
    return Unsure(trouble) if verb is Verb.OFF and unsure(trouble) else Failed(trouble)


def _left(verb: Verb) -> Mapping[str, str]:
    """How our own hand has left the machine, for who comes next."""
    return {"left": Left.OFF if verb is Verb.OFF else ""}


def _values(state: PowerState) -> Mapping[str, str]:
    return {"state": str(state)}


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None
