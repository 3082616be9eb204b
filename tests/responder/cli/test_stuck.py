"""When does the daemon let systemd start it again?"""

from responder.cli.service import STUCK_SECONDS, stuck
from responder.store.thread import Health
from responder.supervise import Duty

WELL = Health(queue=0, last_commit_seconds=0, writer_alive=True, wal_bytes=0, trouble="")
NOW = 1000.0


async def nothing() -> None:
    """A duty without work."""


def duty(name: str, *, every: float, turned: float, advanced: float = NOW) -> Duty:
    return Duty(name, nothing, every=every, turned=turned, advanced=advanced)


def test_not_while_every_loop_turns() -> None:
    slow = duty("slow", every=300, turned=NOW - 300)
    assert stuck([slow, duty("page", every=1, turned=NOW - 1)], WELL, now=NOW) == ""


def test_when_a_turn_does_not_end() -> None:
    hangs = duty("page", every=1, turned=NOW - STUCK_SECONDS - 2)
    assert stuck([hangs, duty("tick", every=1, turned=NOW)], WELL, now=NOW) == "page"


def test_not_while_turns_fail_for_somebody_elses_reasons() -> None:
    """A ticket system that is away, or a full disk, would be so after a restart as well."""
    fails = duty("sync", every=1, turned=NOW, advanced=0.0)
    full = Health(queue=3, last_commit_seconds=900, writer_alive=True, wal_bytes=0, trouble="full")
    assert stuck([fails], full, now=NOW) == ""


def test_when_the_stores_thread_is_stuck_or_dead() -> None:
    dead = Health(queue=3, last_commit_seconds=900, writer_alive=False, wal_bytes=0, trouble="")
    assert stuck([], dead, now=NOW) == "the store's writing thread"
