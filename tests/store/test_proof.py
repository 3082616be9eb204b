"""Can the logs be proved, and a copy be marked, on both engines and beside a running store?"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from alerts.alertmanager import read_webhook
from alerts.inventory import Inventory, Server
from responder.intake import Arrival, take
from responder.plan import Plan
from responder.store import Store, StoreUnavailable, Tx, members, records
from responder.store.looking import looking
from responder.store.opening import open_store
from responder.store.proof import PART, prove
from responder.store.recovery import RECOVERED_AT, Running, begin_anew
from responder.store.tables import incident_event, outbox
from tests.stories.stage import firing

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)


@pytest.fixture
async def busy(store_url: str) -> AsyncIterator[Store]:
    """A running store with more incidents than one look takes."""
    store = open_store(store_url, ballast=0)
    servers = {f"web{n}": Server(f"web{n}") for n in range(PART + 5)}
    bodies = [json.dumps(firing(name, severity="warning")).encode() for name in servers]
    arrivals = [Arrival("alertmanager", read_webhook(body)) for body in bodies]
    await store.write(take, arrivals=arrivals, plan=Plan(Inventory(servers)), now=NOW)
    yield store
    await store.close()


def change(tx: Tx) -> None:
    where = (incident_event.c.incident == PART + 3, incident_event.c.seq == 1)
    tx.execute(update(incident_event).where(*where).values(actor="somebody"))


async def test_every_log_is_proved_a_part_at_a_time(
    busy: Store, store_url: str, tmp_path: Path
) -> None:
    with looking(store_url, beside=tmp_path) as engine:
        parts = list(prove(engine))
    assert [part.logs for part in parts] == [PART, 5, 0, 0]
    assert [part.faults for part in parts] == [(), (), (), ()]
    await busy.write(change)
    with looking(store_url, beside=tmp_path) as engine:
        faults = [fault for part in prove(engine) for fault in part.faults]
    assert faults == [f"incident {PART + 3}: line 1 was changed"]


async def test_a_look_cannot_change_anything(busy: Store, store_url: str, tmp_path: Path) -> None:
    with (
        pytest.raises(StoreUnavailable, match=r"readonly|read-only"),
        looking(store_url, beside=tmp_path) as engine,
        engine.connect() as tx,
    ):
        change(tx)
    assert (await busy.read(records.fact, "nothing")) is None


async def test_a_restored_store_is_another_installation_and_doubts_what_it_did(
    busy: Store,
) -> None:
    before = await busy.write(records.installation)
    doubtful = await busy.write(begin_anew, now=NOW)
    assert doubtful == PART + 5
    assert await busy.write(records.installation) != before
    assert await busy.read(records.fact, RECOVERED_AT) == "2026-11-21T03:10:00+00:00"
    assert await busy.read(_ambiguous) == {1}


async def test_a_store_at_work_is_not_marked(busy: Store, store_url: str) -> None:
    """On PostgreSQL no lock keeps us out, so the members are asked."""
    now = datetime.now(UTC)
    await busy.write(members.renew, "one", token="t", version="1", host_now=now)
    if store_url.startswith("postgresql"):
        with pytest.raises(Running, match="the instance one works on this store"):
            await busy.write(begin_anew, now=now)
        await busy.write(members.leave, "one", token="t", host_now=now)
    assert await busy.write(begin_anew, now=now) > 0


def _ambiguous(tx: Tx) -> set[int]:
    return set(tx.execute(outbox.select().with_only_columns(outbox.c.ambiguous)).scalars())
