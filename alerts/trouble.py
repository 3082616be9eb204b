"""What we believe of a server's looks becomes the alerts that are wanted now.

Nothing is remembered here: the same standings give the same alerts with the same labels, so that
whoever compares them with those that fire already knows what began and what ended.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from alerts.inventory import Inventory
from alerts.issues import Held
from alerts.limits import take_annotations, take_labels
from alerts.model import Alert, digest_labels
from alerts.observed import Standing
from probes.model import Look, Phase, Severity

SOURCE = "probes"
"""The sender's name of all these alerts."""

GAP = timedelta(minutes=30)
"""How long a look may be unable to tell before that is trouble of its own."""

_SEVERITIES: Mapping[str, Severity] = {
    "http": Severity.CRITICAL,
    "smtp": Severity.CRITICAL,
    "imap": Severity.CRITICAL,
    "mysql": Severity.CRITICAL,
    "dns": Severity.CRITICAL,
    "whm": Severity.CRITICAL,
    "plesk": Severity.CRITICAL,
    "directadmin": Severity.CRITICAL,
    "ping": Severity.WARNING,
    "dnsbl": Severity.WARNING,
    "reseller": Severity.WARNING,
}
_USUAL = Severity.ERROR  # tls, tcp, ssh, ftp, pop3, command and whatever is new
_ASIDE = frozenset({"dnsbl", "reseller", "command"})
"""Kinds that say nothing of whether the machine can be reached."""
_FEW = 3
"""So many sites that fail together are more than the trouble of one account."""
_DATAGRAMS = frozenset({"ping", "dns"})
"""Kinds that ask without a connection: silence comes after the question."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look and what we believe of its target. `severity` where the configuration names one."""

    look: Look
    standing: Standing
    severity: Severity | None = None


