"""The company whose machines are power cycled: its configuration, and instances to be killed."""

import asyncio
import os
import signal
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from responder.emulators.redfish import PASSWORD, USER
from tests.real.process import Process
from tests.require import free_port
from tests.soak.hands_hall import Machine
from tests.stories.hands import REFERENCES
from tests.stories.seeing import looks

TOKEN = "soak-person-token"
BYSTANDERS = 3  # machines that stay well, so that the trouble is never the whole site's
LET = """
safety:
  mode: auto
  second_opinion: {kinds: 1}
  unhealthy_share: {percent: 100}
  concurrency: {rack: 1000, hypervisor: 1000, datacentre: 1000}
  cooldown: {between: 0s, by_itself: 1000, in_all: 1000, after_boot: 0s}
  fleet_rate: {actions: 100000, brake: {servers: 1000, percent: 100}}
"""
REBOOT = f"""\
playbook: reboot
about: Off and on again, and nothing else.
when: {{category: critical, kind: server}}
{LET}
steps:
  - {{id: cycle, uses: power.cycle, with: {{off_for: 0s, settles: 5s, answers_within: 20s}}}}
  - {{id: said, uses: ticket.note, with: {{text: "{{{{ steps.cycle.text }}}}"}}}}
"""
CONTACT = f"""\
playbook: write-to-them
about: A pair of hands at the data centre.
when: {{category: critical, kind: server}}
{LET}
steps:
  - {{id: hands, uses: datacentre.contact, with: {{task: power_cycle}}}}
  - {{id: said, uses: ticket.note, with: {{text: "{{{{ steps.hands.text }}}}"}}}}
"""
FILE = """\
daemon: {{listen: "127.0.0.1:{port}", store: "{store}", member: {name}, key_file: {key}}}
access: {{tokens: {{mira: {{role: responder, token_file: secrets/person}}}}}}
people:
  ana: {{methods: [{{kind: email, to: ana@example.net}}]}}
teams:
  rapid-response: {{members: [ana]}}
escalations:
  critical: {{steps: [{{notify: [rapid-response], wait: 12h}}]}}
alerts: {{storm: "off", flapping: "off", watch: 1s}}
paging:
  email: {{host: 127.0.0.1, port: {smtp}, from: responder@example.net}}
"""
SITE = """\
datacentres:
  fra:
    contact:
      account: ACC-4711
      authorised: {name: Ana Sommer, pin_file: secrets/pin}
      call_back: ["+49 30 1234567"]
      price: {ceiling: EUR 100}
      channels:
        - {kind: mail, to: hands@dc.example}
        - {kind: call, number: "+49 69 7654321"}
"""
STANDS = (
    "datacentre: fra, rack: r1, hardware: {{room: '2', unit: '12', label: {name}, vendor: Dell,"
    " model: R640, serial: SN-{name}, outlets: {{a: PDU-A 7, b: PDU-B 7}}, switch_port: sw1/7}}, "
)


@dataclass
class Instance:
    """One instance as a real process. `kills` and `freezes` count what befell it."""

    name: str
    file: Path
    url: str
    process: Process
    kills: int = 0
    away: bool = False  # killed or frozen, and not yet back
    freezes: int = 0
    exits: list[str] = field(default_factory=list)  # by itself: its last words

    def kill(self) -> None:
        """At once, from any thread; whoever keeps it alive begins it anew."""
        self.away = True
        self.kills += 1
        os.kill(self.process.pid, signal.SIGKILL)

    def freeze(self) -> None:
        """The same, and it knows nothing of it."""
        self.away = True
        self.freezes += 1
        self.process.pause()

    def thaw(self) -> None:
        self.process.resume()
        self.away = False

    async def answers(self) -> bool:
        """Are its doors open?"""
        try:
            _, writer = await asyncio.open_connection(*self.url.removeprefix("http://").split(":"))
        except OSError:
            return False
        writer.close()
        return True

    async def abort(self, run: int) -> bool:
        """A person ends a run that waits for one."""
        head = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self.url}/api/v1/runs/{run}/abort"
        try:
            async with aiohttp.ClientSession() as session:
                answer = await session.post(url, json={"note": "mended by hand"}, headers=head)
                return answer.status in {200, 409}
        except (aiohttp.ClientError, OSError):
            return False


def settle(
    folder: Path,
    names: Sequence[str],
    machines: Collection[Machine],
    *,
    store: str,
    smtp: int,
    book: str,
) -> list[Instance]:
    """Instances that share a store and look after these machines."""
    return [_settle(folder / name, machines, store=store, smtp=smtp, book=book) for name in names]


def _settle(
    folder: Path, machines: Collection[Machine], *, store: str, smtp: int, book: str
) -> Instance:
    for part in ("secrets", "books"):
        (folder / part).mkdir(parents=True)
    for name, told in {"bmc": PASSWORD, "person": TOKEN, "pin": "4711-zebra"}.items():
        secret = folder / "secrets" / name
        secret.write_text(told + "\n")
        secret.chmod(0o600)
    (folder / "books" / "book.yaml").write_text(book)
    port = free_port()
    file = folder / "responder.yaml"
    text = FILE.format(
        port=port, store=store, name=folder.name, key=folder.parent / "links.key", smtp=smtp
    )
    file.write_text(text + _about(machines))
    argv = (sys.executable, "-m", "responder", "run", "-c", str(file))
    process = Process(*argv, log=folder / "log")
    return Instance(folder.name, file, f"http://127.0.0.1:{port}", process)


def _about(machines: Collection[Machine]) -> str:
    servers = "".join(
        f"  {one.name}: {{address: {one.server.address}, {STANDS.format(name=one.name)}"
        f"power: {{driver: redfish, url: '{one.bmc.url}', system: {one.bmc.systems[0].uri},"
        f" serial: {one.serial}, user: {USER}, password_file: secrets/bmc,"
        f" fingerprint: {one.bmc.fingerprint}}}}}\n"
        for one in machines
    )
    doors = looks((one.server for one in machines), how="interval: 500ms, retry: 200ms")
    return f"servers:\n{servers}{SITE}{doors}{REFERENCES}playbooks: {{files: [books/*.yaml]}}\n"
