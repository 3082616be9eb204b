"""Is a reseller account well? Facts and the past go in, issues and the new past come out."""

from dataclasses import replace

from probes import reseller_accounts as books
from probes import reseller_outside as outside
from probes.model import Issue
from probes.patterns import Pattern
from probes.reseller_facts import Facts, Now, Past, SiteState

_AGAIN = 2  # sites with each kind of trouble that are looked at again, besides the sample
_MOST_AGAIN = 8


def judge(
    facts: Facts, before: Past, now: Now, *, billing: Pattern, converge: float
) -> tuple[tuple[Issue, ...], Past]:
    """All that is wrong with the account, and what the next look must know.

    `billing` finds words of unpaid bills in a reason; `converge` is how long (seconds) name servers
    may disagree about a zone.
    """
    past = remembered(facts, before, now)
    found = (
        *books.suspended(facts, billing),
        *books.locked(facts),
        *books.disk(facts),
        *books.traffic(facts, now),
        *books.places(facts),
        *books.many_suspended(facts, past, now, billing),
        *outside.sites(facts),
        *outside.placeholders(facts),
        *outside.silent_servers(facts),
        *outside.drifting_servers(facts, past, now, converge=converge),
        *outside.moved_away(facts),
        *outside.certificates(facts, now),
        *outside.blacklisted(facts),
        *books.backups(facts, now),
        *books.mail_held(facts),
    )
    return tuple(replace(one, text=f"reseller {facts.reseller}: {one.text}") for one in found), past


def remembered(facts: Facts, before: Past, now: Now) -> Past:
    """What was seen now, on top of what was known."""
    fresh = books.jumping(facts, before)
    drifting = facts.zone is not None and outside.drifts(facts.zone.servers)
    return Past(
        suspended=books.suspended_users(facts),
        jump=fresh or before.jump,
        jumped_at=now.monotonic if fresh else before.jumped_at,
        drifts=before.drifts + 1 if drifting else 0,
        drifts_since=before.drifts_since if drifting and before.drifts else now.monotonic,
        turn=before.turn + 1,
        troubled=_troubled(facts),
    )


def _troubled(facts: Facts) -> tuple[str, ...]:
    """Some sites with each kind of trouble that only a sample shows."""
    fails = [one.domain for one in facts.sites if one.state is SiteState.FAILS]
    empty = [one.domain for one in facts.sites if one.state is SiteState.PLACEHOLDER]
    kinds = (fails, empty, [*facts.untrusted], sorted(facts.away))
    return tuple(dict.fromkeys(domain for kind in kinds for domain in kind[:_AGAIN]))


def sample(domains: list[str], past: Past, *, most: int) -> tuple[list[str], list[str]]:
    """Which sites to look at: all when they are few, else the next in turn, and some that had
    trouble the last time, so that a finding does not come and go with the turn.
    """
    known = sorted(set(domains))
    if len(known) <= most:
        return known, []
    again = [one for one in past.troubled if one in known][: min(_MOST_AGAIN, most // 2)]
    rest = [one for one in known if one not in again]
    size = most - len(again)
    begin = past.turn * size % len(rest)
    return (rest[begin:] + rest[:begin])[:size], again
