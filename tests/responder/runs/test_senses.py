"""Does the gate see the machine, the site and the device as they are, and ask nobody too often?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from alerts.observed import Standing, State
from alerts.trouble import Seen
from playbooks.frozen import book
from playbooks.gate import Facts
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.playbook import Playbook
from playbooks.power.model import Busy, Capabilities, Identity, LoginRefused, PowerState, Verb
from probes.model import UP, Finding, Phase, Verdict, down
from responder.clock import HandClock
from responder.eyes.watching import Eyes
from responder.killswitch import KillSwitch
from responder.run_values import Run, RunState
from responder.runs.facts import Gatherer
from responder.runs.senses import Senses, opinion
from responder.store import Tx, runs
from tests.require import free_port
from tests.responder.eyes.made import look
from tests.responder.web.conftest import START
from tests.stories.stage import FILE, Stage, begin, firing, write_config

SILENT = down(Phase.CONNECT, "no answer")
ERROR = Finding(Verdict.DOWN, Phase.CONTENT, "status 500")


@dataclass
class Device:
    """A way to switch a machine that counts how often it was asked who it is."""

    trouble: OutsideError | None = None
    can_tell: bool = True
    driver: str = "dumb"
    vouched: str = ""
    asked: int = 0
    told: list[Verb] = field(default_factory=list)

    def device(self) -> str:
        return "dumb 1"

    def account(self) -> str:
        return "dumb account"

    def expected(self) -> Identity:
        return Identity(serial="SN1")

    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset(Verb), reads_identity=self.can_tell)

    async def identity(self, hands: Hands) -> Identity:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return Identity(serial="SN1")

    async def state(self, hands: Hands) -> PowerState:
        return PowerState.ON

    async def act(self, verb: Verb, hands: Hands) -> None:
        self.told.append(verb)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


SERVERS = """servers:
  web1: {{address: 127.0.0.2, datacentre: fra1, rack: r1, tags: [gold]}}
  web2: {{address: 127.0.0.3, datacentre: fra1, rack: r1}}
  hv1: {{address: 127.0.0.4, datacentre: ams1}}
  vm1: {{address: 127.0.0.5, hypervisor: hv1}}
  vm2: {{address: 127.0.0.6, hypervisor: hv1}}
"""
MORE = """
datacentres:
  fra1: {{reference: "127.0.0.1:{site}"}}
  ams1: {{}}
references:
  one: {{address: 127.0.0.31, network: a}}
  two: {{address: 127.0.0.32, network: b}}
  three: {{address: 127.0.0.33, network: c}}
probes:
  looks: [{{kind: [ping, http], servers: all}}]
  vantages: {vantages}
