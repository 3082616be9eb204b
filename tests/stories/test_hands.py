"""A machine hangs, and the daemon's own hand brings it back, or does not dare to."""

import asyncio
import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from responder.emulators.chassis import Fault
from tests.patient import eventually
from tests.real.smtp import Mailbox
from tests.stories.hands import REFERENCES, ended, hall, handling
from tests.stories.seeing import all_off, jump, until
from tests.stories.stage import Stage


def asking(mailbox: Mailbox) -> list[EmailMessage]:
    return [one for one in mailbox.messages if one["X-Responder-Event"] == "approval"]


async def question(mailbox: Mailbox) -> EmailMessage:
    """The mail that asks, as soon as it is there."""
    return await mailbox.wait_for_event("approval")


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"Decide: (\S+/r/\S+)", mail.get_content())
    assert found, mail.get_content()
    return urlsplit(found[1]).path


async def answer(stage: Stage, path: str, **form: Any) -> tuple[int, str]:
    """Send the form behind the link."""
    async with aiohttp.ClientSession() as session:
        reply = await session.post(stage.url + path, data=form, allow_redirects=False)
        return reply.status, await reply.text()


async def events(stage: Stage, run: Any) -> list[dict[str, Any]]:
    _, told = await stage.ask("GET", f"/api/v1/runs/{run['id']}/events")
    found: list[dict[str, Any]] = told["events"]
    return found


def denials(told: list[dict[str, Any]]) -> list[str]:
    return [one["data"]["denied_by"] for one in told if one["kind"] == "gate"]


async def test_a_hanging_machine_is_switched_off_and_on(tmp_path: Path, mailbox: Mailbox) -> None:
    """R24, R66."""
    async with hall("web1", "web2", "web3") as rooms, handling(tmp_path, mailbox, rooms) as stage:
        await rooms["web1"].hang()
        run = await ended(stage)
        assert run["state"] == "done", run
        assert rooms.changes() == [("web1", False), ("web1", True)]
        kinds = [one["kind"] for one in await events(stage, run)]
        assert kinds.index("gate") < kinds.index("intent") < kinds.index("result")
        _, incident = await stage.ask("GET", f"/api/v1/incidents/{run['incident']}")
        ticket = incident["tickets"][0]["id"]
        told = await until(
            stage, f"/api/v1/tickets/{ticket}/events",
            lambda told: [one for one in told["events"] if "off and on again" in one["text"]],
        )  # fmt: skip
        assert all(one["kind"] != "reply" for one in told["events"])
        assert [one["playbook"] for one in incident["runs"]] == ["reboot"]


