"""A company whose people have telephones: a stage beside a telephone company, and its requests."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from responder.clock import HandClock
from responder.emulators.telephone import ACCOUNT, Taken, TelephoneEmulator
from tests.require import free_port
from tests.stories.stage import FILE, Stage, begin, firing, write_config

ANA, BOB = "+359888000001", "+359888000002"
TOKEN = "the-token-of-our-account"

PEOPLE = """
people:
  ana:
    methods:
      - {{kind: voice, to: "+359888000001"}}
      - {{kind: sms, to: "+359888000001"}}
  bob: {{methods: [{{kind: sms, to: "+359888000002"}}]}}
escalations:
  default:
    priorities: [critical]
    steps:
      - {{notify: [ana], wait: 5m}}
      - {{notify: [bob]}}
"""
TWILIO = """
  twilio:
    account_sid: {account}
    token_file: secrets/twilio
    from: "+15005550006"
    url: "{url}"
"""


@dataclass
class Line:
    """The stage, the telephone company, and what happens between them."""

    stage: Stage
    company: TelephoneEmulator
    clock: HandClock

    async def rings(self, **alert: Any) -> Taken:
        """Something breaks, and ana's telephone rings: her call."""
        count = len(self.company.taken)
        await self.stage.send(firing(**alert))
        await self.works()
        return self.company.taken[count]

    async def works(self, **span: float) -> None:
        """Time passes, then everything that is due is done."""
        self.clock.move(**span)
        world = self.stage.daemon.world
        for name in ("page", "following", "outbox", "following", "outbox"):
            await world.duties[name].turn()
            await world.runner.settle()

    async def incident(self, number: int = 1) -> Any:
        return (await self.stage.ask("GET", f"/api/v1/incidents/{number}"))[1]

    async def texts(self, number: int = 1) -> list[str]:
        """The incident's log, for people."""
        _, told = await self.stage.ask("GET", f"/api/v1/incidents/{number}/events")
        return [event["text"] for event in told["events"]]

    async def refused(self, reason: str) -> float:
        """How many callbacks were refused for this reason."""
        _, told = await self.stage.ask("GET", "/metrics")
        found = re.search(rf'responder_callbacks_refused_total{{reason="{reason}"}} (\S+)', told)
        assert found, reason
        return float(found[1])

    async def writes(self, number: str, body: str, *, sid: str = "") -> str:
        """An SMS to us: what stands in our answer, "" for none."""
        door = f"{self.stage.url}/callbacks/twilio/sms"
        status, told = await self.company.text(door, sender=number, body=body, sid=sid)
        assert status == 200
        answer = re.search("<Message>(.*)</Message>", told)
        return answer[1] if answer else ""


@asynccontextmanager
async def line(
    folder: Path, clock: HandClock, *, people: str = PEOPLE, url: str = "http://127.0.0.1:{port}"
) -> AsyncIterator[Line]:
    """A company with telephones; `url` is where the world reaches it."""
    company = TelephoneEmulator(token=TOKEN)
    await company.start()
    (folder / "secrets").mkdir()
    secret = folder / "secrets" / "twilio"
    secret.write_text(TOKEN + "\n")
    secret.chmod(0o600)
    file = FILE.replace("daemon: {{", f'daemon: {{{{url: "{url}", ')
    file = re.sub(r"people:\n.*\n(?=teams)", people.lstrip(), file)
    file = file.replace("{more}", TWILIO.format(account=ACCOUNT, url=company.url))
    try:
        stage = await begin(write_config(folder, smtp=free_port(), file=file), clock=clock)
        yield Line(stage, company, clock)
        await stage.daemon.end()
    finally:
        await company.stop()
