"""What a panel's books say of a reseller: suspended, locked, full, unprotected, held back."""

import calendar
from collections.abc import Iterable
from datetime import datetime, timedelta

from probes import units
from probes.model import Issue, Severity
from probes.patterns import Pattern
from probes.reseller_facts import Facts, Now, Past
from probes.whm_shapes import Account

_DISK = ((0.95, Severity.ERROR), (0.85, Severity.WARNING))
_TRAFFIC = ((0.95, Severity.ERROR), (0.80, Severity.WARNING))
_FORECAST_FROM = 5  # day of the month; before, one busy day looks like a month
_JUMP_LEAST, _JUMP_SHARE, _JUMP_SECONDS = 3, 0.2, 86400.0
_DAY = timedelta(days=1)
_NAMED = 5  # of many accounts, the text names so many
BILLING = {"queue": "sales-billing"}  # not a technician's: somebody has not paid
ABUSE = {"queue": "abuse"}


def suspended(facts: Facts, billing: Pattern) -> list[Issue]:
    """Who has not paid is the desk's of billing, not a technician's."""
    if facts.own is None or not facts.own.suspended:
        return []
    why = facts.own.suspend_reason
    text = "the account is suspended" + (f": {why}" if why else "")
    if billing.search(why.lower()):
        return [Issue("RS_SUSPENDED", Severity.INFO, text, labels=BILLING)]
    return [Issue("RS_SUSPENDED", Severity.ERROR, text)]


def locked(facts: Facts) -> list[Issue]:
    """Only root unlocks it, and there was a reason."""
    if facts.own is None or not facts.own.locked:
        return []
    return [Issue("RS_LOCKED", Severity.ERROR, "the account is locked by root", labels=ABUSE)]


def disk(facts: Facts) -> list[Issue]:
    """What is in use counts. Promising more than there is (overselling) is a way to do business."""
    stats = facts.stats
    share = units.share(stats.disk_used, stats.disk_limit)
    promised = units.share(stats.disk_promised, stats.disk_limit)
    more = f"; {promised * 100:.0f} % are promised to accounts" if promised > 1 else ""
    return _stepped("RS_DISK", share, _DISK, f"{share * 100:.0f} % of the disk quota in use{more}")


def traffic(facts: Facts, now: Now) -> list[Issue]:
    """This month's traffic; at its limit all sites show "bandwidth limit exceeded" (509)."""
    share = units.share(facts.stats.traffic_used, facts.stats.traffic_limit)
    text = f"{share * 100:.0f} % of this month's traffic in use"
    if found := _stepped("RS_BW", share, _TRAFFIC, text):
        return found
    forecast = share * _month_over_day(now.at)
    if forecast < 1 or now.at.day < _FORECAST_FROM:
        return []
    text += f"; {forecast * 100:.0f} % by the end of the month at this pace"
    return [Issue("RS_BW", Severity.WARNING, text)]


def places(facts: Facts) -> list[Issue]:
    """No room for another account: an occasion to sell, not a fault."""
    counts = facts.counts
    if counts.limit is None or counts.limit == units.UNLIMITED:
        return []
    left = int(counts.limit) - counts.active - counts.suspended
    if left > 1:
        return []
    text = f"room for {max(left, 0)} more of {counts.limit:g} accounts"
    return [Issue("RS_ACCOUNTS", Severity.INFO, text)]


def many_suspended(facts: Facts, past: Past, now: Now, billing: Pattern) -> list[Issue]:
    """A jump of the suspended share is told while it lasts, for a day at most: see `jumping`."""
    if not past.jump or now.monotonic - past.jumped_at > _JUMP_SECONDS:
        return []
    still = [one for one in facts.accounts if one.user in past.jump and one.suspended]
    if len(still) < _JUMP_LEAST:
        return []
    text = f"{len(still)} accounts were suspended at once: {names(one.domain for one in still)}"
    if all(billing.search(one.suspend_reason.lower()) for one in still):
        return [Issue("RS_MANY_SUSPENDED", Severity.INFO, text, labels=BILLING)]
    return [Issue("RS_MANY_SUSPENDED", Severity.ERROR, text)]


def jumping(facts: Facts, past: Past) -> frozenset[str]:
    """Who was suspended since the last look, when that is a jump. The first look knows none, and
    a reseller who is suspended himself takes all of his along.
    """
    if past.suspended is None or (facts.own is not None and facts.own.suspended):
        return frozenset()
    fresh = suspended_users(facts) - past.suspended
    if len(fresh) < _JUMP_LEAST or len(fresh) < _JUMP_SHARE * len(facts.accounts):
        return frozenset()
    return fresh


def suspended_users(facts: Facts) -> frozenset[str]:
    """Accounts that are suspended now."""
    return frozenset(one.user for one in facts.accounts if one.suspended)


def backups(facts: Facts, now: Now) -> list[Issue]:
    """Accounts without a fresh restore point: not the new ones, nor those that are suspended."""
    spared = [one.domain for one in _kept(facts) if not one.backup]
    found = [f"no backup is made of {names(spared)}"] if spared else []
    worst = Severity.WARNING
    if facts.restores is not None:
        period = facts.restores.period
        slack = timedelta(hours=2) if period <= _DAY else _DAY
        late = [(one, _age(facts, one, now.at)) for one in _kept(facts) if one.backup]
        late = [(one, age) for one, age in late if age > period + slack]
        if late:
            found.append(f"no fresh backup of {names(one.domain for one, _ in late)}")
        if any(age > 2 * period + slack for _, age in late):
            worst = Severity.ERROR
    return [Issue("RS_BACKUP", worst, "; ".join(found))] if found else []


def mail_held(facts: Facts) -> list[Issue]:
    """Often a mailbox that somebody else has the password of."""
    held = [one for one in (*facts.accounts, *_own(facts)) if one.mail_suspended or one.mail_held]
    if not held:
        return []
    text = f"outgoing mail is held back of {names(one.domain for one in held)}"
    return [Issue("RS_MAIL_HELD", Severity.WARNING, text)]


def _kept(facts: Facts) -> list[Account]:
    return [one for one in (*_own(facts), *facts.accounts) if not one.suspended]


def _own(facts: Facts) -> tuple[Account, ...]:
    return (facts.own,) if facts.own is not None else ()


def _age(facts: Facts, account: Account, at: datetime) -> timedelta:
    """How long ago the newest restore point was made, or the account where there is none."""
    newest = facts.restores.newest.get(account.user) if facts.restores else None
    begin = newest or account.created
    return at - begin if begin is not None else timedelta.max


def _stepped(
    code: str, share: float, steps: tuple[tuple[float, Severity], ...], text: str
) -> list[Issue]:
    for least, severity in steps:
        if share >= least:
            return [Issue(code, severity, text)]
    return []


def _month_over_day(at: datetime) -> float:
    days = calendar.monthrange(at.year, at.month)[1]
    gone = at.day - 1 + at.hour / 24
    return days / max(gone, 1)


def names(all_of_them: Iterable[str]) -> str:
    """The first few by name, and how many more there are."""
    told = sorted(all_of_them)
    more = len(told) - _NAMED
    return ", ".join(told[:_NAMED]) + (f" and {more} more" if more > 0 else "")
