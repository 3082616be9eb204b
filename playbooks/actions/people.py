"""Speaks to people: notes, pages, customers, a question that waits for its answer."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints
from typing_extensions import override

from playbooks.actions.model import Action, Case, Crew, Failed, Ok, Outcome, Wait
from playbooks.actions.output import kept
from playbooks.outside import OutsideError
from playbooks.plain import one_line
from probes.durations import Duration, show_duration

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_MOST = 20_000  # characters: a ticket with the outputs of several steps
_SPARE = timedelta(minutes=1)


class _Telling(Action):
    """What the daemon itself does for us; it knows a repeat by run and step."""

    kind: ClassVar[str]

    text: Words

    @property
    def whom(self) -> dict[str, str]:
        """Facts besides the text."""
        return {}

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        if case.dry:
            return Ok(f"it would {self.would(case)}")
        try:
            return Ok(await crew.tell(self.kind, text=kept(self.text, most=_MOST), **self.whom))
        except OutsideError as error:
            return Failed(str(error))

    def _begins(self) -> str:
        return f'"{one_line(self.text, limit=80)}"'


class TicketNote(_Telling):
    """An internal note to the incident's ticket. Customers do not see it."""

    uses: ClassVar[str] = "ticket.note"
    kind: ClassVar[str] = "note"

    @override
    def would(self, case: Case) -> str:
        return f"write into the ticket, internally: {self._begins()}"


class Page(_Telling):
    """Wakes somebody: a person or a team, else whom the incident's escalation says."""

    uses: ClassVar[str] = "page"
    kind: ClassVar[str] = "page"

    text: Words = "A playbook asks for a person."
    to: str = Field("", description="A person or a team; none: as the incident escalates")

    @property
    @override
    def whom(self) -> dict[str, str]:
        return {"to": self.to}

    @override
    def would(self, case: Case) -> str:
        return f"page {self.to or 'whoever the incident escalates to'}: {self._begins()}"


class Escalate(Page):
    """The same one step higher: the next of the escalation, who has not been asked yet."""

    uses: ClassVar[str] = "escalate"
    kind: ClassVar[str] = "escalate"

    text: Words = "The playbook could not help: a person must take over."

    @override
    def would(self, case: Case) -> str:
        return f"escalate to {self.to or 'the next step'}: {self._begins()}"


class CustomersTell(_Telling):
    """Public words for the brand's customers. They name neither our servers nor our providers:
    that is for whoever writes the text. In a drill nobody is told.
    """

    uses: ClassVar[str] = "customers.tell"
    kind: ClassVar[str] = "customers"

    @override
    def would(self, case: Case) -> str:
        return f"tell the customers of {case.brand or 'every brand on it'}: {self._begins()}"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        if case.drill:
            return Ok(f"a drill: it would {self.would(case)}")
        return await super().do(case, crew)


class Approve(Action):
    """Asks people to approve what comes, and waits. From two on, whoever asked does not count."""

    uses: ClassVar[str] = "approve"

    text: Words = "The playbook asks before it goes on."
    people: int = Field(1, ge=1, le=10)
    expires: Duration = timedelta(minutes=10)

    @override
    def lasts(self, crew: Crew) -> timedelta:
        return self.expires + _SPARE

    @override
    def would(self, case: Case) -> str:
        return f"wait until {self._needed} approve, {show_duration(self.expires)} at most"

    @property
    def _needed(self) -> str:
        return "one person" if self.people == 1 else f"{self.people} people"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        if case.dry:
            return Ok(f"it would {self.would(case)}")
        given = {approval.person for approval in await crew.approvals()}
        if self.people > 1:
            given.discard(case.requested_by)
        if len(given) >= self.people:
            return Ok(f"approved by {', '.join(sorted(given))}")
        until = min(case.began_at + self.expires, case.deadline - timedelta(seconds=1))
        if crew.now() >= until:
            return Failed(f"{self._needed} had to approve, {len(given)} did until it expired")
        await self._ask_once(case, crew, until)
        return Wait(until, f"{len(given)} of {self.people} have approved")

    async def _ask_once(self, case: Case, crew: Crew, until: datetime) -> None:
        if case.memory:
            return
        await crew.tell(
            "approve", text=kept(self.text, most=_MOST), needed=self.people, until=until
        )
        await crew.keep({"asked": crew.now().isoformat()})


class Pause(Action):
    """Waits; that costs nothing, and outlives a restart of the daemon."""

    uses: ClassVar[str] = "wait"

    lasting: Duration = Field(alias="for")

    @override
    def lasts(self, crew: Crew) -> timedelta:
        return self.lasting + _SPARE

    @override
    def would(self, case: Case) -> str:
        return f"wait for {show_duration(self.lasting)}"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        until = case.began_at + self.lasting
        if case.dry or crew.now() >= until:
            return Ok(f"waited for {show_duration(self.lasting)}" if not case.dry else "no wait")
        if until >= case.deadline:
            return Failed("the time of this step is shorter than its wait")
        return Wait(until, self.would(case))
