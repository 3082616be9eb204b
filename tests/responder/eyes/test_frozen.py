"""Does a member that stood still believe the store rather than itself?"""

import time
from pathlib import Path

from alerts.observed import State
from probes.model import Phase, down
from responder.store import probes
from tests.real.smtp import Mailbox
from tests.stories.seeing import looking, looks, powered, until


async def test_who_stood_still_takes_the_word_of_who_looked_meanwhile(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with powered("web1") as (web1,):
        more = looks([web1], how="interval: 1h, retry: 1h, attempts: 1")
        async with looking(tmp_path, mailbox, more) as stage:
            eyes = stage.daemon.world.eyes
            (look,) = eyes.looks()
            eyes.rounds.hasten([look.key])
            await until(stage, "/api/v1/looks?state=ok", lambda told: len(told["looks"]) == 1)
            await eyes.turn()
            now = stage.daemon.world.clock.now()
            eyes.beliefs.take(look, down(Phase.CONNECT, "no answer"), began=now)
            assert eyes.standing(look).state is State.DOWN
            eyes._rounded = time.monotonic() - 60
            await eyes._round()
            assert eyes.standing(look).state is not State.DOWN
            rows = await stage.daemon.world.store.read(probes.states, [look.key])
            assert rows
            _, told = await stage.ask("GET", "/api/v1/incidents")
            assert told["incidents"] == []
