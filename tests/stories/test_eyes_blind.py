"""The references are cut off: nothing is believed, nothing ends, and one page says why."""

import asyncio
from pathlib import Path

from responder.emulators.hosting import WebServer
from tests.real.smtp import Mailbox
from tests.stories.seeing import (
    all_off,
    all_on,
    incidents,
    jump,
    keys,
    looking,
    looks,
    machines,
    powered,
    until,
    well,
)
from tests.stories.stage import Stage

ALL = "/api/v1/incidents?limit=1000"
LOOKS = "/api/v1/looks"


def references(servers: list[WebServer]) -> str:
    told = "".join(
        f'  {one.name}: {{address: "{one.address}:{one.port}", network: n{number}}}\n'
        for number, one in enumerate(servers)
    )
    return f"references:\n{told}"


async def ask_references(stage: Stage, *, blind: bool) -> None:
    """Look at them now and again, until it is clear whether we see."""
    eyes = stage.daemon.world.eyes
    async with asyncio.timeout(45):
        while eyes.blind is not blind:
            eyes.rounds.hasten(eyes.blindness.keys())
            await asyncio.sleep(0.1)


def state_of(told: list[dict[str, str]], key: str) -> str:
    return {one["key"]: one["state"] for one in told}[key]


async def test_blind_nothing_begins_nothing_ends_and_one_page_says_so(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with powered("web1", "web2") as servers, powered("gw", "dns", "web", first=20) as refs:
        web1, web2 = servers
        more = looks(servers) + references(refs)
        async with looking(tmp_path, mailbox, more, file=machines(servers)) as stage:
            await well(stage, 2)
            await ask_references(stage, blind=False)
            await web2.power_off()
            await until(stage, ALL, lambda told: keys(told) == ["server:web2"])
            await web2.power_on()
            await until(stage, ALL, lambda told: told["incidents"][0]["state"] == "mitigated")
            mails = len(await mailbox.wait_for(1))

            await all_off([*refs, *servers])
            await ask_references(stage, blind=True)
            await asyncio.sleep(1.5)  # looks fail meanwhile
            assert state_of(await incidents(stage), "server:web2") == "mitigated"
            jump(stage, minutes=10)  # twice the watch that would resolve it
            await until(stage, ALL, lambda told: len(told["incidents"]) == 2)
            await stage.daemon._tick()
            told = await incidents(stage)
            assert state_of(told, "server:web2") == "mitigated"
            (ours,) = [one for one in told if one["key"] != "server:web2"]
            assert ours["alerts"][0]["labels"]["alertname"] == "ResponderBlind"
            await asyncio.sleep(1.5)
            pages = [str(one["Subject"]) for one in mailbox.messages[mails:]]
            assert len([one for one in pages if "blind" in one]) == 1, pages
            assert not [one for one in pages if "web1" in one]

            await all_on([*refs, *servers])
            await ask_references(stage, blind=False)
            await until(stage, LOOKS, lambda told: not told["blind"])
            await until(stage, ALL, lambda told: _ended(told["incidents"], ours["id"]))
            await until(
                stage, ALL,
                lambda told: state_of(told["incidents"], "server:web2") == "resolved",
            )  # fmt: skip
            assert {one["key"] for one in await incidents(stage)} == {"server:web2", ours["key"]}
            await web1.power_off()  # and trouble is found again
            await until(stage, ALL, lambda told: "server:web1" in keys(told))


def _ended(told: list[dict[str, str]], number: str) -> bool:
    return {one["id"]: one["state"] for one in told}[number] in {"mitigated", "resolved"}
