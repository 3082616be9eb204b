"""A crew for every test of this folder."""

from collections.abc import AsyncIterator

import pytest

from tests.playbooks.actions.crew import HandCrew, open_crew


@pytest.fixture
async def crew() -> AsyncIterator[HandCrew]:
    """With hands that really reach out, to loopback."""
    async with open_crew() as made:
        yield made
