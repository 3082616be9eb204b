"""The company of a soak: one instance's configuration, and the process that is killed."""

import asyncio
import random
import signal
import sys
import time
from pathlib import Path

from tests.real.process import Process
from tests.require import free_port
from tests.soak.outside import Outside

TOKEN = "soak-sender-token"
ROUTING_KEY = "s" * 32
QUIET_SECONDS = 1.5  # longer than the latest accept after our time-out (facts/reliability.md, T5)

FILE = """
daemon: {{listen: "127.0.0.1:{port}", store: "{store}", member: {name}, key_file: {key}}}
senders:
  alertmanager: {{kind: alertmanager, token_file: secrets/alertmanager}}
people:
  ana: {{methods: [{{kind: email, to: ana@example.net}}]}}
  ben: {{methods: [{{kind: pagerduty, routing_key_file: secrets/pagerduty}}]}}
teams:
  rapid-response: {{members: [ana, ben]}}
escalations:
  critical: {{steps: [{{notify: [rapid-response], wait: 12h}}]}}
alerts: {{storm: "off", flapping: "off", watch: 2s}}
paging:
  email: {{host: 127.0.0.1, port: {smtp}, from: responder@example.net}}
  pagerduty: {{url: "{pager}"}}
tickets:
  system: rt
  url: "{tickets}"
  token_file: secrets/rt
  within_seconds: 0.5
  quiet_seconds: {quiet}
"""


class Member:
    """One instance as a real process; `kills`: from when to when each death took (monotonic)."""

    def __init__(self, folder: Path, name: str, *, store: str, outside: Outside) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.file = self._settle(folder / name, store, outside)
        argv = (sys.executable, "-m", "responder", "run", "-c", str(self.file))
        self.process = Process(*argv, log=self.file.with_name("log"))
        self.kills: list[tuple[float, float]] = []
        self.own_exits = 0

    def _settle(self, folder: Path, store: str, outside: Outside) -> Path:
        (folder / "secrets").mkdir(parents=True)
        secrets = {"alertmanager": TOKEN, "pagerduty": ROUTING_KEY, "rt": outside.tickets.token}
        for name, told in secrets.items():
            secret = folder / "secrets" / name
            secret.write_text(told)
            secret.chmod(0o600)
        text = FILE.format(
            name=self.name,
            port=self.port,
            store=store,
            key=folder.parent / "links.key",
            smtp=outside.mailbox.port,
            pager=outside.pager.events_url,
            tickets=outside.tickets.url,
            quiet=QUIET_SECONDS,
        )
        file = folder / "responder.yaml"
        file.write_text(text)
        return file

    async def answer(self) -> None:
        """Run until its port answers; one that ends by itself is started again, and counted."""
        self.process.start()
        while not await _listens(self.port):
            if self.process.died() is not None:
                self.own_exits += 1
                self.process.end()
                self.process.start()
            await asyncio.sleep(0.02)

    async def die(self, dice: random.Random) -> None:
        """Live for a moment, and be killed in it; one life in ten ends before its port answers."""
        if dice.random() < 0.1:
            self.process.start()
        else:
            await self.answer()
        await asyncio.sleep(dice.uniform(0.0, 1.2))
        begun = time.monotonic()
        await asyncio.to_thread(self.process.end, signal.SIGKILL)
        self.kills.append((begun, time.monotonic()))

    async def stop(self) -> None:
        """End as a service manager would end it."""
        await asyncio.to_thread(self.process.end, within=45.0)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
