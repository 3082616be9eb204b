"""Who has agreed to a step, and whose word counts."""

from playbooks.gate_facts import Approval, Facts
from playbooks.playbook import Mode

ASK_FIRST = "ask_before_reboot"
"""The tag of a customer's machine that is never rebooted without a person's yes (R38)."""


def needed(facts: Facts) -> int:
    """How many persons must agree; 0 = the gate alone decides.

    A person's own run always needs one: that he typed the server's name.
    """
    asks = facts.mode is not Mode.AUTO or bool(facts.requested_by)
    asks = asks or (facts.interrupts and ASK_FIRST in facts.tags)
    return facts.safety.approvals if asks else 0


def words(facts: Facts) -> tuple[Approval, ...]:
    """Every yes that counts now: bound to exactly this step, and fresh. From two approvals on the
    word of the person who began the run is none.
    """
    given = [one for one in facts.approvals if _counts(one, facts)]
    if facts.requested_by and facts.confirmed:
        given.append(_own(facts))
    without = facts.requested_by if facts.safety.approvals > 1 else ""
    return tuple(one for one in given if one.person != without)


def agreed(facts: Facts) -> tuple[str, ...]:
    """The persons who have said yes, each once."""
    return tuple(dict.fromkeys(one.person for one in words(facts)))


def by_itself(facts: Facts) -> bool:
    """Does no person at all stand behind it?"""
    return not facts.requested_by and not needed(facts) and not agreed(facts)


def overruling(facts: Facts, check: str) -> Approval | None:
    """Who has taken this check on himself, with a reason."""
    willing = (one for one in words(facts) if check in one.overrules and one.reason.strip())
    return next(willing, None)


def _counts(one: Approval, facts: Facts) -> bool:
    """A clock that goes wrong makes nobody's word last longer: neither the past nor the future."""
    fresh = abs(facts.now - one.at) < facts.safety.expires
    return bool(one.person) and one.digest == facts.digest and fresh


def _own(facts: Facts) -> Approval:
    """What the person said who began the run and typed the server's name."""
    return Approval(
        facts.requested_by, facts.digest, facts.now, facts.overrules, facts.overrule_reason
    )
