"""Everything that speaks to people, as the daemon joins it: pages, tickets, and their duties."""

from collections.abc import Callable, Sequence
from typing import Final

import aiohttp

from playbooks.ports import TicketSystem
from responder import notices
from responder.board import Saved
from responder.clock import Clock
from responder.comments import Comments
from responder.config import Config
from responder.filing import Filing
from responder.foreign import Foreign
from responder.judge import Judge
from responder.links import Links
from responder.live import Live
from responder.majors.turning import Majors
from responder.management.hooking import Hooking
from responder.management.sending import DigestSending
from responder.metrics import Metrics
from responder.outbox import Handler
from responder.paging.delivery import Pager, Ways
from responder.paging.following import Following
from responder.paging.kinds import notifiers
from responder.paging.outcry import Outcry
from responder.store import Store
from responder.supervise import Duty
from responder.support.asking import Asking
from responder.support.chores import Chores
from responder.support.mailing import DeskMail
from responder.support.promises import Promises
from responder.support.staff_tell import StaffTelling
from responder.sync import Sync, names
from responder.telling import CustomerTelling
from responder.ticketing import Ticketing
from responder.tickets.kinds import ticket_system
from responder.track_link import letter_link
from responder.values import Counted

SYNC_SECONDS: Final = 10.0  # the longest that an owner taken in the ticket system stays unknown


class Voice:
    """Lives as long as the daemon. `due` is told when there are effects to do, `counted` of KPI
    figures, `follow` of what a transaction has decided.
    """

    def __init__(
        self,
        store: Store,
        live: Live,
        session: aiohttp.ClientSession,
        *,
        links: Links,
        clock: Clock,
        metrics: Metrics,
        counted: Counted,
        due: Callable[[], None],
        follow: Callable[[Saved], None],
        blind: Callable[[], bool],
    ) -> None:
        self._store, self._live, self._session = store, live, session
        self._clock, self._counted = clock, counted
        self._follow, self._blind = follow, blind
        system = self._system()
        self._pager = Pager(store, ways=self._ways(), links=links, clock=clock)
        self._ticketing = Ticketing(
            store, system, plan=lambda: live.plan, clock=clock, url=links.url
        )
        self._sync = Sync(
            store,
            system,
            plan=lambda: live.plan,
            people=lambda: names(live.config),
            clock=clock,
            counted=counted,
            due=due,
            polled=metrics.polled,
        )
        self._foreign = Foreign(
            store,
            system,
            plan=lambda: live.plan,
            people=lambda: names(live.config),
            clock=clock,
            counted=counted,
            due=due,
        )
        self._judge = Judge(store, clock=clock, counted=counted)
        self._following = Following(
            store,
            lambda: self._pager.ways,
            clock=clock,
            queued=due,
            missed=metrics.page_missed,
        )
        self._customers = CustomerTelling(
            store,
            plan=lambda: live.plan,
            system=self.tickets,
            blind=blind,
        )
        self._promises = Promises(
            store,
            plan=lambda: live.plan,
            clock=clock,
            counted=counted,
            due=due,
        )
        self._chores = Chores(store, plan=lambda: live.plan, clock=clock, due=due)
        self._staff = StaffTelling(
            store, ways=lambda: self._pager.ways, plan=lambda: live.plan, clock=clock
        )
        self._majors = Majors(
            store, live, clock=clock, follow=follow, overdue=metrics.majors_overdue.inc
        )
        self._letters = DeskMail(plan=lambda: live.plan, system=self.tickets)
        self._asking = Asking(
            store,
            plan=lambda: live.plan,
            clock=clock,
            link=lambda ticket: letter_link(live, links, ticket, now=clock.now()),
            due=due,
        )
        self._filing = Filing(store, system=self.tickets)
        self._comments = Comments(store, system=self.tickets, url=links.url)
        self._digest = DigestSending(store, live, clock=clock, follow=follow)
        self._hook = Hooking(session, url=lambda: live.config.desk.digest.webhook_url)
        self.outcry = Outcry(lambda: self._pager.ways)

    @property
    def handlers(self) -> Sequence[Handler]:
        """What does the effects of the outbox."""
        told = self._customers, self._comments, self._letters, self._staff, self._hook
        return self._pager, self._ticketing, self._filing, *told

    def tickets(self) -> TicketSystem:
        """Where tickets are kept now."""
        return self._ticketing.system

    def duties(self) -> list[Duty]:
        return [
            Duty("sync", self._sync.turn, every=SYNC_SECONDS),
            Duty("foreign", self._foreign.turn, every=SYNC_SECONDS),
            Duty("judge", self._judge.turn, every=5.0),
            Duty("sla", self._promises.turn, every=1.0),
            Duty("chores", self._chores.turn, every=5.0),
            Duty("following", self._following.turn, every=1.0),
            Duty("customers", self._tell_customers, every=5.0),
            Duty("votes", self._asking.turn, every=10.0),
            Duty("majors", self._majors.turn, every=5.0),
            Duty("digest", self._digest.turn, every=60.0),
        ]

    def know(self, _config: Config) -> None:
        """Another configuration is in force."""
        self._pager.ways = self._ways()
        system = self._system()
        self._ticketing.system = self._sync.system = self._foreign.system = system

    async def _tell_customers(self) -> None:
        """What has lasted long enough by now, and what is over."""
        plan, now, blind = self._live.plan, self._clock.now(), self._blind()
        if not await self._store.read(notices.due, plan=plan, now=now, blind=blind):
            return
        self._follow(await self._store.write(notices.tell_due, plan=plan, now=now, blind=blind))

    def _ways(self) -> Ways:
        config = self._live.config
        methods = {name: person.methods for name, person in config.people.items()}
        return Ways(methods, notifiers(config.paging, self._session), self._live.plan.inventory)

    def _system(self) -> TicketSystem:
        settings, counted = self._live.config.tickets, self._counted
        return ticket_system(
            settings, self._session, self._store, clock=self._clock, counted=counted
        )
