"""Learns what the gate judges by: from the store, from the eyes, from the device itself."""

import asyncio
from dataclasses import replace
from typing import Any

from alerts.inventory import Server
from playbooks.frozen import thawed
from playbooks.gate import Facts
from playbooks.hands import Hands
from playbooks.playbook import Mode, Safety
from playbooks.power.model import Power
from responder.clock import Clock
from responder.eyes.watching import Eyes
from responder.killswitch import KillSwitch
from responder.live import Live
from responder.run_values import Run
from responder.runs import known
from responder.runs.senses import Senses
from responder.store import Store, Tx, gated, runs

_UNKNOWN = Server("")


class Gatherer:
    """One for all runs."""

    def __init__(
        self,
        store: Store,
        live: Live,
        eyes: Eyes,
        kill: KillSwitch,
        hands: Hands,
        *,
        clock: Clock,
    ) -> None:
        self._store = store
        self._live = live
        self._eyes = eyes
        self._kill = kill
        self._clock = clock
        self._senses = Senses(store, live, eyes, hands, clock=clock)
        self._safety: dict[str, Safety] = {}

    async def facts(self, run: Run, *, action: str, digest: str, power: Power | None) -> Facts:
        """What the world and the configuration say; `stored` adds the rest. Raises
        StoreUnavailable; what else can't be learnt stands so in the facts.
        """
        inventory = self._live.plan.inventory
        datacentre, rack, hypervisor = known.place(run.target, inventory)
        server = inventory.servers.get(run.target, _UNKNOWN)
        safety = await self._safety_of(run)
        facts = Facts(
            safety=safety,
            now=self._clock.now(),
            run=run.id,
            digest=digest,
            action=action,
            target=run.target,
            step=run.step,
            touches_power=action.startswith("power."),
            mode=Mode(run.mode),
            requested_by=run.requested_by,
            confirmed=run.confirmed,
            overrules=frozenset(run.overrules),
            overrule_reason=run.reason,
            tags=frozenset(server.tags or (() if server.name else safety.protected_tags)),
            datacentre=datacentre,
            rack=rack,
            hypervisor=hypervisor,
            site_size=inventory.size(f"dc:{datacentre}"),
            fleet_size=len(inventory.servers),
            vantages=len(self._live.config.probes.vantages),
        )
        return await self._sensed(facts, power)

    def stored(self, tx: Tx, facts: Facts, run: Run) -> Facts:
        """These facts with what store and kill switch say in this very transaction."""
        facts = known.stored(tx, facts, run, plan=self._live.plan)
        return replace(facts, kill_switch=self._kill.thrown_in(tx))

    async def _sensed(self, facts: Facts, power: Power | None) -> Facts:
        """The same, with what the world says now, all asked at once."""
        senses, server = self._senses, facts.target
        ours, others, guests, site, device = await asyncio.gather(
            senses.opinions(server),
            senses.others(server),
            senses.guests_up(server),
            senses.site(facts.datacentre),
            self._device(facts, power),
        )
        return replace(
            facts,
            blind=self._eyes.blind,
            references=self._eyes.blindness.answering,
            unasked=len(self._eyes.blindness.unasked),
            reference=site,
            opinions=(*ours, *others),
            guests_up=guests,
            **device,
        )

    async def _device(self, facts: Facts, power: Power | None) -> dict[str, Any]:
        """Who the device is. An account that is paused is not asked, not even that."""
        if power is None:
            return {"identity_trouble": f"{facts.target or 'nothing'} has no way to be switched"}
        reads = power.capabilities().reads_identity
        told: dict[str, Any] = {
            "expected": power.expected(),
            "reads_identity": reads,
            "vouched": power.vouched,
        }
        account = power.account()
        paused = await self._store.read(gated.paused, account, now=facts.now)
        if paused or not reads:
            return {**told, "paused": _of(account, paused), "identity_trouble": paused}
        shown, trouble = await self._senses.identity(power)
        if trouble:  # which may have paused the account
            paused = await self._store.read(gated.paused, account, now=facts.now)
        return {**told, "told": shown, "identity_trouble": trouble, "paused": _of(account, paused)}

    async def _safety_of(self, run: Run) -> Safety:
        """That of the run's own copy of its playbook: it never changes. Raises ValueError for one
        that is not there.
        """
        if run.hash not in self._safety:
            in_use = {book.digest: book.text for book in self._live.plan.books}  # a plan's alone
            texts = in_use | await self._store.read(runs.copies, [run.hash])
            self._safety[run.hash] = thawed(texts.get(run.hash, "")).safety
        return self._safety[run.hash]


def _of(account: str, paused: str) -> str:
    return f"{account}: {paused}" if paused else ""
