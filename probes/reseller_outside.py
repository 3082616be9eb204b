"""What the world sees of a reseller: his sites, name servers, certificates, addresses."""

from probes.model import Issue, Severity
from probes.reseller_accounts import names
from probes.reseller_facts import Facts, NameServer, Now, Past, SiteState

_ALL = 0.8  # so many of the sampled sites are "all"
_ALL_LEAST = 2  # one site alone is one account
_POLLS = 2
_CERTIFICATE = ((1, Severity.ERROR), (7, Severity.WARNING), (21, Severity.INFO))
_ORDER = (Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL)


def sites(facts: Facts) -> list[Issue]:
    """Nothing is said while the server's own web does not answer: that is the server's trouble.

    What is looked at again because it failed does not count for "all".
    """
    if not facts.server_answers:
        return []
    failing = [one for one in facts.sites if one.state is SiteState.FAILS]
    if not failing:
        return []
    fresh = [one for one in facts.sites if not one.again]
    bad = [one for one in fresh if one.state is SiteState.FAILS]
    listed = names(f"{one.domain} ({one.why})" for one in failing)
    if len(bad) >= max(_ALL_LEAST, _ALL * len(fresh)):
        text = f"{len(bad)} of {len(fresh)} sites fail while the server answers: {listed}"
        return [Issue("RS_ALL_SITES_DOWN", Severity.CRITICAL, text)]
    text = f"{len(failing)} of {len(facts.sites)} sites fail: {listed}"
    return [Issue("RS_SITES_SOME", Severity.WARNING, text)]


def placeholders(facts: Facts) -> list[Issue]:
    """Status 200, and all the same no site: the panel's own page stands there."""
    found = [one for one in facts.sites if one.state is SiteState.PLACEHOLDER]
    if not found:
        return []
    listed = names(f"{one.domain} ({one.why})" for one in found)
    text = f"{len(found)} of {len(facts.sites)} sites show no page of their own: {listed}"
    return [Issue("RS_SUSPEND_PAGE", Severity.WARNING, text)]


def silent_servers(facts: Facts) -> list[Issue]:
    """White-label name servers without an answer of authority."""
    if facts.zone is None or not facts.zone.servers:
        return []
    dead = [one for one in facts.zone.servers if one.trouble]
    if not dead:
        return []
    everything = len(dead) == len(facts.zone.servers)
    listed = names(f"{one.name} ({one.trouble})" for one in dead)
    what = "all name servers" if everything else f"{len(dead)} of {len(facts.zone.servers)}"
    severity = Severity.CRITICAL if everything else Severity.ERROR
    text = f"{what} of {facts.zone.domain} are dead: {listed}"
    return [Issue("RS_NS_DEAD", severity, text)]


def drifting_servers(facts: Facts, past: Past, now: Now, *, converge: float) -> list[Issue]:
    """Name servers that disagree: about the zone for longer than it takes to converge, with the
    parent about who they are, or that stand at addresses that are not ours.
    """
    if facts.zone is None:
        return []
    zone, found = facts.zone, []
    if past.drifts > _POLLS and now.monotonic - past.drifts_since >= converge:
        told = names(f"{one.name} {one.serial}" for one in zone.servers if one.serial is not None)
        found.append(f"the serials of {zone.domain} differ: {told}")
    if zone.own and zone.own != zone.delegated:
        found.append(f"the parent names {names(zone.delegated)}, the zone itself {names(zone.own)}")
    foreign = [f"{one.name} {one.address}" for one in zone.servers if not one.ours]
    if foreign:
        found.append(f"not an address of this server: {names(foreign)}")
    return [Issue("RS_NS_DRIFT", Severity.WARNING, "; ".join(found))] if found else []


def drifts(servers: tuple[NameServer, ...]) -> bool:
    """Do the serials of those that answer differ now?"""
    return len({one.serial for one in servers if one.serial is not None}) > 1


def moved_away(facts: Facts) -> list[Issue]:
    """Customers move away on purpose: good to know, never an alarm."""
    if not facts.away:
        return []
    listed = names(f"{domain} ({where})" for domain, where in facts.away.items())
    text = f"{len(facts.away)} domains do not point to this server: {listed}"
    return [Issue("RS_DNS_AWAY", Severity.INFO, text)]


def certificates(facts: Facts, now: Now) -> list[Issue]:
    """One issue for all of them, as bad as the worst. A certificate that renews itself does so 30
    days before its end: fewer than 21 mean that it failed. Domains that point elsewhere can't.
    """
    found: list[tuple[Severity, str]] = []
    for one in facts.certificates:
        if one.site in facts.away:
            continue
        days = (one.ends - now.at).total_seconds() / 86400
        if not one.covers:
            found.append((Severity.WARNING, f"{one.site} has one for another name"))
        for most, severity in _CERTIFICATE:
            if days <= most:
                when = f"ends in {days:.0f} days" if days > 0 else f"ended {-days:.0f} days ago"
                found.append((severity, f"{one.site} {when}"))
                break
    found += [(Severity.WARNING, f"{site} {why}") for site, why in facts.untrusted.items()]
    if not found:
        return []
    found.sort(key=lambda one: -_ORDER.index(one[0]))
    text = "; ".join(told for _, told in found[:5])
    more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
    return [Issue("RS_TLS", found[0][0], f"certificates: {text}{more}")]


def blacklisted(facts: Facts) -> list[Issue]:
    """Addresses that no other reseller shares."""
    return [Issue("RS_DNSBL", Severity.ERROR, one.text, one.ip) for one in facts.listings]
