"""Every ticket system in turn; a new one is a house file and a line here."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.contracts.house_desk import at_the_desk
from tests.contracts.house_email import by_email
from tests.contracts.house_freescout import emulated_freescout
from tests.contracts.house_rt import emulated_rt, in_reality
from tests.contracts.house_whmcs import emulated_whmcs
from tests.contracts.house_zammad import emulated_zammad
from tests.contracts.house_zendesk import emulated_zendesk
from tests.contracts.ticket_houses import House

Built = Callable[[Path], AbstractAsyncContextManager[House]]
HOUSES: Mapping[str, Built] = {
    "desk": at_the_desk,
    "rt-emulator": emulated_rt,
    "zammad": emulated_zammad,
    "freescout": emulated_freescout,
    "email": by_email,
    "whmcs": emulated_whmcs,
    "zendesk": emulated_zendesk,
}


@pytest.fixture(params=[*HOUSES, pytest.param("rt", marks=pytest.mark.xdist_group("rt"))])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A ticket system, empty but for the shared RT, and the people who work with it."""
    if request.param == "rt":
        async with in_reality(request.getfixturevalue("request_tracker")) as house:
            yield house
    else:
        async with HOUSES[request.param](tmp_path) as house:
            yield house
