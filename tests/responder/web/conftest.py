"""A daemon on a stage whose duties stand still: what its doors do is all that happens."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from responder.clock import HandClock
from tests.require import free_port
from tests.stories.stage import Stage, begin, write_config

START = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)


@pytest.fixture
def clock() -> HandClock:
    """The hand-held clock of the stage, at ten past three at night."""
    return HandClock(START)


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A running daemon; nobody listens where its mails go."""
    stage = await begin(write_config(tmp_path, smtp=free_port()), clock=clock)
    yield stage
    await stage.daemon.end()
