"""Is the next try neither too soon nor too late, and is what was done written down after all?"""

from pathlib import Path

import pytest

from playbooks.outside import OutsideError
from responder.patience import keep, pause_after
from responder.store import Store, StoreUnavailable, Tx
from responder.store.engine import open_engine

AGAIN = OutsideError("not now", transient=True)


def test_each_pause_is_twice_the_one_before_up_to_a_minute() -> None:
    pauses = [pause_after(attempts, AGAIN) for attempts in (1, 2, 3, 4, 5, 6, 7, 60)]
    for least, pause in zip((1, 2, 4, 8, 16, 32, 60, 60), pauses, strict=True):
        assert least <= pause <= min(least + 1, 60)


@pytest.mark.parametrize(("asked", "given"), [(0.0, 1.0), (7.0, 7.0), (86400.0, 3600.0)])
def test_the_other_side_may_ask_for_a_pause_within_reason(asked: float, given: float) -> None:
    assert pause_after(9, OutsideError("busy", transient=True, retry_after=asked)) == given


async def test_a_store_that_is_away_is_waited_for(tmp_path: Path) -> None:
    store = Store(open_engine("sqlite:///responder.db", beside=tmp_path))
    tries: list[str] = []

    def work(tx: Tx, *, word: str) -> str:
        tries.append(word)
        if len(tries) < 3:
            raise StoreUnavailable("away")
        return word

    try:
        assert await keep(store, work, word="done") == "done"
    finally:
        await store.close()
    assert tries == ["done"] * 3


async def test_a_fault_of_ours_is_not_tried_again(tmp_path: Path) -> None:
    store = Store(open_engine("sqlite:///responder.db", beside=tmp_path))
    tries: list[int] = []

    def work(tx: Tx) -> None:
        tries.append(1)
        raise KeyError("ours")

    try:
        with pytest.raises(KeyError):
            await keep(store, work)
    finally:
        await store.close()
    assert len(tries) == 1
