"""A company with a playbook and a BMC, a daemon on a stage, and runs where a test needs them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from responder.emulators.redfish import PASSWORD, USER, RedfishEmulator
from responder.emulators.redfish_systems import RedfishSystem
from responder.run_values import Run, RunState
from responder.store import runs as rows
from tests.require import free_port
from tests.responder.runs.asking import DIGEST, SOON
from tests.stories.stage import FILE, Stage, write_config

PLAYBOOK = """
playbook: off-and-on
version: 2
about: Switch it off, and on again
safety: {mode: %(mode)s, approvals: %(approvals)s}
steps:
  - {id: "off", uses: power.off, on_fail: tell}
  - {id: "on", uses: power.on, on_fail: tell}
  - {id: tell, uses: ticket.note, with: {text: "{{ target.name }} was switched off and on"}}
"""
ASKING = """
playbook: ask-first
version: 1
about: Ask a person, then tell
safety: {}
steps:
  - id: ask
    uses: approve
    with: {text: "May the customers of {{ target.name }} be told?"}
    on_fail: tell
  - {id: told, uses: ticket.note, with: {text: "somebody agreed"}}
  - {id: tell, uses: ticket.note, with: {text: "it is over"}}
"""
POWER = (
    "{{driver: redfish, url: %(url)s, fingerprint: %(fingerprint)s,"
    " system: /redfish/v1/Systems/web1, serial: SN1, user: %(user)s,"
    " password_file: secrets/bmc}}"
)
EVERYTHING = (
    "maintenance", "blind", "second_opinion", "unhealthy_share", "storm", "concurrency",
    "cooldown", "fleet_rate",
)  # fmt: skip


def machines() -> RedfishEmulator:
    """A BMC with web1 and a neighbour, both on."""
    return RedfishEmulator([RedfishSystem("web1", "SN1"), RedfishSystem("web2", "SN2")])


def settle(folder: Path, bmc: RedfishEmulator, *, mode: str = "ask", approvals: int = 1) -> Path:
    """The company's configuration; web1 hangs on this BMC, web2 on nothing."""
    power = POWER % {"url": bmc.url, "fingerprint": bmc.fingerprint, "user": USER}
    server = f"web1: {{{{address: 127.0.0.2, power: {power}}}}}\n  web2: {{{{address: 127.0.0.3}}}}"
    file = FILE.replace("web1: {{address: 127.0.0.2}}", server)
    (folder / "books").mkdir()
    book = folder / "books" / "off-and-on.yaml"
    book.write_text(PLAYBOOK % {"mode": mode, "approvals": approvals})
    (folder / "books" / "ask-first.yaml").write_text(ASKING)
    (folder / "secrets").mkdir()
    secret = folder / "secrets" / "bmc"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    more = "playbooks: {files: books/*.yaml}"
    return write_config(folder, smtp=free_port(), file=file, more=more)


async def begun(stage: Stage, **wanted: Any) -> Any:
    """A person begins the playbook on web1 over the API; the run as it was answered."""
    order = {"playbook": "off-and-on", "server": "web1", "confirm": "web1", **wanted}
    status, told = await stage.ask("POST", "/api/v1/runs", body=order)
    assert status == 200, told
    return told


async def worked(stage: Stage) -> None:
    """The daemon takes up what is due, and goes as far as it can."""
    runner = stage.daemon.world.works.runner
    await runner.turn()
    await runner.settle()


async def put(stage: Stage, state: RunState, id_: int = 1, **changes: Any) -> Run:
    """Where a member would have left the run."""
    store, now = stage.daemon.world.store, stage.daemon.world.clock.now()
    (run,) = await store.read(rows.by_ids, [id_])
    changed = replace(run, state=state, step_at=now, **changes)
    return await store.write(rows.change, changed, [], now=now)


async def asking(stage: Stage, id_: int = 1) -> Run:
    """The run waits for a person's yes to its first step."""
    now = stage.daemon.world.clock.now()
    asked = {
        "digest": DIGEST,
        "since": now.isoformat(),
        "until": (now + SOON).isoformat(),
        "action": "power.off",
        "would": "switch web1 off, and see that it is off",
    }
    checks = [
        {"name": "kill_switch", "ruling": "pass", "reason": "it is off"},
        {"name": "approval", "ruling": "wait", "reason": "0 of 1 approved"},
    ]
    return await put(
        stage, RunState.WAITING, id_, asked=asked, checks=checks,
        wake_at=now + timedelta(seconds=5), waits_for="approval: 0 of 1 approved",
    )  # fmt: skip
