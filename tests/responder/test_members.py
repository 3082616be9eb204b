"""Does an instance keep its own clock where no database has one?"""

from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from responder.clock import Clock
from responder.members import Member
from responder.metrics import Metrics
from responder.outbox import Runner
from responder.store.opening import open_store


async def test_on_sqlite_no_renewal_moves_our_clock(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/responder.db", ballast=0)
    clock, metrics = Clock(), Metrics(CollectorRegistry(), version="test")
    runner = Runner(store, (), member="one", clock=clock, watcher=metrics)
    member = Member(store, runner, name="one", clock=clock, program="test")
    await member.join()
    await member.turn()
    assert clock.offset == timedelta(0)
    assert member.epoch == 1
    await store.close()
