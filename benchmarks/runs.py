"""What playbooks cost: a step, two hundred runs at once, a thousand that wait, the gate."""

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop

from alerts.model import person
from benchmarks.report import Table
from benchmarks.setting import Ours
from playbooks.gate import judged
from responder import collector
from responder.app import Daemon
from responder.config import Config
from responder.configfile import load
from responder.run_values import LIVE, RunState
from responder.runs import byhand
from responder.store import StoreUnavailable, cursors
from responder.store import runs as rows

ROUNDS = 3
STEPS = 20
AT_ONCE = 200
WAITING = 1000
IDLE_SECONDS = 20.0
FLOOR_WRITES = 500
JUDGEMENTS = 200

_NOTES = "".join(
    f"  - {{id: s{number}, uses: ticket.note, with: {{text: 'step {number}'}}}}\n"
    for number in range(STEPS)
)
BOOKS = {
    "cheap": f"playbook: cheap\nsafety: {{}}\nsteps:\n{_NOTES}",
    "patient": """\
playbook: patient
safety: {}
steps:
  - {id: one, uses: ticket.note, with: {text: begun}}
  - {id: two, uses: wait, with: {for: 1h}}
""",
    "brief": """\
playbook: brief
safety: {}
steps:
  - {id: one, uses: ticket.note, with: {text: begun}}
  - {id: two, uses: wait, with: {for: 2s}}
  - {id: three, uses: ticket.note, with: {text: over}}
""",
}


def runs(folder: Path) -> Table:
    """All of it on SQLite, in this process, with the daemon's own parts."""
    table = Table("Playbooks on SQLite (medians of 3 rounds; least and most)")
    collector.begin()  # as `responder run` does
    for number in range(ROUNDS):
        uvloop.run(_steps(folder / f"steps{number}", table))
        uvloop.run(_gate(folder / f"gate{number}", table))
        uvloop.run(_at_once(folder / f"once{number}", table))
    uvloop.run(_idle(folder / "idle", table))
    return table


async def _steps(folder: Path, table: Table) -> None:
    """CPU of a step: of the loop and of the store's thread."""
    async with _daemon(folder, servers=AT_ONCE) as daemon:
        await _begin(daemon, "cheap", AT_ONCE)
        floor = await _cpu(lambda: _writes(daemon)) / FLOOR_WRITES
        used = await _cpu(lambda: _worked(daemon))
        if await _left(daemon):
            raise RuntimeError("not all runs are over")
        step = used / (AT_ONCE * STEPS)
        table.add("ms of CPU: one write of one row and its COMMIT, the floor", 1000 * floor)
        table.add("ms of CPU: one step of a run (aim < 5)", 1000 * step)
        table.add("  as a multiple of the floor", step / floor)


async def _gate(folder: Path, table: Table) -> None:
    """What one judgement of the gate takes, with all that is gathered for it."""
    async with _daemon(folder, servers=AT_ONCE) as daemon:
        await _begin(daemon, "patient", AT_ONCE)
        kit = daemon.world.works.kit
        [run] = await kit.store.read(rows.by_ids, [1])
        facts = await kit.gatherer.facts(run, action="power.cycle", digest="", power=None)

        async def gathered() -> None:
            for _ in range(JUDGEMENTS):
                await kit.gatherer.facts(run, action="power.cycle", digest="", power=None)

        async def stored() -> None:
            for _ in range(JUDGEMENTS):
                await kit.store.read(kit.gatherer.stored, facts, run)

        async def weighed() -> None:
            for _ in range(JUDGEMENTS):
                judged(facts)

        for name, work in (
            ("the world and the store asked", gathered),
            ("the store asked in its transaction", stored),
            ("the fourteen checks alone", weighed),
        ):
            table.add(f"ms of CPU: the gate, {name}", 1000 * await _cpu(work) / JUDGEMENTS)


async def _at_once(folder: Path, table: Table) -> None:
    """They all begin together, wait 2 s and end, with all duties of the daemon at work."""
    async with _daemon(folder, servers=AT_ONCE) as daemon:
        await _begin(daemon, "brief", AT_ONCE)
        daemon.work()
        before, begun = _megabytes(), time.monotonic()
        over = asyncio.create_task(_until_over(daemon))
        longest = await _lag(over)
        table.add(f"{AT_ONCE} runs at once: seconds until all are over", time.monotonic() - begun)
        table.add(f"{AT_ONCE} runs at once: longest lag of the loop, ms", 1000 * longest)
        table.add(f"{AT_ONCE} runs at once: MB more after it", _megabytes() - before)


async def _idle(folder: Path, table: Table) -> None:
    """The share of a core that a daemon takes without and with runs that wait."""
    async with _daemon(folder, servers=WAITING) as daemon:
        daemon.work()
        await daemon.ready()
        table.add("percent of a core: idle, no run", 100 * await _share())
        await _begin(daemon, "patient", WAITING)
        await _until(lambda: _rests(daemon))
        await asyncio.sleep(5)
        share = 100 * await _share()
        table.add(f"percent of a core: idle, {WAITING} runs wait", share)


@asynccontextmanager
async def _daemon(folder: Path, *, servers: int) -> AsyncIterator[Daemon]:
    """One without an outside; its duties do not run yet."""
    (folder / "books").mkdir(parents=True)
    for name, text in BOOKS.items():
        (folder / "books" / f"{name}.yaml").write_text(text)
    more = "playbooks: {files: [books/*.yaml]}\n"
    ours = Ours(folder, servers=servers, more=more)
    daemon = Daemon(ours.path, load(ours.path, Config).value, version="bench")
    await daemon.begin()
    try:
        yield daemon
    finally:
        await daemon.end()


async def _begin(daemon: Daemon, book: str, count: int) -> None:
    """A run on each of so many servers, as a person begins them."""
    world = daemon.world
    for number in range(count):
        server = f"srv{number:05d}"
        wanted = byhand.Wanted(book, server, typed=server)
        await world.store.write(
            byhand.begin, wanted, actor=person("ana"), plan=world.live.plan, now=world.clock.now()
        )


async def _worked(daemon: Daemon) -> None:
    await daemon.world.works.runner.turn()
    await daemon.world.works.runner.settle()


async def _writes(daemon: Daemon) -> None:
    now = daemon.world.clock.now()
    for number in range(FLOOR_WRITES):
        await daemon.world.store.write(cursors.move, "bench", str(number), now=now)


async def _left(daemon: Daemon) -> int:
    counted = await daemon.world.store.read(rows.counts)
    return sum(counted.get(state, 0) for state in LIVE)


async def _rests(daemon: Daemon) -> bool:
    counted = await daemon.world.store.read(rows.counts)
    return counted.get(RunState.WAITING, 0) == WAITING


async def _until_over(daemon: Daemon) -> None:
    async def over() -> bool:
        return not await _left(daemon)

    await _until(over)


async def _until(true: Callable[[], Awaitable[bool]], *, seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(StoreUnavailable):  # many ask it at once
            if await true():
                return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"not after {seconds:g} s")


async def _lag(over: "asyncio.Task[None]") -> float:
    """How much later than asked for the loop has called us, at the worst."""
    longest = 0.0
    while not over.done():
        planned = time.monotonic() + 0.005
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - planned)
    over.result()
    return longest


async def _cpu(work: Callable[[], Awaitable[None]]) -> float:
    """Seconds of CPU of this whole process."""
    before = _used()
    await work()
    return _used() - before


async def _share() -> float:
    before, begun = _used(), time.monotonic()
    await asyncio.sleep(IDLE_SECONDS)
    return (_used() - before) / (time.monotonic() - begun)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _megabytes() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")
