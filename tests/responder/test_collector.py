"""Is the collector kept from going through everything again, and does it still collect?"""

import gc
import weakref
from collections.abc import Iterator

import pytest

from responder import collector
from responder.collector import Watch


class Thing:
    """Something that can know itself."""

    me: "Thing | None" = None


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def collected(watch: Watch, generation: int = 2) -> int:
    """How many things are frozen after a collection under this watch."""
    gc.callbacks.append(watch)
    try:
        gc.collect(generation)
    finally:
        gc.callbacks.remove(watch)
    return gc.get_freeze_count()


def test_what_survives_a_long_collection_is_passed_over_from_then_on() -> None:
    assert collected(Watch(long=0.0)) > 1000


def test_a_short_one_freezes_nothing() -> None:
    assert collected(Watch(long=60.0)) == 0


def test_a_young_one_freezes_nothing() -> None:
    assert collected(Watch(long=0.0), generation=1) == 0


def test_what_nobody_refers_to_is_freed_although_it_was_frozen() -> None:
    thing = Thing()
    gone = weakref.ref(thing)
    collected(Watch(long=0.0))
    del thing
    assert gone() is None


def test_a_cycle_among_frozen_things_is_collected_after_a_thaw() -> None:
    watch, thing = Watch(long=0.0), Thing()
    thing.me = thing
    gone = weakref.ref(thing)
    collected(watch)
    del thing
    gc.collect()
    assert gone() is not None
    watch.thaw()
    gc.collect()
    assert gone() is None


def test_it_is_begun_once() -> None:
    usual = gc.get_threshold()
    try:
        collector.begin()
        collector.begin()
        assert gc.callbacks.count(collector.watch) == 1
        assert gc.get_threshold()[0] == collector.YOUNG
    finally:
        gc.set_threshold(*usual)
        gc.callbacks.remove(collector.watch)
