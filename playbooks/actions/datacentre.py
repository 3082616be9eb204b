"""Asks the data centre for a pair of hands, once, and waits for what they answer."""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from playbooks.actions.model import Action, Case, Crew, Failed, Ok, Outcome, Unsure, Wait
from playbooks.datacentre import orders
from playbooks.datacentre.desk import Desk
from playbooks.datacentre.message import Letter, Missing, Wish, compose, order_key
from playbooks.datacentre.order import Order, OrderState, Step
from playbooks.datacentre.tasks import WORKS, Task
from playbooks.outside import OutsideError
from playbooks.ports import Receipt

VERB = "datacentre.contact"
_IN_VAIN = frozenset({OrderState.REFUSED, OrderState.STOPPED, OrderState.STOPPING})
Ordered = Literal["power_cycle", "power_cycle_and_console_photo", "power_on", "look_at_screen"]


class ContactDatacentre(Action):
    """One order per incident, site and task, for ever: whoever asks again hears how it stands."""

    uses: ClassVar[str] = "datacentre.contact"
    irreversible: ClassVar[bool] = True
    usual: ClassVar[timedelta] = timedelta(minutes=5)
    gives: ClassVar[tuple[str, ...]] = ("reference", "ticket", "state")

    task: Ordered = "power_cycle_and_console_photo"
    priority: str = Field("P1", pattern=r"^[A-Za-z0-9-]{1,12}$")
    symptom: str = Field("", description="By default the incident's title")

    @property
    @override
    def interrupts(self) -> bool:
        """To look at a screen, or to give power, takes nothing from anybody."""
        return Task(self.task) in (Task.POWER_CYCLE, Task.POWER_CYCLE_AND_PHOTO)

    @override
    async def unfit(self, case: Case, crew: Crew) -> str:
        """Where nobody can be asked, a fact of the order is missing, or the order was refused or
        taken back already, no yes would help.
        """
        desk = crew.datacentre()
        before = await desk.find(order_key(case.incident_ref, desk.spot.site, Task(self.task)))
        if before is not None and before.state in _IN_VAIN:
            return _stands(before)
        letter = await self._letter(case, crew, desk)
        return str(letter) if isinstance(letter, Missing) else ""

    @override
    async def sends(self, case: Case, crew: Crew) -> str:
        """The PIN is not in it."""
        letter = await self._letter(case, crew, crew.datacentre())
        return "" if isinstance(letter, Missing) else f"{letter.subject}\n\n{letter.body}"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        try:
            desk = crew.datacentre()
        except OutsideError as error:
            return Failed(str(error))
        letter = await self._letter(case, crew, desk)
        if isinstance(letter, Missing):
            return Failed(str(letter))
        if case.dry or case.drill:
            await crew.say(f"would order: {letter.subject}\n\n{letter.body}")
            return Ok(f"nothing was ordered; it would be {letter.subject}", _values_of(letter))
        order = await desk.add(_composed(case, desk, letter))
        await crew.keep({"order": order.letter.reference})
        return await self._carried(order, crew, desk)

    @override
    def would(self, case: Case) -> str:
        place = case.datacentre or "its data centre"
        return f"order at {place}, once: {WORKS[Task(self.task)].title} of {case.server}"

    async def _letter(self, case: Case, crew: Crew, desk: Desk) -> Letter | Missing:
        key = order_key(case.incident_ref, desk.spot.site, Task(self.task))
        agreed = [one.person for one in await crew.approvals()] or [case.requested_by]
        who = ", ".join(filter(None, agreed))
        run = f"run {case.run}" if case.run else "a run that has not begun"
        approval = run + (f", approved by {who}" if who else "")
        wish = Wish(key, Task(self.task), approval, self.priority)
        trouble = await desk.trouble(self.symptom or case.title)
        return compose(desk.site, desk.spot, trouble, wish, strict=desk.site.strict, now=case.now)

    async def _carried(self, order: Order, crew: Crew, desk: Desk) -> Outcome:
        """Until a channel has taken it, a person has it, or it must wait."""
        while order.state is OrderState.COMPOSED:
            now = crew.now()
            if order.due_at and now < order.due_at:
                return Wait(order.due_at, f"tried again then: {order.why}")
            order = await self._tried(order, crew, desk)
        if order.state is OrderState.SENDING:
            step = orders.lost(order, "it was being sent when we were interrupted", now=crew.now())
            moved = await desk.move(order, step)
            order = step.order if moved else (await desk.find(order.key) or order)
        return _outcome(order)

    async def _tried(self, order: Order, crew: Crew, desk: Desk) -> Order:
        """One channel, asked once. Whoever finds the order moved by another leaves it to him."""
        channel = desk.site.carrier(order.channel)
        step = orders.begun(order, desk.site, now=crew.now())
        if channel is None:
            return await _kept(order, step, desk)
        reference = order.letter.reference
        await crew.intend(VERB, reference=reference, channel=channel.kind, task=str(order.task))
        if not await desk.move(order, step):
            await crew.result(VERB, "failed", reference=reference)
            return await desk.find(order.key) or order
        sending, outcome = step.order, "done"
        try:
            receipt: Receipt = await channel.send(sending.letter, desk.means())
        except OutsideError as error:
            step = orders.not_taken(sending, error, desk.site, now=crew.now())
            outcome = "unknown" if error.ambiguous else "failed"
        else:
            step = orders.taken(sending, receipt, desk.site, now=crew.now())
        kept = await _kept(sending, step, desk)
        await crew.result(VERB, outcome, reference=reference, told=step.said)
        await crew.say(step.said)
        return kept


