"""Takes away what nobody asks for any more, a small batch at a time."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from responder.store.desk_tables import pin_try
from responder.store.probe_tables import probe_change, probe_hour
from responder.store.run_tables import device_lock, provider_pause
from responder.store.tables import intake, outbox, silence
from responder.store.upkeep import prune

# Incidents, tickets, runs and their logs stay: they are the record. What was done outside need not.
OUTBOX_KEPT = timedelta(days=30)
QUARANTINE_KEPT = timedelta(days=30)
SILENCES_KEPT = timedelta(days=5)
CHANGES_KEPT = timedelta(days=30)  # of single looks; those of servers and resellers are few
HOURS_KEPT = timedelta(days=3)
TRIES_KEPT = timedelta(days=7)  # of PINs; the longest lock looks back for a day
LOCKS_KEPT = timedelta(days=1)  # of devices and accounts, after their end


def tidy(tx: Connection, *, now: datetime, hours_kept: timedelta = HOURS_KEPT) -> int:
    """One batch of each kind, so that nobody waits long for the writer; how many rows went."""
    of_look = ~probe_change.c.key.startswith("@")
    done = outbox.c.state.in_(("done", "dropped")) & (outbox.c.done_at < now - OUTBOX_KEPT)
    return (
        prune(tx, outbox, done)
        + prune(tx, intake, intake.c.last_at < now - QUARANTINE_KEPT)
        + prune(tx, silence, silence.c.ends_at < now - SILENCES_KEPT)
        + prune(tx, probe_change, of_look & (probe_change.c.at < now - CHANGES_KEPT))
        + prune(tx, probe_hour, probe_hour.c.hour < now - hours_kept)
        + prune(tx, device_lock, device_lock.c.until < now - LOCKS_KEPT)
        + prune(tx, pin_try, pin_try.c.at < now - TRIES_KEPT)
        + prune(tx, provider_pause, provider_pause.c.until < now - LOCKS_KEPT)
    )
