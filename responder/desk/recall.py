"""Tickets of one kind know each other: the next one tells what helped the last time (R42)."""

import hashlib

from playbooks.plain import how_many, one_line
from responder.store import Tx
from responder.store.familiar import familiar
from responder.values import Incident


def kind_of(incident: Incident) -> str:
    """The fingerprint of trouble that the monitoring saw: the same on whichever server.

    (Those of requests: sorting.fingerprint.)
    """
    title = " ".join(incident.title.replace(incident.server or "\0", "").split())
    told = f"monitoring\0{incident.category}\0{title}"
    return hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=8).hexdigest()


def recalled(tx: Tx, fingerprint: str, *, brand: str | None, before: int) -> str:
    """`seen before: n times, last fix (ticket 7): ...` in a line, "" for the first one."""
    seen = familiar(tx, fingerprint, brand=brand, before=before)
    if not seen.times:
        return ""
    times = f"seen before: {how_many(seen.times, 'time')}"
    if seen.ticket is None:
        return f"{times}, none of them is solved yet"
    return one_line(
        f"{times}, last fix (ticket {seen.ticket}): {seen.fix or 'not told'}", limit=600
    )