class Reach(StrEnum):
    """Can a server be reached?"""

    FINE = "fine"
    SUSPECT = "suspect"  # a look fails and is not decided yet
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a server can be reached; `since` its looks fail, when they do."""

    reach: Reach
    since: datetime | None = None


def health(seen: Iterable[Seen]) -> Health:
    """DOWN when every look that can tell whether the machine is reached is hard and none of them
    got an answer; SUSPECT while one of them fails and is not decided.
    """
    telling = [one for one in _reaching(seen) if one.standing.tells]
    if not telling:
        return Health(Reach.UNKNOWN)
    if all(one.standing.hard and not answered(one) for one in telling):
        return Health(Reach.DOWN, _first(telling))
    soft = [one for one in telling if one.standing.soft]
    return Health(Reach.SUSPECT, _first(soft)) if soft else Health(Reach.FINE)


def unreachable(standing: Standing, parent: Health | None) -> bool:
    """Is this trouble held back until its parent is decided? The parent came under suspicion before
    the child's trouble was sure; what was sure before stays.
    """
    if parent is None or parent.reach is not Reach.SUSPECT or parent.since is None:
        return False
    return standing.hard_since is not None and standing.hard_since >= parent.since


def severity_of(one: Seen) -> Severity:
    """How bad it is when this look fails for sure (R19-R22)."""
    if one.severity is not None:
        return one.severity
    worst = _SEVERITIES.get(one.look.probe.kind, _USUAL)
    # Trouble of one account alone is medium (R21).
    return Severity.WARNING if one.look.small and worst is not Severity.INFO else worst


def counts(one: Seen) -> bool:
    """Does its trouble count against the availability: would it be an outage?"""
    return severity_of(one) is Severity.CRITICAL


def wanted(
    server: str,
    seen: Sequence[Seen],
    *,
    inventory: Inventory,
    now: datetime,
    parent: Health | None = None,
) -> tuple[Alert, ...]:
    """The alerts wanted now about this server and what lives on it.

    `seen` are all its looks, those of its resellers too; `server` is "" for looks at something that
    is no server of ours. `parent` is the health of the machine that carries it.
    """
    alerts: list[Alert] = []
    reached = _reaching(seen)
    failing = {one.look.probe.kind for one in reached if one.standing.hard or one.standing.soft}
    if server and not any(unreachable(one.standing, parent) for one in reached):
        alerts += _server_down(server, reached, inventory)
    for one in seen:
        part = one.look.small and one.look.probe.kind in failing  # of a whole that fails as well
        if not part and not unreachable(one.standing, parent):
            alerts += _failed(one, server, inventory)
        alerts += _wrong(one, server, inventory)
        alerts += _gap(one, server, inventory, now)
    return tuple(alerts)


def of_machine(look: Look) -> bool:
    """Does this look tell whether the machine is reached, and not of a part or of its name?"""
    return not look.small and look.probe.kind not in _ASIDE


def over(alert: Alert, *, now: datetime) -> Alert:
    """The end of this alert."""
    return replace(alert, firing=False, ends_at=now)


def _reaching(seen: Iterable[Seen]) -> list[Seen]:
    """The looks that tell whether the machine is reached: those at the machine itself; where there
    is none, its sites, if they are not too few to speak for it.
    """
    telling = [one for one in seen if one.look.probe.kind not in _ASIDE]
    machine = [one for one in telling if not one.look.small]
    return machine or (telling if len(telling) >= _FEW else [])


def _first(seen: Iterable[Seen]) -> datetime | None:
    begun = [one.standing.failing_since for one in seen if one.standing.failing_since is not None]
    return min(begun, default=None)


def answered(one: Seen) -> bool:
    """Did the machine say anything, though not what it should?"""
    phase, kind = one.standing.phase, one.look.probe.kind
    if kind in _DATAGRAMS:
        return phase is Phase.CONTENT
    return phase not in (None, Phase.RESOLVE, Phase.CONNECT)


def _server_down(server: str, seen: Sequence[Seen], inventory: Inventory) -> Iterator[Alert]:
    state = health(seen)
    if state.reach is not Reach.DOWN:
        return
    failing = [one for one in seen if one.standing.hard]
    lines = [f"{one.look.key}: {one.standing.reason}" for one in failing]
    looks = "its only look fails" if len(failing) == 1 else f"all of its {len(failing)} looks fail"
    labels = {
        "alertname": "ServerDown",
        "severity": Severity.CRITICAL.value,
        "server": server,
        "instance": inventory.servers[server].address if server in inventory.servers else "",
    }
    notes = {"summary": f"{server} is down: {looks}", "description": "\n".join(lines)}
    yield _alert(labels | _whose(server, {}, inventory), notes, state.since)


def _failed(one: Seen, server: str, inventory: Inventory) -> Iterator[Alert]:
    standing = one.standing
    if not standing.hard:
        return
    labels = _labels("ProbeFailed", severity_of(one), one, server, inventory)
    where = f" on {server}" if server else ""
    phase = f" in phase {standing.phase}" if standing.phase else ""
    notes = {
        "summary": f"{one.look.module}{where} fails: {standing.reason}",
        "description": f"{one.look.key} asked {one.look.target.address}; it failed{phase}: "
        f"{standing.reason}",
    }
    yield _alert(labels, notes, standing.failing_since)


def _wrong(one: Seen, server: str, inventory: Inventory) -> Iterator[Alert]:
    for held in one.standing.issues:
        if held.sure:
            yield _of_issue(one, held, server, inventory)


def _of_issue(one: Seen, held: Held, server: str, inventory: Inventory) -> Alert:
    issue = held.issue
    more = {**issue.labels, "about": issue.about}
    # One account alone is medium, unless all of it is gone (R21).
    capped = one.look.small and issue.severity is Severity.ERROR
    severity = Severity.WARNING if capped else issue.severity
    labels = _labels(issue.code, severity, one, server, inventory, more)
    about = f" ({issue.about})" if issue.about and issue.about not in issue.text else ""
    notes = {
        "summary": f"{server or one.look.target.address}: {issue.text} ({one.look.module})",
        "description": f"{one.look.key} looked at {one.look.target.address}: {issue.text}{about}",
    }
    return _alert(labels, notes, held.since)


def _gap(one: Seen, server: str, inventory: Inventory, now: datetime) -> Iterator[Alert]:
    since = one.standing.unknown_since
    if since is None or now - since <= GAP:
        return
    labels = _labels("MonitoringGap", Severity.INFO, one, server, inventory)
    notes = {
        "summary": f"{one.look.key} can't tell how {one.look.target.address} is",
        "description": f"For more than 30 minutes no look could tell: {one.standing.doubt}",
    }
    yield _alert(labels, notes, since)


def _labels(
    name: str,
    severity: Severity,
    one: Seen,
    server: str,
    inventory: Inventory,
    more: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    known = {**one.look.target.labels, **more}
    own = {
        "alertname": name,
        "severity": severity.value,
        "server": server,
        "instance": one.look.target.address,
        "module": one.look.module,
        "probe": one.look.key,
        "kind": one.look.probe.kind,
    }
    return {**_whose(server, known, inventory), **known, **own}


def _whose(server: str, labels: Mapping[str, str], inventory: Inventory) -> dict[str, str]:
    """Brand and place, as the inventory knows them."""
    machine = inventory.servers.get(server)
    reseller = inventory.resellers.get(labels.get("reseller", ""))
    own = reseller.brand if reseller is not None else None
    return {
        "brand": own or (machine.brand if machine is not None else None) or "",
        "datacentre": (machine.datacentre if machine is not None else None) or "",
    }


def _alert(labels: Mapping[str, str], notes: Mapping[str, str], since: datetime | None) -> Alert:
    """Labels and notes may hold what a stranger's server said: clean, and within the limits."""
    texts = take_labels({name: value for name, value in labels.items() if value}).texts
    told = take_annotations(notes).texts
    digest = digest_labels(texts)
    return Alert(texts, told, True, since, None, "", digest, digest, digest_labels(told))
