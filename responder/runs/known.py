"""What the store says of a run's step: its limits, its mutes, who agreed, what rages around it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.inventory import Inventory
from alerts.quiet import Subject
from playbooks.gate import Acted, Facts, Held
from responder.mutes import Mutes
from responder.plan import Plan
from responder.run_values import Act, Run
from responder.runs.telling import approval
from responder.store import Tx, consents, gated, unhealthy
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows

_POWER = ("power.", "panel.reboot")
"""What counts against the limits of power actions begins so."""
_PEOPLE = "datacentre."
_SWITCHED_OFF = ("power.off", "power.cycle")


def stored(tx: Tx, facts: Facts, run: Run, *, plan: Plan) -> Facts:
    """These facts with all that the store says of them in this very transaction."""
    since = facts.now - _horizon(facts)
    everything = gated.recent(tx, run.id, since=since)
    acts = [one for one in everything if one.at >= since and not one.drill]
    own = [one for one in everything if one.run == run.id]
    sick = unhealthy.servers(tx) & plan.inventory.servers.keys()
    given = consents.of_step(tx, run.id, run.step, facts.digest)
    down = incident_rows.newly_down(tx, since=facts.now - facts.safety.fleet_rate.brake.within)
    return replace(
        facts,
        begun=any(one.step == run.step and _fresh(one, facts) for one in own),
        completing=facts.switches_on and _switched_off(own, run),
        mutes=mutes(tx, run, plan=plan, now=facts.now),
        site_unhealthy=_within(sick, f"dc:{facts.datacentre}", plan.inventory),
        fleet_unhealthy=len(sick),
        newly_down=len(down),
        storm=storm(tx, run.target, plan=plan),
        under_way=[_held(one, plan.inventory) for one in everything if _near(one)],
        acts=[_acted(one) for one in acts if one.action.startswith(_POWER)],
        booted_at=_booted(acts, run),
        approvals=[approval(one) for one in given],
    )


def mutes(tx: Tx, run: Run, *, plan: Plan, now: datetime) -> tuple[str, ...]:
    """Planned work on the server, and silences of any alert about it: who silences one of them may
    be at work there.
    """
    quiet = Mutes(tx, plan, now=now)
    if not quiet.any():
        return ()
    firing = alert_rows.firing_of(tx, [run.incident])
    subjects = [Subject(one.labels, one.server) for one in firing if _about(one.server, run)]
    if run.target:
        subjects.append(Subject({}, run.target))
    key = f"server:{run.target}" if run.target else incident_key(tx, run)
    reasons = [why for one in subjects for why in quiet.reasons([one], key=key)]
    return tuple(dict.fromkeys(reasons))


def storm(tx: Tx, server: str, *, plan: Plan) -> str:
    """The site incident that rages around this server; "" when none does."""
    raging = unhealthy.storms(tx)
    return next((raging[one] for one in plan.inventory.scopes(server) if one in raging), "")


def place(server: str, inventory: Inventory) -> tuple[str, str, str]:
    """(data centre, rack, hypervisor) of a server; one without a place of its own stands where its
    carrier does.
    """
    datacentre = rack = ""
    for scope in inventory.scopes(server):
        kind, _, name = scope.partition(":")
        if kind == "dc":
            datacentre = name
        elif kind == "rack":
            rack = name.partition("/")[2]
    known = inventory.servers.get(server)
    return datacentre, rack, (known.hypervisor or "") if known else ""


def incident_key(tx: Tx, run: Run) -> str:
    """What the run's incident is about."""
    return next((one.key for one in incident_rows.by_ids(tx, [run.incident])), "")


def _fresh(one: Act, facts: Facts) -> bool:
    """Was it let through so lately that whoever agreed to it would still be believed?"""
    return facts.now - one.at < facts.safety.expires


def _about(server: str | None, run: Run) -> bool:
    return server is None or not run.target or server == run.target


def _horizon(facts: Facts) -> timedelta:
    limits = facts.safety.cooldown
    spans = (limits.between, limits.in_all_within, limits.by_itself_within)
    return max(*spans, facts.safety.fleet_rate.within)


def _switched_off(own: Sequence[Act], run: Run) -> bool:
    """Was the last thing that this run did to the machine to switch it off?"""
    done = [one for one in own if one.target == run.target and one.action.startswith("power.")]
    done = [one for one in done if one.step != run.step]
    return bool(done) and max(done, key=lambda one: one.at).action in _SWITCHED_OFF


def _near(one: Act) -> bool:
    """Is it under way at a machine?"""
    return one.ended_at is None and not one.action.startswith(_PEOPLE)


def _held(one: Act, inventory: Inventory) -> Held:
    datacentre, rack, hypervisor = place(one.target, inventory)
    return Held(one.run, one.target, datacentre, rack, hypervisor)


def _acted(one: Act) -> Acted:
    return Acted(one.target, one.at, one.by_person, one.run, one.step)


def _booted(acts: Sequence[Act], run: Run) -> datetime | None:
    """When another step has given it power last."""
    ended = [
        one.ended_at
        for one in acts
        if one.target == run.target
        and (one.run, one.step) != (run.id, run.step)
        and one.action.startswith(_POWER)
        and one.ended_at is not None
    ]
    return max(ended, default=None)


def _within(servers: frozenset[str], scope: str, inventory: Inventory) -> int:
    return sum(1 for one in servers if scope in inventory.scopes(one))
