"""The checks of the gate that ask about the machine, ourselves and those who agree (DESIGN 9).

A check knows nothing of the others, nor of who may overrule it, nor of the cases in which it has
nothing to protect: playbooks/gate.py does. The limits have a room of their own, gate_limits.py.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from playbooks.gate_facts import Check, Facts, Opinion, deny, permit, some, wait
from playbooks.gate_people import agreed, by_itself, needed
from playbooks.playbook import Mode
from playbooks.power.model import mismatch
from probes.durations import show_duration

SURE_OF_OURSELVES = 2
"""So many references must answer before anything is done without a person."""


def kill_switch(facts: Facts) -> Check:
    """Has anybody switched all power off? Nobody overrules this, and nothing makes it moot."""
    if facts.kill_switch:
        return deny("kill_switch", f"it is on: {facts.kill_switch}")
    return permit("kill_switch", "it is off")


def mode(facts: Facts) -> Check:
    """May this playbook do anything at all?"""
    if facts.mode in (Mode.OFF, Mode.DRY_RUN):
        return deny("mode", f"the mode is {facts.mode}: nothing irreversible is done")
    return permit("mode", f"the mode is {facts.mode}")


def maintenance(facts: Facts) -> Check:
    """Does somebody work there, or has he asked for silence?"""
    if facts.mutes:
        return deny("maintenance", f"{', '.join(facts.mutes)} covers it: somebody works there")
    return permit("maintenance", "no silence and no planned work covers it")


def protected(facts: Facts) -> Check:
    """Is it a machine that must not be rebooted, or one that carries others which are well?"""
    if not facts.target:
        return deny("protected", "it is not known which machine it would touch")
    tags = sorted(facts.tags & frozenset(facts.safety.protected_tags))
    if tags:
        return deny("protected", f"{facts.target} is marked {', '.join(tags)}")
    if facts.guests_up:
        count, names = len(facts.guests_up), some(facts.guests_up)
        return deny("protected", f"{facts.target} carries {count} that answer: {names}")
    return permit(
        "protected", f"{facts.target} has no protecting tag and carries nothing that runs"
    )


def blind(facts: Facts) -> Check:
    """Do we see anything at all, and the machine's own site (DESIGN 15.5)?

    Without a person it is not enough that nothing speaks against our sight: references must answer.
    """
    if facts.blind is None:
        return deny("blind", "it is not known whether we see anything")
    if facts.blind:
        return wait("blind", "we are blind: the references do not answer")
    if facts.reference is False:
        where = facts.datacentre or "the data centre"
        return wait("blind", f"the reference of {where} does not answer: is it the machine?")
    if by_itself(facts) and facts.references < SURE_OF_OURSELVES:
        if facts.unasked:
            told = f"{facts.unasked} of our references were not asked yet: we have only just begun"
            return wait("blind", told)
        told = f"{_references(facts.references)}, {SURE_OF_OURSELVES} must without a person"
        return deny("blind", told)
    site = ", the site's own too" if facts.reference else ""
    return permit("blind", f"{_references(facts.references)}{site}")


def second_opinion(facts: Facts) -> Check:
    """Is it really down? Several kinds of look, or places, must be silent, and nothing may answer.

    One answer is enough to deny: a firewall that has shut us out lets pings through, and all else
    looks dead. Only to ask its panel nicely needs one that answers. Without a person other vantage
    points must agree where there are any (DESIGN 15.6).
    """
    wanted, lasting = facts.safety.second_opinion, facts.safety.second_opinion.lasting
    up = _voices(one for one in facts.opinions if not one.down)
    if up and not facts.asks_nicely:
        return deny(
            "second_opinion", f"{some(up)} still {'gets' if len(up) == 1 else 'get'} an answer"
        )
    down = [one for one in facts.opinions if _silent(one, lasting, facts.now)]
    places = _voices(one for one in down if one.vantage)
    if facts.vantages and by_itself(facts) and len(places) < wanted.vantages:
        told = f"{len(places)} of {facts.vantages} other vantage points say that it is down"
        return deny("second_opinion", f"{told}, {wanted.vantages} must without a person")
    voices = _voices(down)
    told = f"{len(voices)} say that it is down"
    if voices:
        told += f" ({some(voices)})"
    if len(voices) < wanted.kinds:
        span = f" for {show_duration(lasting)}" if lasting else ""
        return deny("second_opinion", f"{told}, {wanted.kinds} must{span}")
    return permit("second_opinion", told)


def approval(facts: Facts) -> Check:
    """Have enough persons agreed to exactly this, and lately?"""
    wanted, persons = needed(facts), agreed(facts)
    if facts.begun:
        return permit("approval", "this step was let through before, and goes on")
    if not wanted:
        return permit("approval", f"the mode is {facts.mode}: nobody needs to be asked")
    told = f"{len(persons)} of {wanted} approved"
    if persons:
        told += f" ({', '.join(persons)})"
    if len(persons) >= wanted:
        return permit("approval", told)
    if facts.requested_by and wanted > 1:
        told += f"; {facts.requested_by} began the run and does not count"
    return wait("approval", told)


def identity(facts: Facts) -> Check:
    """Is the device the machine that we mean? Nobody overrules this.

    A device that can't say who it is needs somebody who has tested it, by name.
    """
    if not facts.reads_identity:
        if facts.vouched.strip():
            return permit("identity", f"the device can't say who it is; vouched: {facts.vouched}")
        return deny("identity", "the device can't say who it is, and nobody vouches for it")
    if facts.told is None:
        if facts.completing and facts.switches_on:
            return permit("identity", "this run has proved it before it switched the machine off")
        return deny("identity", facts.identity_trouble or "the device could not be asked")
    if wrong := mismatch(facts.expected, facts.told):
        return deny("identity", wrong)
    proof = ", ".join(f"{what} {value}" for what, value in facts.expected.facts())
    return permit("identity", f"the device shows {proof}")


def provider_budget(facts: Facts) -> Check:
    """May we speak to the provider's account now?"""
    if facts.paused:
        return wait("provider_budget", facts.paused)
    return permit("provider_budget", "nothing speaks against asking the device")


def _references(answering: int) -> str:
    return f"{answering} of our references {'answers' if answering == 1 else 'answer'}"


def _voices(opinions: Iterable[Opinion]) -> list[str]:
    """Independent voices: each kind of look of ours is one, and each other place."""
    return sorted({one.vantage or one.kind for one in opinions})


def _silent(one: Opinion, lasting: timedelta, now: datetime) -> bool:
    """Is it down for this voice, and long enough? Another place was asked just now."""
    if not one.down or one.vantage or not lasting:
        return one.down
    return one.since is not None and now - one.since >= lasting
