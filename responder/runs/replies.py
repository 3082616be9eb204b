"""What moves orders without their run: replies, time, and machines that heal by themselves."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from playbooks.datacentre import orders as life
from playbooks.datacentre.incoming import Incoming, read_mail
from playbooks.datacentre.mailbox import Mail, Mailbox
from playbooks.datacentre.message import compose_stop
from playbooks.datacentre.order import Order, Step, Want
from playbooks.datacentre.replies import Reply, about, heard
from playbooks.datacentre.site import Site
from playbooks.outside import OutsideError
from playbooks.ports import Receipt
from responder.board import Saved
from responder.plan import Plan
from responder.runs.kit import Kit
from responder.runs.orders import NOTHING, means, moved
from responder.store import Tx, cursors, incidents, orders
from responder.values import NOT_WELL

log = structlog.get_logger(__name__)

ANSWERABLE = timedelta(days=7)
"""So long after its end a reply still belongs to an order."""
LISTENING = timedelta(days=1)
"""So long after its end its mailbox is read for it."""
REFUSED = timedelta(minutes=15)
_MOST_POLLS = 20

Sites = Mapping[str, Site]


class Replies:
    """The duty that looks after every order that is on its way."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._shut: dict[str, datetime] = {}  # mailboxes that refused us, until when

    async def turn(self) -> None:
        """Read what came, judge what is due, say "please stop" where a machine has healed. No
        mailbox is read without an order that is on its way, or was until a day ago.
        """
        since = self._kit.clock.now() - LISTENING
        if not await self._kit.store.read(orders.answerable, since=since):
            return
        boxes = {box.name: box for site in self._sites().values() for box in site.mailboxes()}
        await asyncio.gather(*(self._poll(box) for box in boxes.values()))
        await self._decide(judge)
        for order in await self._kit.store.read(orders.due, now=self._kit.clock.now()):
            await self._late(order)

    async def take(self, reply: Reply) -> bool:
        """A portal's webhook. False where it is about no order of ours."""
        found = await self._decide(lambda tx, **told: hear_portal(tx, reply, **told))
        if found is None:
            log.warning("reply_of_no_order", reference=reply.reference, text=reply.text[:500])
        return found is not None

    def pin(self, order: Order) -> str:
        """What the data centre of this order wants to hear; "" where nothing is configured.

        Raises OutsideError.
        """
        config, site = self._kit.live.config, self._sites().get(order.site)
        return means(config, self._kit.hands, site, order.server).pin() if site else ""

    def _sites(self) -> Sites:
        named = self._kit.live.config.datacentres.items()
        return {name: one.contact for name, one in named if one.contact}

    async def _poll(self, box: Mailbox) -> None:
        """What came, piece by piece. A mailbox that is away is asked again at the next turn, one
        that refuses our login later: nobody is locked out by us.
        """
        now = self._kit.clock.now()
        if now < self._shut.get(box.name, now):
            return
        cursor = await self._kit.store.read(cursors.read, f"replies/{box.name}")
        for _ in range(_MOST_POLLS):
            try:
                mails, after = await box.read(cursor, now=self._kit.clock.now())
            except OutsideError as error:
                log.warning("replies_missed", mailbox=box.name, error=str(error))
                if not error.transient:
                    self._shut[box.name] = now + REFUSED
                return
            for mail in mails:
                await self._hear(mail, box)
            if after == cursor or not mails:
                return
            cursor = after

    async def _hear(self, mail: Mail, box: Mailbox) -> None:
        incoming, cursor = read_mail(mail.raw), (f"replies/{box.name}", mail.cursor)
        await self._decide(lambda tx, **told: hear(tx, incoming, cursor=cursor, **told))

    async def _decide(self, decide: Callable[..., Saved | None]) -> Saved | None:
        saved = await self._kit.store.write(
            decide, sites=self._sites(), plan=self._kit.live.plan, now=self._kit.clock.now()
        )
        if saved is not None:
            self._kit.follow(saved)
        return saved

    async def _late(self, order: Order) -> None:
        """What time makes of it; "please stop" is sent here, as often as it takes."""
        site = self._sites().get(order.site)
        if site is None:
            return
        step = life.ticked(order, site, now=self._kit.clock.now())
        if await self._moved(order, step, site) and Want.STOP in step.wants:
            await self._stop(step.order, site)

    async def _stop(self, order: Order, site: Site) -> None:
        channel, letter = site.carrier(order.channel), order.stop
        if channel is None or letter is None:
            return
        carried = means(self._kit.live.config, self._kit.hands, site, order.server)
        try:
            receipt: Receipt = await channel.send(letter, carried, ticket=order.ticket)
        except OutsideError as error:
            step = life.stop_not_taken(order, error, now=self._kit.clock.now())
        else:
            step = life.stop_taken(order, receipt, now=self._kit.clock.now())
        await self._moved(order, step, site)

    async def _moved(self, before: Order, step: Step, site: Site) -> bool:
        saved = await self._kit.store.write(
            moved, before, step,
            site=site, plan=self._kit.live.plan, now=self._kit.clock.now(),
        )  # fmt: skip
        if saved is not None:
            self._kit.follow(saved)
        return saved is not None


def hear(
    tx: Tx, incoming: Incoming, *, cursor: tuple[str, str], sites: Sites, plan: Plan, now: datetime
) -> Saved:
    """Take in one mail together with the cursor behind it; what is about no order is left alone."""
    cursors.move(tx, *cursor, now=now)
    order = _about(tx, incoming, now=now)
    site = sites.get(order.site) if order else None
    if order is None or site is None:
        return NOTHING
    step = life.heard(order, heard(incoming, order.letter), site, now=now)
    return moved(tx, order, step, site=site, plan=plan, now=now) or NOTHING


def hear_portal(tx: Tx, reply: Reply, *, sites: Sites, plan: Plan, now: datetime) -> Saved | None:
    """The same for what a portal posts. None where it is about no order."""
    order = _about(tx, reply.incoming(), now=now)
    site = sites.get(order.site) if order else None
    if order is None or site is None:
        return None
    step = life.heard(order, reply.heard(order.letter), site, now=now)
    return moved(tx, order, step, site=site, plan=plan, now=now)


def judge(tx: Tx, *, sites: Sites, plan: Plan, now: datetime) -> Saved:
    """Orders whose incident is well again are taken back."""
    saved, lively = NOTHING, orders.open_ones(tx)
    known = {one.id: one for one in incidents.by_ids(tx, {one.incident for one in lively})}
    for order in lively:
        site, incident = sites.get(order.site), known[order.incident]
        if site is None or incident.state in NOT_WELL:
            continue
        seen = incident.recovered_at or now
        step = life.healed(order, compose_stop(order.letter, site, now=seen), site, now=now)
        saved += moved(tx, order, step, site=site, plan=plan, now=now) or NOTHING
    return saved


def _about(tx: Tx, incoming: Incoming, *, now: datetime) -> Order | None:
    known = {one.letter.reference: one for one in orders.answerable(tx, since=now - ANSWERABLE)}
    letter = about(incoming, (one.letter for one in known.values()))
    return known[letter.reference] if letter else None
