"""A Request Tracker for the tests of the desk."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.house_rt import RtHouse, emulated, in_reality


@pytest.fixture(params=["emulator", pytest.param("rt", marks=pytest.mark.xdist_group("rt"))])
async def tracker(request: pytest.FixtureRequest) -> AsyncIterator[RtHouse]:
    """A Request Tracker, emulated and real, with the people who work in it."""
    if request.param == "rt":
        async with in_reality(request.getfixturevalue("request_tracker")) as tracker:
            yield tracker
    else:
        async with emulated() as (_, tracker):
            yield tracker
