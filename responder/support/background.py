"""Gathers what is known of whoever asks, from our own store: nobody waits for a panel (R13)."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from responder.desk.background import UNAVAILABLE
from responder.desk.recall import recalled
from responder.desk.whose import Whose
from responder.plan import Plan
from responder.store import Tx, cases, probes
from responder.store import incidents as incident_rows
from responder.store import tickets as ticket_rows
from responder.values import Incident

LAST: Final = 5  # tickets
_MOST: Final = 20


def gather(
    tx: Tx, whose: Whose, *, requester: str, fingerprint: str, plan: Plan, before: int
) -> Mapping[str, Any]:
    """The block of facts of ticket `before`, as plain values."""
    client = plan.clientele.clients.get(whose.reseller or whose.account or "")
    site = whose.site
    known = {
        "flags": list(client.flags) if client else [],
        "notes": client.notes if client else "",
        "brand": whose.brand or "unknown",
        "brand_rule": f"{whose.rule} ({whose.sure})",
        "account": whose.account or "unknown",
        "plan": (site.account.plan or UNAVAILABLE) if site else UNAVAILABLE,
        "domain": site.account.domain if site else "",
        "suspended": site.account.suspended if site else None,
        "reseller": whose.reseller or "",
        "end_customer": whose.end_customer,
        "server": whose.server or "unknown",
        "panel": "" if whose.server in plan.maps else UNAVAILABLE,
    }
    numbers = cases.latest(
        tx,
        account=whose.account,
        requester=requester,
        brand=whose.brand,
        before=before,
        limit=LAST,
    )
    found = filter(None, (ticket_rows.by_id(tx, one) for one in numbers))
    return {
        **known,
        "incidents": [_incident(one, whose.brand) for one in broken(tx, whose, plan=plan)],
        "tickets": [
            {"id": str(one.id), "subject": one.subject, "state": str(one.state)} for one in found
        ],
        "probes": _probes(tx, whose.server),
        "seen_before": recalled(tx, fingerprint, brand=whose.brand, before=before),
    }


def broken(tx: Tx, whose: Whose, *, plan: Plan) -> list[Incident]:
    """The incidents that he may feel: of his server, of what it stands in, of his account; the
    nearest first.
    """
    keys = keys_of(whose, plan=plan)
    found = [one for one in incident_rows.by_keys(tx, keys) if one.active]
    return sorted(found, key=lambda one: keys.index(one.key), reverse=True)[:_MOST]


def keys_of(whose: Whose, *, plan: Plan) -> list[str]:
    """The names of what he stands on, from the widest whole to his own account."""
    labels = {"server": whose.server or "", "reseller": whose.reseller or ""}
    return list(plan.inventory.find(labels, server_labels=("server",)).keys)


def _incident(one: Incident, brand: str | None) -> Mapping[str, Any]:
    """Its title may be the words of another brand's customer."""
    title = one.title if one.brand in (None, brand) else one.key
    told = {"id": str(one.id), "title": title, "key": one.key}
    return {**told, "priority": str(one.priority), "state": str(one.state)}


def _probes(tx: Tx, server: str | None) -> Collection[Mapping[str, str]] | str:
    """What was seen of his server last; nothing is looked at now."""
    if server is None:
        return UNAVAILABLE
    rows = probes.states_at(tx, server)[:_MOST]
    seen = [{"look": row.key, "state": row.state, "since": _time(row)} for row in rows]
    return seen or UNAVAILABLE


def _time(row: probes.StateRow) -> str:
    return f"{row.since:%Y-%m-%d %H:%M} UTC"
