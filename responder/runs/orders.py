"""Orders to data centres in the daemon: who stands where, kept with their calls in one commit."""

from datetime import datetime

from alerts.model import DAEMON, Actor
from playbooks.datacentre.by_call import Outcome
from playbooks.datacentre.channel import Means
from playbooks.datacentre.desk import call_sheet
from playbooks.datacentre.message import Spot, Trouble
from playbooks.datacentre.order import PERSONAL, Order, Step, Want
from playbooks.datacentre.orders import told
from playbooks.datacentre.site import Site
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from responder import steps
from responder.board import Board, Saved
from responder.config import Config
from responder.plan import Plan
from responder.runs import telling
from responder.runs.journal import Journal
from responder.runs.kit import Kit
from responder.store import Tx, claims, incidents, logs, orders, records
from responder.values import Entry

NOTHING = Saved((), 0)


class StoredDesk:
    """The orders of one run (`playbooks.datacentre.desk.Desk`). Raises OutsideError where nothing
    says how the data centre of its server is asked.
    """

    def __init__(self, kit: Kit, journal: Journal) -> None:
        self._kit = kit
        self._run = journal.run
        self.site, self.spot = stand(kit.live.config, journal.run.target)

    def means(self) -> Means:
        return means(self._kit.live.config, self._kit.hands, self.site, self.spot.server)

    async def trouble(self, text: str) -> Trouble:
        run, now = self._run, self._kit.clock.now()
        return await self._kit.store.read(_trouble, run.incident, run.id, text, now=now)

    async def find(self, key: str) -> Order | None:
        return await self._kit.store.read(orders.by_key, key)

    async def add(self, order: Order) -> Order:
        return await self._kit.store.write(orders.add, order)

    async def move(self, before: Order, step: Step) -> bool:
        saved = await self._kit.store.write(
            moved, before, step,
            site=self.site, plan=self._kit.live.plan, now=self._kit.clock.now(),
        )  # fmt: skip
        if saved is not None:
            self._kit.follow(saved)
        return saved is not None


def stand(config: Config, server: str) -> tuple[Site, Spot]:
    """Where the server stands, and how it is asked there. Raises OutsideError."""
    part = config.servers.get(server)
    if part is None or not part.datacentre:
        told = f"{server or 'this incident'} stands in no `datacentre` of the configuration"
        raise OutsideError(told, transient=False)
    site = config.datacentres[part.datacentre].contact
    if site is None:
        told = f"`datacentres.{part.datacentre}` has no `contact:`"
        raise OutsideError(told, transient=False)
    return site, Spot(server, part.datacentre, part.rack or "", part.hardware)


def means(config: Config, hands: Hands, site: Site, server: str) -> Means:
    """What carries an order of this server."""
    email, part = config.paging.email, config.servers.get(server)
    return Means(
        hands,
        post=email.server() if email else None,
        power=part.power if part else None,
        pin_file=site.authorised.pin_file if site.authorised else None,
    )


def moved(
    tx: Tx, before: Order, step: Step, *, site: Site, plan: Plan, now: datetime
) -> Saved | None:
    """Write what became of an order, tell its incident and people, wake its run: all or nothing.
    None where somebody else has moved it meanwhile.
    """
    if step.order == before:
        return NOTHING
    records.one_at_a_time(tx)  # before any row: what follows decides about the incident
    if not orders.move(tx, before, step.order):
        return None
    saved = _noted(tx, step, plan=plan, now=now) if step.said else NOTHING
    for want in step.wants:
        if want in PERSONAL:
            saved += _called(tx, step.order, want, site=site, plan=plan, now=now)
    if step.order.run is not None and step.order.state is not before.state:
        claims.wake(tx, [step.order.run], now=now)
    return saved


def record_call(
    tx: Tx, key: str, outcome: Outcome, words: str, *, site: Site, plan: Plan, now: datetime
) -> Saved | None:
    """A person says how his call ended. None where there is no such order."""
    order = orders.by_key(tx, key)
    if order is None:
        return None
    step = told(order, outcome, words, site, now=now)
    return moved(tx, order, step, site=site, plan=plan, now=now)


def pin_shown(tx: Tx, order: Order, *, actor: Actor, plan: Plan, now: datetime) -> Saved:
    """Who has seen the PIN stands in the incident's log; the PIN does not."""
    board = Board(tx, plan, now=now)
    facts = {"order": order.letter.reference, "site": order.site}
    words = f"saw the PIN for order {order.letter.reference} at {order.site}"
    entry = Entry("note", actor, facts, words)
    board.put(steps.Step(board.incident(order.incident), (entry,)))
    return board.save()


def _noted(tx: Tx, step: Step, *, plan: Plan, now: datetime) -> Saved:
    board, order = Board(tx, plan, now=now), step.order
    facts = {"order": order.letter.reference, "state": str(order.state), "site": order.site}
    words = f"Order {order.letter.reference} at {order.site}: {step.said}"
    incident = board.incident(order.incident)
    board.put(steps.Step(incident, (Entry("note", DAEMON, facts, words),)))
    return board.save()


def _called(tx: Tx, order: Order, want: Want, *, site: Site, plan: Plan, now: datetime) -> Saved:
    sheet = call_sheet(order, site, want)
    number = f"-{len(order.seen)}" if want is Want.READ else ""
    return telling.ring(
        tx,
        incident=order.incident,
        title=f"{order.server}: {sheet.reason}",
        text=sheet.text(),
        key=f"{order.letter.reference}-{want}{number}",
        plan=plan,
        now=now,
    )


def _trouble(tx: Tx, incident: int, run: int, text: str, *, now: datetime) -> Trouble:
    """Since when, and which steps of the run have ended how. A plan may be for no incident."""
    known = next(iter(incidents.by_ids(tx, [incident])), None)
    lines = logs.read(tx, "run", run)
    done = tuple((one.at, _said(one)) for one in lines if one.kind == "step_ended")
    return Trouble(text, known.opened_at if known else now, done)


def _said(line: logs.Line) -> str:
    told = f"{line.data.get('step', '')}: {line.data.get('outcome', '')}"
    return f"{told}, {line.words}" if line.words else told
