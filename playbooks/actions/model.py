"""What an action is: its settings, what it may reach, and how it can end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from playbooks.actions.commands import Command
from playbooks.datacentre.desk import Desk
from playbooks.gate import Approval
from playbooks.hands import Hands
from playbooks.power.model import Power
from probes.model import Finding
from probes.panel import Panel
from probes.settings import Piece


@dataclass(frozen=True, slots=True)
class Ok:
    """It was done. `values` can be looked up by later steps as {{ steps.ID.NAME }}; `end` ends the
    whole run here, well (it healed by itself).
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    end: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not done, or did not help: the step's `on_fail` says what comes next."""

    reason: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until`, or before somebody acts: costs nothing meanwhile. The action is
    asked again then, with what it keeps in `case.memory`.
    """

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody knows whether it was done: the run stops, and a person is paged."""

    reason: str


Outcome = Ok | Failed | Wait | Unsure


@dataclass(frozen=True, slots=True)
class Case:
    """What an action is about. `memory` is what it kept when it was asked last (`crew.keep`);
    `scope` is what lookups see.
    """

    run: int
    playbook: str
    step: str
    incident: int
    incident_ref: str
    title: str
    server: str  # name, "" when it is about no server
    address: str
    brand: str
    datacentre: str
    rack: str
    drill: bool
    dry: bool  # say what would be done, do nothing that can't be taken back
    began_at: datetime  # of the step
    deadline: datetime  # of the step
    now: datetime
    memory: Mapping[str, Any] = field(default_factory=dict)
    requested_by: str = ""
    open_intent: str = ""  # what was about to be done when the member before us was lost
    told: str = ""  # what this step has told last, whatever became of it
    labels: Mapping[str, str] = field(default_factory=dict)  # of the alert that began the run
    scope: Mapping[str, Any] = field(default_factory=dict)


class Crew(Protocol):
    """What an action may reach. The daemon gives it (responder/runs/crew.py).

    `keep`, `say`, `intend` and `result` are written down before they return; they raise
    LostRun when another member has taken the run over, and Halted when it must stop (aborted, kill
    switch): both are left to the runner.
    """

    @property
    def hands(self) -> Hands: ...
    def now(self) -> datetime: ...
    def power(self) -> Power:
        """The machine's way to be switched. Raises WrongDevice when none is configured."""
        ...

    def panel(self) -> Panel:
        """The control panel of the server. Raises OutsideError when none is configured."""
        ...

    def command(self, name: str) -> Command:
        """A named command of the configuration. Raises OutsideError where there is none."""
        ...

    def datacentre(self) -> Desk:
        """Orders to the data centre of the server. Raises OutsideError when none is configured."""
        ...

    async def approvals(self) -> Sequence[Approval]:
        """Those of this very step that hold now."""
        ...

    async def say(self, text: str, **facts: Any) -> None:
        """A line for the run's log, and for the ticket when the step ends."""
        ...

    async def keep(self, memory: Mapping[str, Any]) -> None: ...
    async def intend(self, verb: str, **facts: Any) -> None:
        """Written down before something that can't be taken back. The kill switch, the lease and
        the gate are asked again; raises Halted when one of them says no.
        """
        ...

    async def result(self, verb: str, outcome: str, **facts: Any) -> None: ...
    async def look(self, kinds: Sequence[str]) -> Mapping[str, Finding]:
        """Look at the server now with these kinds (`ping`, `tcp:22`, `http` ...; () = those that
        the configuration gives it), by key.
        """
        ...

    async def pause(self, seconds: float) -> None:
        """Wait a little within a sub-step; the lease is kept. Raises as `keep` does."""
        ...

    async def tell(self, kind: str, **facts: Any) -> str:
        """Ask the daemon itself: page, note, customers, escalate. The words that came of it."""
        ...


class Halted(Exception):
    """It must not go on: why. The machine's state is as the journal says."""


class Action(Piece):
    """The settings of one action, the fields being the keys under `with`. Text fields may hold
    lookups, which are filled in before `do`.
    """

    uses: ClassVar[str]
    usual: ClassVar[timedelta] = timedelta(minutes=2)  # time-out
    irreversible: ClassVar[bool] = False  # the gate stands in front of it, see `gated`
    gives: ClassVar[tuple[str, ...]] = ()  # the names of its values, for lookups
    raw: ClassVar[frozenset[str]] = frozenset()  # fields whose lookups it fills in by its own rules

    def lasts(self, crew: Crew) -> timedelta:
        """The step's time-out where the playbook names none."""
        return self.usual

    @property
    def interrupts(self) -> bool:
        """Does the machine stop running by it, even for a moment? (What it does to one that goes on
        running needs no proof that it is down.)
        """
        return True

    def gated(self, crew: Crew) -> bool:
        """Does the gate stand in front of it as it is written here?"""
        return self.irreversible

    async def unfit(self, case: Case, crew: Crew) -> str:
        """Why it can't be done at all as things stand: said before anybody is asked to agree to it.
        "" when nothing is known to be missing. May raise OutsideError, with the same meaning.
        """
        return ""

    async def sends(self, case: Case, crew: Crew) -> str:
        """What it would write to people outside, word for word, for a plan and a dry run; "" when
        that is nothing. Asked only where nothing makes it `unfit`; may raise OutsideError.
        """
        return ""

    async def do(self, case: Case, crew: Crew) -> Outcome:
        raise NotImplementedError

    def would(self, case: Case) -> str:
        """What it would do, for a plan and a dry run."""
        raise NotImplementedError
