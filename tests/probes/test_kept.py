"""Is a kept answer asked for once, and a failure never kept?"""

import asyncio

import pytest

from probes.kept import Kept


async def test_an_answer_is_kept_for_its_while() -> None:
    kept, asked = Kept(), []

    async def ask() -> int:
        asked.append(1)
        return len(asked)

    assert [await kept.get("a", ask, seconds=60) for _ in range(3)] == [1, 1, 1]
    assert await kept.get("b", ask, seconds=60) == 2
    assert await kept.get("a", ask, seconds=0) == 3


async def test_two_who_want_the_same_ask_once() -> None:
    kept, asked, gate = Kept(), [], asyncio.Event()

    async def ask() -> str:
        asked.append(1)
        await gate.wait()
        return "told"

    both = asyncio.gather(*(kept.get("a", ask, seconds=60) for _ in range(5)))
    await asyncio.sleep(0)
    gate.set()
    assert await both == ["told"] * 5
    assert len(asked) == 1


async def test_a_failure_is_not_kept() -> None:
    kept = Kept()

    async def fail() -> str:
        raise OSError("away")

    async def tell() -> str:
        return "told"

    with pytest.raises(OSError, match="away"):
        await kept.get("a", fail, seconds=60)
    assert await kept.get("a", tell, seconds=60) == "told"


async def test_who_is_cut_off_leaves_the_place_to_the_next() -> None:
    kept = Kept()

    async def hang() -> str:
        await asyncio.Event().wait()
        return "never"

    async def tell() -> str:
        return "told"

    first = asyncio.create_task(kept.get("a", hang, seconds=60))
    await asyncio.sleep(0)
    second = asyncio.create_task(kept.get("a", tell, seconds=60))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "told"


async def test_memory_is_bounded() -> None:
    kept = Kept()

    async def tell() -> str:
        return "told"

    for number in range(5000):
        await kept.get(number, tell, seconds=60)
    assert len(kept._answers) == 4096
    assert not kept._asking