class WaitForReply(Action):
    """Costs nothing while it waits: a reply, a call's outcome or time wakes it."""

    uses: ClassVar[str] = "datacentre.wait_reply"
    usual: ClassVar[timedelta] = timedelta(hours=2)
    gives: ClassVar[tuple[str, ...]] = ("reference", "ticket", "state")

    task: Ordered = "power_cycle_and_console_photo"
    until: Literal["acknowledged", "done"] = "done"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        try:
            desk = crew.datacentre()
        except OutsideError as error:
            return Failed(str(error))
        order = await desk.find(order_key(case.incident_ref, desk.spot.site, Task(self.task)))
        if order is None:
            dry = case.dry or case.drill
            return Ok("nothing was ordered") if dry else Failed("nothing was ordered")
        enough = {OrderState.DONE}
        if self.until == "acknowledged":
            enough.add(OrderState.ACKNOWLEDGED)
        if order.state in enough:
            return Ok(f"the data centre: {order.why}", _values(order))
        if order.state in (OrderState.STOPPING, OrderState.STOPPED):
            return Ok(f"it is not needed any more: {order.why}", _values(order))
        if not order.open:
            return Failed(f"the order is {order.state}: {order.why}", _values(order))
        return Wait(case.deadline, f"the data centre, order {order.letter.reference}")

    @override
    def would(self, case: Case) -> str:
        return f"wait until the data centre says that it is {self.until}"


def _composed(case: Case, desk: Desk, letter: Letter) -> Order:
    return Order(
        key=letter.key,
        incident=case.incident,
        run=case.run,
        server=case.server,
        site=desk.spot.site,
        task=letter.task,
        state=OrderState.COMPOSED,
        letter=letter,
        changed_at=case.now,
    )


async def _kept(before: Order, step: Step, desk: Desk) -> Order:
    if await desk.move(before, step):
        return step.order
    return await desk.find(before.key) or step.order


def _outcome(order: Order) -> Outcome:
    if order.state is OrderState.UNKNOWN:
        return Unsure(_stands(order))
    kind = Failed if order.state in _IN_VAIN else Ok
    return kind(_stands(order), _values(order))


def _stands(order: Order) -> str:
    return f"order {order.letter.reference}: {order.why}"


def _values(order: Order) -> dict[str, str]:
    return {**_values_of(order.letter), "ticket": order.ticket, "state": str(order.state)}


def _values_of(letter: Letter) -> dict[str, str]:
    return {"reference": letter.reference, "ticket": "", "state": "composed"}