"""


@dataclass
class Floor:
    """A company whose eyes believe what a test tells them."""

    stage: Stage
    clock: HandClock
    hands: Hands
    site: int

    @property
    def eyes(self) -> Eyes:
        return self.stage.daemon.world.eyes

    @property
    def senses(self) -> Senses:
        world = self.stage.daemon.world
        return Senses(world.store, world.live, world.eyes, self.hands, clock=self.clock)

    @property
    def gatherer(self) -> Gatherer:
        world = self.stage.daemon.world
        kill = KillSwitch(self.stage.folder, world.store, clock=self.clock)
        return Gatherer(world.store, world.live, world.eyes, kill, self.hands, clock=self.clock)

    def sees(self, server: str, finding: Finding, *kinds: str, times: int = 3) -> None:
        """Our looks at this server find this, one after the other."""
        for kind in kinds or ("ping", "http"):
            one = self.eyes.beliefs.looks[f"{server}/{kind}"]
            for _ in range(times):
                self.eyes.beliefs.take(one, finding, began=self.clock.move(seconds=30))

    def references_answer(self, *names: str) -> None:
        for name in names:
            one = next(look for look in self.eyes._all.values() if look.key.endswith(f"/{name}"))
            self.eyes.blindness.take(one, UP, began=self.clock.now())

    async def run(self, **changed: Any) -> Run:
        """A run of a playbook for the trouble at web1."""
        world = self.stage.daemon.world
        assert await self.stage.send(firing()) == 200
        told = book(
            Playbook.model_validate(
                {
                    "playbook": "reboot",
                    "safety": {"approvals": 2},
                    "steps": [{"id": "cycle", "uses": "power.cycle"}],
                }
            )
        )
        return await world.store.write(_begun, told.text, told.digest, self.clock.now(), changed)

    async def facts(self, run: Run, power: Device | None, **asked: str) -> Facts:
        told = {"action": "power.cycle", "digest": "d", **asked}
        facts = await self.gatherer.facts(run, power=power, **told)
        return await self.stage.daemon.world.store.read(self.gatherer.stored, facts, run)


def _begun(tx: Tx, text: str, digest: str, now: Any, changed: dict[str, Any]) -> Run:
    one = Run(
        id=1, key="one", playbook="reboot", version=1, hash=digest, incident=1,
        incident_ref="INC-1", target="web1", state=RunState.RUNNING, mode="ask", step="cycle",
        began_at=now, changed_at=now,
    )  # fmt: skip
    runs.keep_copy(tx, digest, text, now=now)
    return runs.add(tx, replace(one, **changed), [])


async def floor_of(folder: Path, clock: HandClock, hands: Hands, vantages: str) -> Floor:
    site = free_port()
    more = MORE.format(site=site, vantages=vantages)
    file = FILE.replace("servers:\n  web1: {{address: 127.0.0.2}}\n", SERVERS)
    path = write_config(folder, smtp=free_port(), file=file, more=more)
    return Floor(await begin(path, clock=clock), clock, hands, site)


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with aiohttp.ClientSession() as session:
        yield Hands(session)


@pytest.fixture
async def floor(tmp_path: Path, clock: HandClock, hands: Hands) -> AsyncIterator[Floor]:
    one = await floor_of(tmp_path, clock, hands, "{}")
    yield one
    await one.stage.daemon.end()


# What a look says


@pytest.mark.parametrize(
    ("standing", "down"),
    [
        (Standing(State.PENDING), None),
        (Standing(State.UNKNOWN), None),
        (Standing(State.OK), False),
        (Standing(State.SUSPECT, failing_since=START, phase=Phase.CONNECT), True),
        (Standing(State.DOWN, failing_since=START, phase=Phase.CONNECT), True),
        (Standing(State.DOWN, failing_since=START, phase=Phase.CONTENT), False),
        (Standing(State.RECOVERING, failing_since=START, phase=Phase.CONNECT), False),
    ],
)
def test_a_look_says_down_up_or_nothing(standing: Standing, down: bool | None) -> None:
    told = opinion(Seen(look(kind="http"), standing))
    assert (None if told is None else told.down) is down
    if told is not None and told.down:
        assert told.since == START


async def test_each_kind_of_look_at_the_machine_has_its_say(floor: Floor) -> None:
    floor.sees("web1", SILENT)
    floor.sees("web2", UP)
    told = {one.kind: one.down for one in await floor.senses.opinions("web1")}
    assert told == {"ping": True, "http": True}
    assert [one.down for one in await floor.senses.opinions("web2")] == [False, False]
    assert await floor.senses.opinions("nobody") == []


async def test_a_machine_that_reboots_itself_meanwhile_is_not_down_any_more(floor: Floor) -> None:
    floor.sees("web1", SILENT)
    floor.sees("web1", UP, "ping", times=1)
    told = {one.kind: one.down for one in await floor.senses.opinions("web1")}
    assert told == {"ping": False, "http": True}


async def test_an_error_that_it_answers_is_a_sign_of_life(floor: Floor) -> None:
    floor.sees("web1", ERROR, "http")
    floor.sees("web1", SILENT, "ping")
    told = {one.kind: one.down for one in await floor.senses.opinions("web1")}
    assert told == {"ping": True, "http": False}


async def test_what_another_member_looks_at_is_known_from_the_store(floor: Floor) -> None:
    floor.sees("web1", SILENT)
    await floor.eyes.turn()
    floor.eyes.beliefs.plan([], {})
    told = {one.kind: one.down for one in await floor.senses.opinions("web1")}
    assert told == {"ping": True, "http": True}


async def test_guests_that_answer_are_named(floor: Floor) -> None:
    floor.sees("vm1", SILENT)
    floor.sees("vm2", SILENT, "http")
    floor.sees("vm2", UP, "ping")
    assert await floor.senses.guests_up("hv1") == ("vm2",)
    assert await floor.senses.guests_up("web1") == ()


# Other places, and the site


async def test_the_sites_own_host_is_asked_where_there_is_one(floor: Floor) -> None:
    assert await floor.senses.site("fra1") is False
    assert await floor.senses.site("ams1") is None
    assert await floor.senses.site("") is None
    server = await asyncio.start_server(lambda _, out: out.close(), "127.0.0.1", floor.site)
    async with server:
        assert await floor.senses.site("fra1") is True


async def test_other_vantage_points_are_asked_about_a_failing_ping(
    tmp_path: Path, clock: HandClock, hands: Hands
) -> None:
    asked: list[str] = []

    async def probe(request: web.Request) -> web.Response:
        asked.append(request.query["module"])
        return web.Response(text=f"probe_success {len(asked) - 1}\n")

    app = web.Application()
    app.router.add_get("/probe", probe)
    async with TestServer(app) as there:
        url = str(there.make_url("")).rstrip("/")
        dead = f"http://127.0.0.1:{free_port()}"
        vantages = f"{{ams: {{url: '{url}'}}, nyc: {{url: '{dead}'}}}}"
        floor = await floor_of(tmp_path, clock, hands, vantages)
        floor.sees("web2", UP)
        assert await floor.senses.others("web2") == []
        floor.sees("web1", SILENT)
        (told,) = await floor.senses.others("web1")
        assert (told.vantage, told.kind, told.down) == ("ams", "ping", True)
        (told,) = await floor.senses.others("web1")
        assert told.down is False
        assert asked == ["ping", "ping"]
        await floor.stage.daemon.end()


# The device


async def test_a_device_is_asked_who_it_is_at_every_judgment(floor: Floor) -> None:
    """What one BMC said of one of its systems is no proof of another."""
    senses, device = floor.senses, Device()
    for _ in range(3):
        assert await senses.identity(device) == (Identity(serial="SN1"), "")
    assert device.asked == 3


async def test_a_device_that_did_not_answer_is_asked_again(floor: Floor) -> None:
    senses, device = floor.senses, Device(OutsideError("the BMC is silent", transient=True))
    for _ in range(2):
        assert await senses.identity(device) == (None, "the BMC is silent")
    assert device.asked == 2


@pytest.mark.parametrize(
    "trouble", [LoginRefused("the password is wrong", pause=600), Busy("slow down", pause=600)]
)
async def test_a_refused_login_is_tried_once_and_the_account_rests(
    floor: Floor, trouble: OutsideError
) -> None:
    run, device = await floor.run(), Device(trouble)
    for _ in range(3):
        facts = await floor.facts(run, device)
        assert facts.told is None
        assert str(trouble) in facts.paused
        assert str(trouble) in facts.identity_trouble
    assert device.asked == 1
    floor.clock.move(minutes=10)
    device.trouble = None
    facts = await floor.facts(run, device)
    assert (facts.told, facts.paused) == (Identity(serial="SN1"), "")


async def test_a_device_that_cant_tell_is_not_asked(floor: Floor) -> None:
    run, device = await floor.run(), Device(can_tell=False, vouched="ana pulled the plug")
    facts = await floor.facts(run, device)
    assert (facts.reads_identity, facts.vouched, device.asked) == (
        False, "ana pulled the plug", 0,
    )  # fmt: skip


# All of it


async def test_all_that_the_gate_asks_is_gathered(floor: Floor) -> None:
    run = await floor.run(requested_by="ana", confirmed=True, overrules=("storm",), reason="why")
    floor.sees("web1", SILENT)
    floor.references_answer("one", "two")
    facts = await floor.facts(run, Device())
    assert (facts.target, facts.run, facts.step) == ("web1", 1, "cycle")
    assert (facts.datacentre, facts.rack, facts.hypervisor) == ("fra1", "r1", "")
    assert (facts.site_size, facts.fleet_size) == (2, 5)
    assert (facts.site_unhealthy, facts.newly_down) == (1, 1)
    assert (facts.blind, facts.references, facts.reference) == (False, 2, False)
    assert facts.safety.approvals == 2
    assert (facts.mode, facts.requested_by, facts.confirmed) == ("ask", "ana", True)
    assert (facts.overrules, facts.overrule_reason) == (frozenset({"storm"}), "why")
    assert facts.tags == {"gold"}
    assert [one.down for one in facts.opinions] == [True, True]
    assert (facts.expected, facts.told) == (Identity(serial="SN1"), Identity(serial="SN1"))
    assert (facts.kill_switch, facts.paused, facts.touches_power) == ("", "", True)


async def test_the_kill_switch_is_among_it(floor: Floor) -> None:
    run = await floor.run()
    (floor.stage.folder / "kill-switch").write_text("smoke")
    assert (await floor.facts(run, Device())).kill_switch == "smoke"


async def test_a_machine_that_is_not_in_the_inventory_any_more_is_protected(floor: Floor) -> None:
    run = await floor.run(target="gone")
    facts = await floor.facts(run, None)
    assert facts.tags == {"never_reboot", "database_master"}
    assert facts.told is None
    assert "no way to be switched" in facts.identity_trouble


async def test_people_are_asked_without_a_device(floor: Floor) -> None:
    facts = await floor.facts(await floor.run(), None, action="datacentre.contact")
    assert facts.touches_power is False
