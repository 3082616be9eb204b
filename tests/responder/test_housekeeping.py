"""What housekeeping takes away, and what it leaves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from responder.clock import HandClock
from responder.housekeeping import Housekeeping
from responder.store import outbox, quarantine
from responder.store.opening import open_store

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)


async def test_old_quarantine_goes_and_the_new_stays(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/responder.db", ballast=0)
    clock = HandClock(NOW)
    old = NOW - timedelta(days=31)
    await store.write(quarantine.keep_body, "prom", b"old", reason="no JSON", now=old)
    await store.write(quarantine.keep_body, "prom", b"new", reason="no JSON", now=NOW)
    await Housekeeping(store, clock=clock).turn()
    kept = await store.read(quarantine.listed)
    assert [body["first_at"] for body in kept] == [NOW]
    assert await store.read(outbox.depths) == {}
    await store.close()