async def test_without_references_the_daemon_dares_nothing_by_itself(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with (
        hall("web1", "web2", "web3") as rooms,
        handling(tmp_path, mailbox, rooms, more="") as stage,
    ):
        await rooms["web1"].hang()
        run = await ended(stage)
        assert "0 of our references answer" in run["steps"][0]["text"]
        assert rooms.changes() == []


class TestAsked:
    """In mode `ask` a person decides, behind a link that is his alone."""

    async def test_a_yes_with_the_right_name_does_it(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with (
            hall("web1", "web2", "web3") as rooms,
            handling(tmp_path, mailbox, rooms, mode="ask") as stage,
        ):
            await rooms["web1"].hang()
            mail = await question(mailbox)
            assert "APPROVE?" in mail["Subject"]
            assert "SN-web1" not in mail.get_content()
            path = link_in(mail)
            _, page = await stage.ask("GET", path, token="")
            assert "SN-web1" in page
            assert rooms.changes() == []
            status, told = await answer(stage, path, answer="yes", name="web2")
            assert (status, "type the name" in told) == (400, True)
            assert rooms.changes() == []
            status, _ = await answer(stage, path, answer="yes", name="web1")
            assert status == 303
            run = await ended(stage)
            assert run["state"] == "done"
            assert rooms.changes() == [("web1", False), ("web1", True)]
            _, incident = await stage.ask("GET", f"/api/v1/incidents/{run['incident']}")
            assert incident["acknowledged_by"] == "ana"
            approved = [one for one in await events(stage, run) if one["kind"] == "approved"]
            assert [one["actor"]["name"] for one in approved] == ["ana"]
            _, page = await stage.ask("GET", path, token="")
            assert "asked no more" in page
            assert (await answer(stage, path, answer="yes", name="web1"))[0] == 400

    async def test_a_no_ends_it(self, tmp_path: Path, mailbox: Mailbox) -> None:
        async with (
            hall("web1", "web2", "web3") as rooms,
            handling(tmp_path, mailbox, rooms, mode="ask") as stage,
        ):
            await rooms["web1"].hang()
            path = link_in(await question(mailbox))
            assert (await answer(stage, path, answer="no", reason="disk swap"))[0] == 303
            run = await ended(stage)
            assert run["state"] == "failed"
            assert "rejected by ana: disk swap" in run["steps"][0]["text"]
            assert rooms.changes() == []

    async def test_silence_is_no_yes(self, tmp_path: Path, mailbox: Mailbox) -> None:
        async with (
            hall("web1", "web2", "web3") as rooms,
            handling(tmp_path, mailbox, rooms, mode="ask") as stage,
        ):
            await rooms["web1"].hang()
            path = link_in(await question(mailbox))
            jump(stage, minutes=11)
            run = await ended(stage)
            assert run["state"] == "failed"
            assert "nobody approved" in run["steps"][0]["text"]
            assert (await stage.ask("GET", path, token=""))[0] == 410
            assert rooms.changes() == []

    @pytest.mark.parametrize("spoiled", ["x", "{}x", "{}.{}"])
    async def test_a_forged_link_decides_nothing(
        self, tmp_path: Path, mailbox: Mailbox, spoiled: str
    ) -> None:
        async with (
            hall("web1", "web2", "web3") as rooms,
            handling(tmp_path, mailbox, rooms, mode="ask") as stage,
        ):
            await rooms["web1"].hang()
            token = link_in(await question(mailbox)).rpartition("/")[2]
            path = f"/r/{spoiled.format(token, token)}"
            assert (await answer(stage, path, answer="yes", name="web1"))[0] == 403
            # A link to acknowledge is none to decide.
            opened = next(one for one in mailbox.messages if one["X-Responder-Event"] == "opened")
            found = re.search(r"Acknowledge: \S+/a/(\S+)", opened.get_content())
            assert found
            assert (await answer(stage, f"/r/{found[1]}", answer="yes", name="web1"))[0] == 403
            assert rooms.changes() == []


class TestTheWorldIsNotAsItSeems:
    """Where the daemon must not trust what it sees, no machine is touched."""

    async def test_a_storm_of_fifty_servers_moves_no_hand(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        names = [f"web{number}" for number in range(1, 51)]
        async with (
            hall(*names) as rooms,
            handling(
                tmp_path, mailbox, rooms, server="datacentre: fra, ",
                more=REFERENCES + "datacentres: {fra: {}}\n",
            ) as stage,
        ):  # fmt: skip
            await all_off(one.server for one in rooms.machines.values())
            site = await until(
                stage, "/api/v1/incidents?limit=1000",
                lambda told: [one for one in told["incidents"] if one["key"] == "dc:fra"],
                seconds=75,
            )  # fmt: skip
            await asyncio.sleep(3)
            _, told = await stage.ask("GET", "/api/v1/runs?limit=1000")
            assert site
            assert all(one["state"] != "done" for one in told["runs"])
            assert rooms.changes() == []
            opened = [one for one in mailbox.messages if one["X-Responder-Event"] == "opened"]
            sites = [one for one in opened if "dc:fra" in one["Subject"]]
            assert len(sites) == 1
            assert len(opened) - len(sites) <= 4
            assert asking(mailbox) == []

    async def test_our_own_uplink_gone_moves_no_hand(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with hall("web1", "web2", "web3") as rooms, hall("r1", "r2", "r3", first=30) as far:
            references = "references:\n" + "".join(
                f"  {one.name}: {{address: '{one.server.address}:{one.server.port}', "
                f"network: {one.name}}}\n"
                for one in far.machines.values()
            )
            async with handling(tmp_path, mailbox, rooms, more=references) as stage:
                everything = [*rooms.machines.values(), *far.machines.values()]
                await all_off(one.server for one in everything)
                await eventually(lambda: stage.daemon.world.eyes.blind)
                assert rooms.changes() == []
                await far["r1"].server.power_on()
                await far["r2"].server.power_on()
                await far["r3"].server.power_on()
                for one in rooms.machines.values():
                    await one.server.power_on()
                await asyncio.sleep(3)
                assert rooms.changes() == []

    async def test_one_that_comes_back_by_itself_is_left_alone(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with (
            hall("web1", "web2", "web3") as rooms,
            handling(tmp_path, mailbox, rooms, mode="ask") as stage,
        ):
            await rooms["web1"].hang()
            path = link_in(await question(mailbox))
            await rooms["web1"].server.power_on()
            await until(
                stage, "/api/v1/looks?server=web1",
                lambda told: all(one["state"] in ("recovering", "ok") for one in told["looks"]),
            )  # fmt: skip
            await answer(stage, path, answer="yes", name="web1")
            run = await ended(stage)
            said = run["steps"][0]["text"]
            assert "second_opinion" in said or "well again" in said
            assert rooms.changes() == []

    async def test_the_wrong_serial_number_is_the_wrong_machine(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        """R66."""
        async with (
            hall("web1", "web2", "web3") as rooms,
            handling(tmp_path, mailbox, rooms) as stage,
        ):
            rooms["web1"].system.serial = "SN-another"
            await rooms["web1"].hang()
            run = await ended(stage)
            assert "identity" in run["steps"][0]["text"]
            assert rooms.changes() == []

    async def test_the_kill_switch_holds_every_hand(self, tmp_path: Path, mailbox: Mailbox) -> None:
        async with (
            hall("web1", "web2", "web3") as rooms,
            handling(tmp_path, mailbox, rooms) as stage,
        ):
            order = {"reason": "works in the cage"}
            assert (await stage.ask("POST", "/api/v1/kill-switch", body=order))[0] == 200
            await rooms["web1"].hang()
            run = await ended(stage)
            assert "kill_switch" in run["steps"][0]["text"]
            assert "works in the cage" in run["steps"][0]["text"]
            assert rooms.changes() == []


async def test_of_two_machines_in_one_rack_one_waits(tmp_path: Path, mailbox: Mailbox) -> None:
    safety = "unhealthy_share: {{percent: 100, at_least: 9}}\n  fleet_rate: {{actions: 9}}"
    names = ("web1", "web2", "web3", "web4", "web5", "web6")
    async with (
        hall(*names) as rooms,
        handling(
            tmp_path, mailbox, rooms, safety=safety.replace("{{", "{").replace("}}", "}"),
            server="datacentre: fra, rack: r1, ", more=REFERENCES + "datacentres: {fra: {}}\n",
        ) as stage,
    ):  # fmt: skip
        for name in ("web1", "web2"):
            rooms[name].chassis.settles = 1.0
            await rooms[name].hang()
        await until(
            stage, "/api/v1/runs", seconds=75,
            fits=lambda told: any("concurrency" in (one["waits_for"] or "") for one in told["runs"])
        )  # fmt: skip
        jump(stage, seconds=20)
        await until(
            stage, "/api/v1/runs", seconds=75,
            fits=lambda told: [one["state"] for one in told["runs"]] == ["done", "done"],
        )  # fmt: skip
        changes = rooms.changes()
        first = changes[0][0]
        assert changes[:2] == [(first, False), (first, True)]
        assert {name for name, _ in changes[2:]} == {"web1", "web2"} - {first}


async def test_a_machine_that_stays_off_wakes_people_at_once(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with hall("web1", "web2", "web3") as rooms, handling(tmp_path, mailbox, rooms) as stage:
        rooms["web1"].chassis.fault = Fault.NO_POWERON
        await rooms["web1"].hang()
        run = await ended(stage, seconds=75)
        assert run["state"] == "failed"
        needed = await mailbox.wait_for_event("needed")
        assert "OFF" in needed.get_content()
        assert rooms.changes() == [("web1", False)]


async def test_a_question_ends_with_the_trouble(tmp_path: Path, mailbox: Mailbox) -> None:
    async with (
        hall("web1", "web2", "web3") as rooms,
        handling(tmp_path, mailbox, rooms, mode="ask") as stage,
    ):
        await rooms["web1"].hang()
        path = link_in(await question(mailbox))
        await rooms["web1"].server.power_on()
        run = await ended(stage)
        assert (run["state"], run["outcome"]) == ("done", "healed")
        assert (await answer(stage, path, answer="yes", name="web1"))[0] == 400
        assert not [one for one in mailbox.messages if one["X-Responder-Event"] == "needed"]
        assert rooms.changes() == []
