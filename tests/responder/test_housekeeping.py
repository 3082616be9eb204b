"""What housekeeping takes away, and what it leaves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from responder.clock import HandClock
from responder.housekeeping import Housekeeping
from responder.store import gated, outbox, probes, quarantine
from responder.store.opening import open_store
from responder.store.probes import Hour

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
HOURS = (("old", 6), ("new", 4))


async def test_old_quarantine_goes_and_the_new_stays(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/responder.db", ballast=0)
    clock = HandClock(NOW)
    old = NOW - timedelta(days=31)
    await store.write(quarantine.keep_body, "prom", b"old", reason="no JSON", now=old)
    await store.write(quarantine.keep_body, "prom", b"new", reason="no JSON", now=NOW)
    hour = [Hour(key, NOW - timedelta(hours=hours), 1, 0, 0, 0.1, 0.1) for key, hours in HOURS]
    await store.write(probes.add_hours, hour)
    await Housekeeping(store, clock=clock, hours_kept=lambda: timedelta(hours=5)).turn()
    assert await store.read(probes.hours, "old", since=NOW - timedelta(days=9)) == []
    assert await store.read(probes.hours, "new", since=NOW - timedelta(days=9)) == [hour[1]]
    kept = await store.read(quarantine.listed)
    assert [body["first_at"] for body in kept] == [NOW]
    assert await store.read(outbox.depths) == {}
    await store.close()


async def test_locks_and_pauses_that_are_long_over_go(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/responder.db", ballast=0)
    old = NOW - timedelta(days=2)
    for account, until in (("robot K1", old), ("robot K2", NOW)):
        await store.write(gated.pause, account, until=until, reason="login refused")
    keeping = Housekeeping(store, clock=HandClock(NOW), hours_kept=lambda: timedelta(hours=5))
    await keeping.turn()
    before = old - timedelta(seconds=1)
    assert await store.read(gated.paused, "robot K1", now=before) == ""
    assert await store.read(gated.paused, "robot K2", now=before) != ""
    await store.close()
