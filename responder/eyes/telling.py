"""What we believe is told: alerts that begin and end, standings and outages that are kept."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from alerts.alertmanager import Reading
from alerts.inventory import Inventory, Reseller, Server
from alerts.model import Alert
from alerts.observed import Standing, State, forget
from alerts.trouble import SOURCE, Health, Seen, health, of_machine, over, wanted
from probes.model import Look, Severity
from responder.clock import Clock
from responder.eyes.beliefs import Beliefs
from responder.eyes.doubts import Doubts, Told
from responder.intake import Arrival
from responder.live import Live
from responder.probing.targets import host_of
from responder.reception import Reception
from responder.store import Store, Tx, probes
from responder.store import alerts as alert_rows
from responder.store.probes import EYES, Change, StateRow

log = structlog.get_logger(__name__)
_shape: TypeAdapter[Standing] = TypeAdapter(Standing)
IN_A_TURN = 500  # hosts; the others follow in the next turn
AT_ONCE = 50  # hosts that are compared before somebody else may have the loop


class Telling:
    """Compares what is wanted with what was told before, and tells the difference."""

    def __init__(
        self, store: Store, live: Live, reception: Reception, beliefs: Beliefs, *, clock: Clock
    ) -> None:
        self._store = store
        self._live = live
        self._reception = reception
        self._beliefs = beliefs
        self._clock = clock
        self._told: Told = {}
        self._doubts = Doubts(beliefs)
        self._telling = asyncio.Lock()  # what was told is not read anew while it changes
        self._outages: dict[str, str] = {}  # by @key: ok, down or unknown
        self._untold: set[str] = set()  # hosts; kept until all of it is stored
        self._begun = self._checked = 0  # how often; of which all outages were gone through

    async def begin(self) -> None:
        """What fires of ours, and which servers were away, when we stopped."""
        async with self._telling:
            self._told = await self._firing()
            self._outages = await self._store.read(_outages)
            self._begun += 1

    async def known(self, keys: Iterable[str]) -> dict[str, Standing]:
        """How these looks stood at their last change; what was only suspected counts no more."""
        now = self._clock.now()
        rows = await self._store.read(probes.states, list(keys))
        known = ((key, _standing(row)) for key, row in rows.items())
        return {key: forget(one, now=now) for key, one in known if one is not None}

    async def turn(self, *, everywhere: Callable[[str], bool]) -> bool:
        """Keep how looks stand, then tell what began and ended at hosts whose looks have changed;
        True when some of them are left for the next turn.

        `everywhere` says of a host whether anybody still looks at it: trouble of one that nobody
        looks at any more is over. Raises StoreUnavailable: all of it is told next time.
        """
        async with self._telling:
            return await self._turn(everywhere)

    async def _turn(self, everywhere: Callable[[str], bool]) -> bool:
        await self._ask()
        gone = {host for host in self._told if not everywhere(host)}
        self._untold |= self._beliefs.dirty | gone
        self._beliefs.dirty = set()
        begun, waiting = self._begun, self._ours(self._untold, everywhere)
        after, news, outages = await self._compared(waiting[:IN_A_TURN], everywhere)
        if begun != self._checked:
            outages += self._unwatched(everywhere)
        # First: whoever takes over after a crash finds it here, and tells what was not told yet.
        await self._keep(outages)
        if news:
            await self._reception.take(Arrival(SOURCE, Reading(tuple(news))))
        self._told |= after
        self._told = {host: alerts for host, alerts in self._told.items() if alerts}
        self._untold, self._checked = set(waiting[IN_A_TURN:]), begun
        return bool(self._untold)

    async def tell(self, alert: Alert) -> None:
        """One alert about ourselves."""
        await self._reception.take(Arrival(SOURCE, Reading((alert,))))

    async def fires(self, which: Callable[[Alert], bool]) -> bool:
        """Does such an alert of ours fire since before we started?"""
        fired = await self._store.read(alert_rows.all_firing, source=SOURCE)
        return any(which(_again(episode)) for episode in fired)

    async def _firing(self) -> Told:
        """What fires of ours, whoever has told it."""
        found: Told = {}
        for episode in await self._store.read(alert_rows.all_firing, source=SOURCE):
            alert = _again(episode)
            if host := _host(alert):  # one about ourselves has none
                found.setdefault(host, {})[alert.identity] = alert
        return found

    async def _ask(self) -> None:
        """Where the store has for long said something else than we do, it is compared anew."""
        now = self._clock.now()
        if not self._doubts.due(now):
            return
        stored = await self._firing()
        if hosts := self._doubts.settled(self._told, stored, now=now):
            log.warning("told_otherwise", hosts=sorted(hosts))
            self._told |= {host: stored.get(host, {}) for host in hosts}
            self._untold |= hosts

    def _ours(self, hosts: Iterable[str], everywhere: Callable[[str], bool]) -> list[str]:
        """Those that we may speak of, and machines before what they carry: whatever fails with its
        machine then joins that one's incident. What another member looks at is its own to tell.
        """
        servers, looked_at = self._live.plan.inventory.servers, self._beliefs.hosts()
        ours = (one for one in hosts if one in looked_at or not everywhere(one))
        return sorted(ours, key=lambda one: one in servers and servers[one].hypervisor is not None)

    async def _compared(
        self, hosts: Collection[str], everywhere: Callable[[str], bool]
    ) -> tuple[Told, list[Alert], list[Change]]:
        """What is wanted at these hosts, what of it is news, and who came or went."""
        now, inventory = self._clock.now(), self._live.plan.inventory
        news: list[Alert] = []
        after: Told = {}
        outages: list[Change] = []
        resellers = _by_server(inventory) if hosts else {}
        for number, host in enumerate(hosts):
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
            if host not in self._beliefs.hosts() and everywhere(host):
                continue  # it moved to another member meanwhile
            server = host if host in inventory.servers else ""
            seen = self._beliefs.seen(host)
            parent = self._parent(server, inventory)
            alerts = wanted(server, seen, inventory=inventory, now=now, parent=parent)
            fresh = {one.identity: one for one in alerts}
            before = self._told.get(host, {})
            news += [one for key, one in fresh.items() if _is_news(before.get(key), one)]
            news += [over(one, now=now) for key, one in before.items() if key not in fresh]
            after[host] = fresh
            if server and seen:
                outages += self._away(
                    inventory.servers[server], alerts, resellers.get(server, ()), seen=seen
                )
        return after, news, outages

    def _parent(self, server: str, inventory: Inventory) -> Health | None:
        carrier = inventory.servers[server].hypervisor if server else None
        return health(self._beliefs.seen(carrier)) if carrier else None

    def _away(
        self, machine: Server, alerts: Iterable[Alert], resellers: Iterable[Reseller], *,
        seen: Collection[Seen],
    ) -> list[Change]:  # fmt: skip
        """Changes of the availability of this server and of the resellers on it."""
        telling = [one for one in seen if of_machine(one.look)] or seen
        states = {one.standing.state for one in telling}
        tells = not states <= {State.PENDING, State.UNKNOWN}
        severe = [one for one in alerts if one.labels.get("severity") == Severity.CRITICAL]
        own = [one for one in severe if not one.labels.get("reseller")]
        server, now = machine.name, self._clock.now()
        whose: list[tuple[str, str | None, str | None, list[Alert]]]
        whose = [(f"@server/{server}", None, machine.brand, own)]
        for one in resellers:
            theirs = [alert for alert in severe if alert.labels.get("reseller") == one.name]
            brand = one.brand or machine.brand
            whose.append((f"@reseller/{one.name}", one.name, brand, [*own, *theirs]))
        found = []
        for key, reseller, brand, alarms in whose:
            state = State.DOWN if alarms else State.OK if tells else State.UNKNOWN
            early = State.PENDING in states and not (tells and key in self._outages)
            if early and state is not State.DOWN:
                continue  # before the first word, all have looked
            if self._outages.get(key) != state:
                at = self._since(key, alarms, now=now)
                reason = alarms[0].summary if alarms else ""
                found.append(Change(key, at, state, "", reason, server, reseller, brand))
        return found

    def _unwatched(self, everywhere: Callable[[str], bool]) -> list[Change]:
        """Nothing is known any more of servers that nobody looks at, nor of resellers on them."""
        now, resellers = self._clock.now(), self._live.plan.inventory.resellers
        found = []
        for key, state in self._outages.items():
            kind, _, name = key.partition("/")
            reseller = name if kind == "@reseller" else None
            known = resellers.get(name) if reseller else None
            server = (known.server if known else None) if reseller else name
            if key != EYES and state != State.UNKNOWN and not everywhere(server or ""):
                reason = "nobody looks at it any more"
                found.append(Change(key, now, State.UNKNOWN, "", reason, server, reseller))
        return found

    def _since(self, key: str, alarms: Iterable[Alert], *, now: datetime) -> datetime:
        """An outage began with its first failing look; one that we were born into begins now."""
        begun = [one.starts_at for one in alarms if one.starts_at is not None]
        return min(begun, default=now) if key in self._outages else now

    async def _keep(self, outages: list[Change]) -> None:
        told = dict(self._beliefs.changed)
        history = list(self._beliefs.history)
        rows = [_row(self._beliefs.looks[key], one) for key, one in told.items()]
        changes = [_change_of(look, one, at=at) for look, one, at in history]
        if rows or changes or outages:
            await self._store.write(probes.keep, states=rows, changes=[*changes, *outages])
        self._beliefs.saved(told, history=len(history))
        self._outages |= {one.key: one.state for one in outages}


def _is_news(before: Alert | None, alert: Alert) -> bool:
    """New, or it says something else than before."""
    return before is None or before.annotations != alert.annotations


def _host(alert: Alert) -> str:
    return alert.labels.get("server") or host_of(alert.labels.get("instance", ""))


def _again(episode: Any) -> Alert:
    """A stored episode of ours as the alert that it was."""
    return Alert(
        labels=episode.labels,
        annotations=episode.annotations,
        firing=True,
        starts_at=episode.starts_at,
        ends_at=None,
        generator_url=episode.generator_url,
        fingerprint=episode.identity,
        identity=episode.identity,
    )


def _by_server(inventory: Inventory) -> dict[str, list[Reseller]]:
    found: dict[str, list[Reseller]] = {}
    for one in inventory.resellers.values():
        found.setdefault(one.server or "", []).append(one)
    return found


def _outages(tx: Tx) -> dict[str, str]:
    """How every server and reseller stood at its last change."""
    return probes.last_states(tx, prefix="@")


def _row(look: Look, standing: Standing) -> StateRow:
    about: Mapping[str, str] = {
        **look.target.labels, "module": look.module, "target": look.target.address
    }  # fmt: skip
    since = standing.since or standing.unknown_since
    if since is None:
        raise ValueError(f"{look.key} was never looked at")
    plain = _shape.dump_python(standing, mode="json")
    return StateRow(look.key, standing.state, since, plain, about)


def _change_of(look: Look, standing: Standing, *, at: datetime) -> Change:
    labels = look.target.labels
    phase = standing.phase or ""
    reason = standing.reason or standing.doubt
    return Change(
        look.key, at, standing.state, phase, reason, labels.get("server"),
        labels.get("reseller"), labels.get("brand"),
    )  # fmt: skip


def _standing(row: StateRow) -> Standing | None:
    try:
        return _shape.validate_python(row.standing)
    except ValidationError:
        return None  # of another version of ours: it begins anew
