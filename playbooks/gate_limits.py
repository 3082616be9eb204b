"""The checks of the gate that count: how much is unhealthy, how much is done, and how lately."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from playbooks.gate_facts import Acted, Check, Facts, Held, deny, never, permit, some, wait
from playbooks.gate_people import by_itself
from probes.durations import show_duration


def unhealthy_share(facts: Facts) -> Check:
    """Is so much of the data centre unhealthy that it is no trouble of single machines?

    A site of one server, or none, tells nothing: then the whole fleet is looked at. Where all of
    several are unhealthy, it is what they share.
    """
    share = facts.safety.unhealthy_share
    where, size, sick = f" of {facts.datacentre}", facts.site_size, facts.site_unhealthy
    if not facts.datacentre or size < 2:
        where, size, sick = "", facts.fleet_size, facts.fleet_unhealthy
    if not size:
        return deny("unhealthy_share", "it is not known how many servers there are")
    limit = max(share.at_least, math.floor(size * share.percent / 100)) if share.percent else 0
    if not limit:
        return never("unhealthy_share", "no server may be unhealthy")
    told = f"{sick} of the {size} servers{where} {'is' if sick == 1 else 'are'} unhealthy"
    if sick > limit:
        return deny("unhealthy_share", f"{told}, {limit} may be")
    if sick >= size > 1:
        return deny("unhealthy_share", f"{told}: it is something that they share")
    return permit("unhealthy_share", f"{told}, {limit} may be")


def storm(facts: Facts) -> Check:
    """Is the machine's trouble a part of a greater one?"""
    if facts.storm:
        return deny("storm", f"a storm rages there: {facts.storm}")
    return permit("storm", "no storm rages there")


def concurrency(facts: Facts) -> Check:
    """Is something near it being acted upon just now?"""
    others = [one for one in facts.under_way if one.run != facts.run]
    for what, limit, _ in (near := list(_near(facts, others))):
        if not limit:
            return never("concurrency", f"none at a time is allowed in {what}")
    if any(one.target == facts.target for one in others):
        return wait("concurrency", f"another run acts on {facts.target} now")
    for what, limit, found in near:
        if len(found) >= limit:
            told = f"{some(one.target for one in found)} is acted upon now in {what}"
            return wait("concurrency", f"{told}, {limit} at a time")
    return permit("concurrency", f"{len(others)} others are acted upon now, none too near")


def cooldown(facts: Facts) -> Check:
    """Was it acted upon too often, too lately, or has it only just booted?"""
    limits = facts.safety.cooldown
    past = [one for one in _other(facts.acts, facts) if one.target == facts.target]
    in_all = _within(past, limits.in_all_within, facts.now)
    told = f"{_acts(in_all, limits.in_all_within)}, {_allowed(limits.in_all)}"
    if in_all >= limits.in_all:
        return _no("cooldown", told, of=limits.in_all)
    if by_itself(facts) and (much := _too_much_alone(past, facts)):
        return _no("cooldown", much, of=limits.by_itself)
    last = max((one.at for one in past), default=None)
    if last is not None and facts.now - last < limits.between:
        ago, pause = show_duration(facts.now - last), show_duration(limits.between)
        return deny("cooldown", f"the last power action was {ago} ago, {pause} must lie between")
    if facts.booted_at is not None and facts.now - facts.booted_at < limits.after_boot:
        ago, pause = show_duration(facts.now - facts.booted_at), show_duration(limits.after_boot)
        return deny("cooldown", f"it booted {ago} ago, and is given {pause}")
    return permit("cooldown", told)


def fleet_rate(facts: Facts) -> Check:
    """Does the whole fleet see too many power actions, or lose too many machines at once?"""
    limits, brake = facts.safety.fleet_rate, facts.safety.fleet_rate.brake
    done = _within(_other(facts.acts, facts), limits.within, facts.now)
    told = f"{_acts(done, limits.within)} in the whole fleet, {_allowed(limits.actions)}"
    if done >= limits.actions:
        return _no("fleet_rate", told, of=limits.actions)
    most = max(brake.servers, math.ceil(facts.fleet_size * brake.percent / 100))
    if facts.newly_down >= most:
        lost = f"{facts.newly_down} servers went down within {show_duration(brake.within)}"
        return deny("fleet_rate", f"{lost}: from {most} on it is no trouble of single machines")
    return permit("fleet_rate", told)


def _near(facts: Facts, others: Sequence[Held]) -> Iterator[tuple[str, int, list[Held]]]:
    """(place, how many at a time, who is acted upon there) of each place that the target is in."""
    limits = facts.safety.concurrency
    site = [one for one in others if one.datacentre == facts.datacentre]
    rack = [one for one in site if facts.rack and one.rack == facts.rack]
    carried = [one for one in others if _one_carrier(one, facts)]
    yield f"the rack {facts.rack}".rstrip(), limits.rack, rack
    yield f"the hypervisor {facts.hypervisor or facts.target}", limits.hypervisor, carried
    yield f"the data centre {facts.datacentre}".rstrip(), limits.datacentre, site


def _one_carrier(one: Held, facts: Facts) -> bool:
    """Does one machine carry both, or one of them the other?"""
    carriers = {facts.hypervisor, facts.target} - {""}
    return bool({one.hypervisor, one.target} & carriers)


def _other(acts: Sequence[Acted], facts: Facts) -> list[Acted]:
    """Without what this very step has done so far."""
    return [one for one in acts if (one.run, one.step) != (facts.run, facts.step)]


def _too_much_alone(past: Sequence[Acted], facts: Facts) -> str:
    """Why it has done too much without a person; "" when it has not."""
    limits = facts.safety.cooldown
    alone = [one for one in past if not one.by_person]
    count = _within(alone, limits.by_itself_within, facts.now)
    if count < limits.by_itself:
        return ""
    return f"{_acts(count, limits.by_itself_within)} without a person, {_allowed(limits.by_itself)}"


def _within(acts: Sequence[Acted], span: timedelta, now: datetime) -> int:
    return sum(1 for one in acts if now - one.at < span)


def _acts(count: int, span: timedelta) -> str:
    return (
        f"{count} power {'action' if count == 1 else 'actions'} in the last {show_duration(span)}"
    )


def _allowed(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'} allowed"


def _no(name: str, reason: str, *, of: int) -> Check:
    """A limit that is reached; one of 0 was never to be anything else."""
    return deny(name, reason) if of else never(name, reason)
