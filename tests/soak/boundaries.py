"""Where an instance is struck: at each line that a run writes, and at each word to the outside."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import sqlalchemy
from aiohttp import web
from aiohttp.typedefs import Handler
from aiosmtpd.smtp import Envelope, Session
from sqlalchemy import Engine, select, text
from typing_extensions import override

from responder.emulators.redfish import RedfishEmulator
from responder.store.run_tables import contact_order, run, run_event
from tests.real.smtp import Connection, Mailbox

CYCLE = (
    *("begun", "step_began cycle", "read 1", "gate", "read 2", "intent off", "read 3"),
    *("ForceOff arrives", "ForceOff is late", "ForceOff is taken", "result off", "read 4"),
    *("intent on", "read 5", "On arrives", "On is late", "On is taken", "result on", "read 6"),
    *("step_ended cycle", "step_began said", "step_ended said"),
)
"""A power cycle, in the order of time: lines of its journal, and what its device hears."""
DEVICE = tuple(one for one in CYCLE if one.startswith(("read", "ForceOff", "On")))
ORDER = (
    *("begun", "step_began hands", "gate", "order composed", "intent datacentre.contact"),
    *("order sending", "mail arrives", "mail is taken", "order sent"),
    *("result datacentre.contact", "step_ended hands", "step_began said", "step_ended said"),
)
"""An order to a data centre by mail, the same way."""
LATE_SECONDS = 3.0  # a slow BMC does then what it was told
POLL_SECONDS = 0.002


class Plan:
    """Which boundaries are meant for whom; each machine's in this order, each once.

    `reached` is asked by the watcher's thread and by the event loop.
    """

    def __init__(self, strike: Callable[[str, str], bool]) -> None:
        self._strike = strike
        self._lock = threading.Lock()
        self._meant: dict[str, list[str]] = {}
        self._reads: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()

    def begin(self, meant: Mapping[str, Sequence[str]]) -> None:
        """A new round."""
        with self._lock:
            self._meant = {machine: list(marks) for machine, marks in meant.items()}
            self._reads.clear()

    def left(self) -> dict[str, list[str]]:
        """What nobody came to."""
        with self._lock:
            return {machine: marks for machine, marks in self._meant.items() if marks}

    def read(self, machine: str) -> str:
        """The boundary that this reading of a machine is."""
        with self._lock:
            self._reads[machine] += 1
            return f"read {self._reads[machine]}"

    def reached(self, machine: str, mark: str, owner: str = "") -> bool:
        """Strike, if it was meant and can be done now."""
        with self._lock:
            marks = self._meant.get(machine, [])
            if not marks or marks[0] != mark or not self._strike(machine, owner):
                return False
            marks.pop(0)
            self.struck[mark] += 1
            return True


class StruckBmc(RedfishEmulator):
    """A BMC whose callers die while it listens to them."""

    plan: Plan
    hold: Callable[[str, bool], Awaitable[None]]  # (machine, also while its caller is frozen?)
    at_work: int = 0  # calls that it has heard and not answered

    @override
    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.at_work += 1
        try:
            return await self._struck(request, handler)
        finally:
            self.at_work -= 1

    async def _struck(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        machine = request.path.removeprefix("/redfish/v1/Systems/").partition("/")[0]
        if request.method == "GET":
            if self.plan.reached(machine, self.plan.read(machine)):
                await self.hold(machine, False)
            return await super()._serve(request, handler)
        order = (await request.json())["ResetType"]
        if self.plan.reached(machine, f"{order} arrives"):
            await self.hold(machine, True)
            return web.Response(status=503)
        if self.plan.reached(machine, f"{order} is late"):
            await asyncio.sleep(LATE_SECONDS)
            await self.hold(machine, True)
        answer = await super()._serve(request, handler)
        if self.plan.reached(machine, f"{order} is taken"):
            await self.hold(machine, False)
        return answer


class StruckMailbox(Mailbox):
    """A mail server whose callers die while it takes an order to a data centre."""

    plan: Plan

    @override
    async def handle_DATA(self, server: Connection, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        found = re.search(rb"Serial number: SN-([a-z0-9]+)", envelope.content, re.IGNORECASE)
        if found is None or b"STOP REMOTE" in envelope.content:
            return await super().handle_DATA(server, session, envelope)
        machine = found[1].decode()
        if self.plan.reached(machine, "mail arrives"):
            server.cut()
            return "451 4.3.0 It never came"
        answer = await super().handle_DATA(server, session, envelope)
        if self.plan.reached(machine, "mail is taken"):
            server.cut()
        return answer


class Watcher(threading.Thread):
    """Sees each line of a run's journal as soon as it is committed."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        super().__init__(name="watcher", daemon=True)
        self._engine = engine
        self._plan = plan
        self._seen: dict[int, int] = {}
        self._orders: dict[int, str] = {}
        self._over = threading.Event()
        self.above = 0  # runs of earlier rounds are not looked at any more
        self.failure: BaseException | None = None

    def stop(self) -> None:
        self._over.set()
        self.join()

    @override
    def run(self) -> None:
        try:
            with self._engine.connect() as tx:
                self._watch(tx)
        except BaseException as error:
            self.failure = error
            raise

    def _watch(self, tx: sqlalchemy.Connection) -> None:
        version, known = tx.dialect.name == "sqlite", -1
        while not self._over.wait(POLL_SECONDS):
            if version:
                now = tx.execute(text("PRAGMA data_version")).scalar_one()
                tx.rollback()
                if now == known:
                    continue
                known = now
            self._look(tx)

    def _look(self, tx: sqlalchemy.Connection) -> None:
        wanted = (
            select(run_event.c.run, run_event.c.seq, run_event.c.kind, run_event.c.data)
            .add_columns(run.c.target, run.c.owner)
            .join(run, run.c.id == run_event.c.run)
            .where(run_event.c.run > self.above)
            .order_by(run_event.c.run, run_event.c.seq)
        )
        orders = (
            select(contact_order.c.state, run.c.id, run.c.target, run.c.owner)
            .join(run, run.c.id == contact_order.c.run)
            .where(run.c.id > self.above)
        )
        rows, sent = tx.execute(wanted).all(), tx.execute(orders).all()
        tx.rollback()
        for row in rows:
            if row.seq > self._seen.get(row.run, 0):
                self._seen[row.run] = row.seq
                self._plan.reached(row.target, mark_of(row.kind, row.data), row.owner)
        for one in sent:
            if self._orders.get(one.id) != one.state:
                self._orders[one.id] = one.state
                self._plan.reached(one.target, f"order {one.state}", one.owner)


def mark_of(kind: str, data: Mapping[str, Any]) -> str:
    """What a line of the journal is called as a boundary."""
    about = data.get("verb") or (data.get("step") if kind.startswith("step_") else "")
    return f"{kind} {about}".strip()
