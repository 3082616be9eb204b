"""How a test opens a link to a question, and presses its buttons."""

from datetime import timedelta
from typing import Any

import aiohttp

from responder.links import StepGrant
from tests.responder.runs.asking import DIGEST
from tests.responder.web.reading import Read, read
from tests.stories.stage import Stage

YES = {"answer": "yes", "name": "web1"}


def path(stage: Stage, *, person: str = "ana", run: int = 1, digest: str = DIGEST) -> str:
    """The path of a link as it stands in a page."""
    world = stage.daemon.world
    until = world.clock.now() + timedelta(minutes=10)
    url = world.links.decide(StepGrant(run, digest[:16], person, until))
    return url[url.index("/r/") :]


async def get(stage: Stage, where: str) -> tuple[int, Read]:
    status, told = await stage.ask("GET", where, token="")
    return status, read(told)


async def press(stage: Stage, where: str, data: Any = None) -> tuple[int, Read]:
    """Send the form; the page that it is answered with."""
    async with aiohttp.ClientSession() as session:
        answer = await session.post(
            stage.url + where, data=YES if data is None else data, allow_redirects=False
        )
        return answer.status, read(await answer.text())


async def journal(stage: Stage) -> list[tuple[str, str]]:
    """What persons did with the run."""
    _, told = await stage.ask("GET", "/api/v1/runs/1/events")
    kinds = ("approved", "rejected")
    return [(one["kind"], one["actor"]["name"]) for one in told["events"] if one["kind"] in kinds]
