"""Is everything that was acknowledged still there after kill -9?"""

import asyncio
import random
import subprocess
import sys
import time
from itertools import count

from responder.store import Store
from responder.store.engine import open_engine
from tests.store.notes import add, keys, make

CALLERS = 16
KILLS = 5


def storm(url: str, life: int) -> None:
    """Run in a child: write for ever, and say what was acknowledged."""
    numbers = count()

    async def call(store: Store) -> None:
        while True:
            key = await store.write(add, key=f"{life}-{next(numbers)}")
            sys.stdout.write(f"{key}\n")
            sys.stdout.flush()

    async def live() -> None:
        store = Store(open_engine(url))
        await asyncio.gather(*(call(store) for _ in range(CALLERS)))

    asyncio.run(live())


async def test_what_was_acknowledged_survives_kill_9(store_url: str) -> None:
    engines = open_engine(store_url)
    make(engines)
    engines.close()
    acknowledged: set[str] = set()
    for life in range(KILLS):
        seconds = random.uniform(0.05, 0.4)
        acknowledged |= await asyncio.to_thread(one_life, store_url, life, seconds)
    store = Store(open_engine(store_url))
    kept = await store.read(keys)
    await store.close()
    assert len(acknowledged) > 50
    assert acknowledged - kept == set()
    # What was stored, but died before it was said: at most what waited.
    assert len(kept - acknowledged) <= KILLS * CALLERS * 2


def one_life(url: str, life: int, seconds: float) -> set[str]:
    """Start a child, kill it `seconds` after its first word, and return all its words."""
    program = "import sys; from tests.store.test_kill import storm; storm(sys.argv[1], sys.argv[2])"
    child = subprocess.Popen(
        [sys.executable, "-c", program, url, str(life)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    rest, _ = child.communicate()
    lines = (first + rest).splitlines(keepends=True)
    return {line.strip() for line in lines if line.endswith("\n")}
