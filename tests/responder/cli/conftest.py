"""What every test of a verb has: logging and environment as they were before it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import Result

from responder.clock import HandClock
from tests.require import free_port
from tests.responder.cli.asking import call
from tests.stories.stage import Stage, begin, write_config

START = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)


class Desk:
    """A shell beside a running daemon, which stands still unless it is asked."""

    def __init__(self, stage: Stage, clock: HandClock) -> None:
        self.stage = stage
        self.clock = clock
        self.file = stage.folder / "responder.yaml"

    async def call(self, *words: object) -> Result:
        """A verb on this daemon's configuration, in a thread: the loop must answer it meanwhile."""
        return await asyncio.to_thread(call, *words, "-c", self.file)

    async def told(self, *words: object) -> Any:
        """What a verb that went well says with --json."""
        result = await self.call(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    async def refused(self, *words: object) -> str:
        """What a verb that failed says."""
        result = await self.call(*words)
        assert result.exit_code == 1, result.output
        return result.stderr.removeprefix("Error: ").rstrip()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A shell beside a daemon at ten past three at night; nobody listens where its mails go."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    clock = HandClock(START)
    stage = await begin(write_config(tmp_path, smtp=free_port()), clock=clock)
    yield Desk(stage, clock)
    await stage.daemon.end()


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch, logging_as_before: None) -> None:
    """A verb sets up logging for its whole process, which here is that of all tests."""
    monkeypatch.delenv("RESPONDER_CONFIG", raising=False)
