"""Kill -9 at random moments under a storm: nothing lost, nothing twice."""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.real.postgres import PostgresServer
from tests.responder.cli.asking import run
from tests.soak.audit import Audit
from tests.soak.company import Member
from tests.soak.outside import Outside
from tests.soak.sender import Sender
from tests.soak.storm import KILLS_A_CRASH, Soak

KILLS = int(os.environ.get("RESPONDER_KILLS", "12"))
SEED = int(os.environ.get("RESPONDER_SEED", time.time_ns() % 1_000_000))
pytestmark = pytest.mark.timeout(240 + 10 * KILLS)


async def soaked(
    folder: Path,
    store: str,
    *,
    members: int,
    say: Callable[[str], None],
    crash: Callable[[], None] | None = None,
) -> Soak:
    """A whole soak, and all that it must show."""
    dice = random.Random(SEED)
    async with Outside(dice) as outside:
        names = [f"member-{number}" for number in range(members)]
        alike = [Member(folder, name, store=store, outside=outside) for name in names]
        soak = Soak(alike, outside, create_engine(store), dice, crash)
        try:
            sender = await soak.live(kills=KILLS)
        finally:
            for member in alike:
                member.process.end(signal.SIGKILL)
        audit = soak.audit()
        soak.engine.dispose()
        say(told(soak, sender, audit))
    proof = run("log", "verify", "-c", alike[0].file, "--json", cwd=folder)
    assert json.loads(proof.stdout)["logs"] == len(audit.incidents) + len(audit.tickets)
    assert proof.returncode == 0
    assert audit.complaints(sender.acknowledged, sender.ended) == []
    assert len(sender.acknowledged) > KILLS
    assert len(sender.ended) > 0
    return soak


def told(soak: Soak, sender: Sender, audit: Audit) -> str:
    """What was counted, on one line."""
    counts = {
        "kills": sum(len(member.kills) for member in soak.members),
        "crashes of the database": soak.crashes,
        "alerts acknowledged": len(sender.acknowledged),
        "alerts ended": len(sender.ended),
        "calls broken": sender.broken,
        "calls refused": sender.refused,
        "incidents": len(audit.incidents),
        "tickets": len(soak.outside.tickets.book.tickets),
        "mails": len(soak.outside.mailbox.messages),
        "mails repeated": audit.repeated,
        "rings": len(soak.outside.pager.rings),
        "seconds of kills": round(soak.stormed),
        "seconds of drain": round(soak.drained),
    }
    numbers = ", ".join(f"{count} {what}" for what, count in counts.items())
    return f"\nseed {SEED}: {numbers}\n"


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Words that are shown whether or not the test passes."""

    def aloud(words: str) -> None:
        with capfd.disabled():
            sys.stdout.write(words)

    return aloud


async def test_no_kill_loses_or_doubles_anything(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    soak = await soaked(tmp_path, f"sqlite:///{tmp_path / 'responder.db'}", members=1, say=say)
    assert [member.own_exits for member in soak.members] == [0]


@pytest.mark.skipif(KILLS < 100, reason="the short form has the harder test below")
async def test_two_members_on_postgresql_lose_and_double_nothing(
    tmp_path: Path, postgres_url: str, say: Callable[[str], None]
) -> None:
    soak = await soaked(tmp_path, postgres_url, members=2, say=say)
    assert [member.own_exits for member in soak.members] == [0, 0]


async def test_nor_do_they_when_the_database_crashes(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str, say: Callable[[str], None]
) -> None:
    def crash() -> None:
        postgres_server.crash()
        postgres_server.start()

    soak = await soaked(tmp_path, postgres_url, members=2, say=say, crash=crash)
    assert soak.crashes == KILLS // KILLS_A_CRASH
