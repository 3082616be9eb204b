"""Kill -9 at every sub-step of power cycles: no machine twice, none left off in silence."""

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.responder.cli.asking import run
from tests.soak.boundaries import CYCLE, DEVICE, ORDER, StruckMailbox
from tests.soak.hands_audit import Audit, OrderAudit
from tests.soak.hands_company import BYSTANDERS, CONTACT, REBOOT, settle
from tests.soak.hands_hall import hall
from tests.soak.hands_rounds import Rounds

RUNS = int(os.environ.get("RESPONDER_RUNS", "24"))
SEED = int(os.environ.get("RESPONDER_SEED", time.time_ns() % 1_000_000))
AT_ONCE = 12
pytestmark = pytest.mark.timeout(300 + 30 * RUNS)


def meant(
    dice: random.Random, names: Sequence[str], *, runs: int, marks: Sequence[str] = CYCLE
) -> list[dict[str, tuple[str, ...]]]:
    """Rounds in which every boundary comes as often as every other, one in three runs with two."""
    deck: list[str] = []
    rounds = []
    for first in range(0, runs, AT_ONCE):
        turn = {}
        for number in range(first, min(first + AT_ONCE, runs)):
            name = names[number % len(names)]
            if len(deck) < 2:
                deck = dice.sample(marks, len(marks))
            count = 1 + (dice.random() < 1 / 3)
            turn[name] = tuple(sorted((deck.pop() for _ in range(count)), key=marks.index))
        rounds.append(turn)
    return rounds


async def soaked(
    folder: Path, store: str, *, members: int, runs: int, say: Callable[[str], None],
    freezing: bool = False, marks: Sequence[str] = CYCLE, book: str = REBOOT,
    judge: type[Audit] = Audit,
) -> Rounds:  # fmt: skip
    """A whole soak, and all that it must show."""
    dice, mailbox = random.Random(SEED), StruckMailbox()
    await mailbox.start()
    names = [f"member-{number}" for number in range(members)]
    # An incident that comes back is the same one, and nothing is ordered for it again.
    hanging = [
        f"web{number}" for number in range(1, (runs if judge is OrderAudit else AT_ONCE) + 1)
    ]
    well = [f"well{number}" for number in range(1, BYSTANDERS + 1)]
    async with hall([*hanging, *well]) as machines:
        instances = settle(
            folder, names, machines.values(), store=store, smtp=mailbox.port, book=book
        )
        rounds = Rounds(machines, instances, create_engine(store), mailbox, dice, freezing, judge)
        begun = time.monotonic()
        try:
            await rounds.begin()
            for turn in meant(dice, hanging, runs=runs, marks=marks):
                await rounds.turn(turn)
            await rounds.end()
        finally:
            for one in instances:
                one.process.end(signal.SIGKILL)
            await mailbox.stop()
            rounds.engine.dispose()
            say(told(rounds, seconds=time.monotonic() - begun))
    proof = run("log", "verify", "-c", instances[0].file, "--json", cwd=folder)
    assert proof.returncode == 0, proof.stdout
    assert rounds.audit.complaints == []
    assert [one.exits for one in instances] == [[] for _ in instances]
    return rounds


def told(rounds: Rounds, *, seconds: float) -> str:
    """What was counted, on one line, and the table of the boundaries."""
    counts = {
        **rounds.audit.counts,
        "kills": sum(one.kills for one in rounds.instances),
        "freezes": sum(one.freezes for one in rounds.instances),
        "pages": sum(one["X-Responder-Event"] == "needed" for one in rounds.mailbox.messages),
        "complaints": len(rounds.audit.complaints),
        "seconds": round(seconds),
    }
    numbers = ", ".join(f"{count} {what}" for what, count in counts.items())
    return (
        f"\nseed {SEED}: {numbers}\n"
        + _table("struck at", rounds.plan.struck)
        + _table("never came to", rounds.missed)
        + _table("last line of the runs left behind", rounds.found)
        + _table("why not done", rounds.audit.reasons)
        + "".join(f"! {line}\n" for line in rounds.audit.complaints)
    )


def _table(title: str, counted: Counter[str]) -> str:
    return f"{title}: " + ", ".join(f"{name} {counted[name]}" for name in sorted(counted)) + "\n"


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Words that are shown whether or not the test passes."""

    def aloud(words: str) -> None:
        with capfd.disabled():
            sys.stdout.write(words)

    return aloud


async def test_no_kill_switches_a_machine_twice_or_leaves_it_off_in_silence(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    """R67."""
    store = f"sqlite:///{tmp_path / 'responder.db'}"
    await soaked(tmp_path, store, members=1, runs=RUNS // 2, say=say)


async def test_nor_does_one_of_two_members_on_postgresql(
    tmp_path: Path, postgres_url: str, say: Callable[[str], None]
) -> None:
    await soaked(tmp_path, postgres_url, members=2, runs=RUNS // 2, say=say)


async def test_who_was_stopped_and_goes_on_does_nothing_that_another_has_done(
    tmp_path: Path, postgres_url: str, say: Callable[[str], None]
) -> None:
    """SIGSTOP for longer than any lease, while the other member takes the runs over; SIGCONT."""
    runs = max(AT_ONCE, RUNS // 4)
    rounds = await soaked(
        tmp_path, postgres_url, members=2, runs=runs, say=say, freezing=True, marks=DEVICE
    )
    assert sum(one.freezes for one in rounds.instances) > 0


async def test_no_kill_sends_an_order_to_a_data_centre_twice(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    store = f"sqlite:///{tmp_path / 'responder.db'}"
    rounds = await soaked(
        tmp_path, store, members=1, runs=max(AT_ONCE, min(RUNS // 4, 96)), say=say,
        marks=ORDER, book=CONTACT, judge=OrderAudit,
    )  # fmt: skip
    assert isinstance(rounds.audit, OrderAudit)
    assert rounds.audit.repeated() == []
    assert rounds.audit.counts["letters"] > 0
