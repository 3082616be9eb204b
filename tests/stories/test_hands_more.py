"""People hold the hand back while it works, and it obeys; practice and limits move nothing."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from responder.clock import Clock
from responder.store import StoreUnavailable
from tests.real.smtp import Mailbox
from tests.stories.hands import REBOOT, Hall, begun, ended, hall, handling
from tests.stories.seeing import jump, until, well
from tests.stories.stage import Stage, begin
from tests.stories.test_hands import answer, denials, events, link_in, question

SLOW = REBOOT.replace("off_for: 0s", "off_for: 3s")
OFF_ALONE = [("web1", False)]
CYCLED = [("web1", False), ("web1", True)]


@asynccontextmanager
async def house(
    folder: Path, mailbox: Mailbox, *, slow: bool = False, mode: str = "auto", **more: Any
) -> AsyncIterator[tuple[Hall, Stage]]:
    """Three machines with BMCs, and a playbook that reboots."""
    book = (SLOW if slow else REBOOT).format(mode=mode, safety="")
    async with (
        hall("web1", "web2", "web3") as rooms,
        handling(folder, mailbox, rooms, book=book, **more) as stage,
    ):
        yield rooms, stage


async def off(rooms: Hall) -> None:
    """Until web1 is off, and not on again yet."""
    async with asyncio.timeout(45):
        while rooms.changes() != OFF_ALONE:  # noqa: ASYNC110 - a machine tells nobody
            await asyncio.sleep(0.01)


async def does(stage: Stage, run: Any, verb: str, **body: Any) -> Any:
    status, told = await stage.ask("POST", f"/api/v1/runs/{run['id']}/{verb}", body=body)
    assert status == 200, told
    return told


async def state(stage: Stage, run: Any, *wanted: str, seconds: float = 75.0) -> Any:
    path = f"/api/v1/runs/{run['id']}"
    return await until(stage, path, lambda told: told["state"] in wanted, seconds=seconds)


async def paged(mailbox: Mailbox, *events: str) -> EmailMessage:
    """The first mail about one of these, or about anything, as soon as it is there."""
    async with asyncio.timeout(45):
        while True:
            for one in mailbox.messages:
                if not events or one["X-Responder-Event"] in events:
                    return one
            await asyncio.sleep(0.02)


async def needed(mailbox: Mailbox) -> EmailMessage:
    """The mail that calls for a person."""
    return await paged(mailbox, "needed")


async def by_hand(stage: Stage, **order: Any) -> Any:
    told = {"playbook": "reboot", "server": "web1", "confirm": "web1", **order}
    status, run = await stage.ask("POST", "/api/v1/runs", body=told)
    assert status == 200, run
    return run


async def begins_again(stage: Stage, *, work: bool = True) -> None:
    """Another life of the daemon, on the same files."""
    again = await begin(stage.folder / "responder.yaml", clock=Clock())
    stage.daemon = again.daemon
    if work:
        stage.daemon.work()
        await stage.daemon.ready()


class TestTheKillSwitch:
    """It holds before every sub-step that can't be taken back."""

    async def test_between_off_and_on_it_leaves_the_machine_off_and_calls_people(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox, slow=True) as (rooms, stage):
            await rooms["web1"].hang()
            await off(rooms)
            order = {"reason": "somebody is in the rack"}
            assert (await stage.ask("POST", "/api/v1/kill-switch", body=order))[0] == 200
            run = await ended(stage)
            assert run["state"] == "failed"
            assert "the kill switch is on: " in run["steps"][0]["text"]
            assert "somebody is in the rack" in run["steps"][0]["text"]
            mail = await needed(mailbox)
            assert "OFF" in mail.get_content()
            await asyncio.sleep(1)
            assert rooms.changes() == OFF_ALONE
            assert rooms["web1"].chassis.told("on") == 0

    async def test_it_is_thrown_and_holds_while_the_database_is_away(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox) as (rooms, stage):
            await well(stage, 3)
            world = stage.daemon.world
            await world.store.close()
            kept = await world.kill.throw("mira", "smoke")
            assert (kept.file, kept.store) == (True, False)
            assert "smoke" in await world.kill.thrown()
            with contextlib.suppress(StoreUnavailable):  # it can't even say that it leaves
                await stage.daemon.end()
            await begins_again(stage)
            await rooms["web1"].hang()
            run = await ended(stage)
            assert "kill_switch" in run["steps"][0]["text"]
            assert rooms.changes() == []

    async def test_a_bare_file_is_enough(self, tmp_path: Path, mailbox: Mailbox) -> None:
        async with house(tmp_path, mailbox) as (rooms, stage):
            (tmp_path / "kill-switch").touch()
            await rooms["web1"].hang()
            run = await ended(stage)
            assert "kill_switch" in run["steps"][0]["text"]
            assert rooms.changes() == []


class TestPeopleStepIn:
    """Whoever stops a run has stopped it."""

    async def test_an_abort_while_it_is_off_ends_it_and_calls_people(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox, slow=True) as (rooms, stage):
            await rooms["web1"].hang()
            await off(rooms)
            run = await begun(stage)
            await does(stage, run, "abort", note="I am there")
            told = await state(stage, run, "aborted")
            assert told["outcome"] == "aborted"
            assert "OFF" in (await needed(mailbox)).get_content()
            await asyncio.sleep(1)
            assert rooms.changes() == OFF_ALONE

    async def test_a_pause_holds_it_and_a_resume_lets_it_finish(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox, slow=True) as (rooms, stage):
            await rooms["web1"].hang()
            await off(rooms)
            run = await begun(stage)
            await does(stage, run, "pause")
            await state(stage, run, "paused")
            assert "OFF" in (await needed(mailbox)).get_content()
            await asyncio.sleep(1)
            assert rooms.changes() == OFF_ALONE
            await does(stage, run, "resume")
            assert (await ended(stage))["state"] == "done"
            assert rooms.changes() == CYCLED

    async def test_who_takes_it_over_does_it_by_hand_and_lets_it_go_on(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox, mode="ask") as (rooms, stage):
            await rooms["web1"].hang()
            path = link_in(await question(mailbox))
            run = await begun(stage)
            told = await does(stage, run, "takeover", note="I drive there")
            assert (told["state"], told["taken_by"]) == ("paused", "admin")
            assert (await answer(stage, path, answer="yes", name="web1"))[0] == 400
            rooms["web1"].chassis.press("reset")
            await rooms["web1"].chassis.settled()
            before = rooms.changes()
            await does(stage, run, "continue", outcome="done", note="pressed the button")
            told = await state(stage, run, "done")
            assert [one["outcome"] for one in told["steps"]] == ["ok", "ok"]
            assert told["steps"][0]["by"] == "admin"
            assert rooms.changes() == before
            assert "pressed the button" in told["steps"][0]["text"]


class TestPractice:
    """Nothing is switched, and nobody can take it for the real thing."""

    async def test_a_drill_is_marked_everywhere_and_counts_nowhere(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox) as (rooms, stage):
            before = await figures(stage)
            run = await by_hand(stage, drill=True, confirm="", reason="the yearly one")
            told = await state(stage, run, "done", "failed")
            assert (told["drill"], told["dry"]) == (True, True)
            assert "would switch web1 off" in told["steps"][0]["text"]
            _, incident = await stage.ask("GET", f"/api/v1/incidents/{run['incident']}")
            assert "DRILL" in incident["title"]
            assert "DRILL" in (await paged(mailbox))["Subject"]
            assert all("DRILL" in one["Subject"] for one in mailbox.messages)
            tickets = await until(stage, "/api/v1/tickets", lambda one: one["tickets"])
            _, ticket = await stage.ask("GET", f"/api/v1/tickets/{tickets['tickets'][0]['id']}")
            assert "DRILL" in str(ticket)
            assert rooms.changes() == []
            assert not rooms.emulator.told("web1")
            assert await figures(stage) == before

    async def test_a_dry_run_says_what_it_would_do(self, tmp_path: Path, mailbox: Mailbox) -> None:
        """R67."""
        async with house(tmp_path, mailbox) as (rooms, stage):
            run = await by_hand(stage, dry=True, confirm="")
            told = await state(stage, run, "done", "failed")
            assert told["state"] == "done"
            assert "it would switch web1 off" in told["steps"][0]["text"]
            assert rooms.changes() == []


class TestTimePasses:
    """A run that waits outlives what changes around it."""

    async def test_it_goes_on_with_the_playbook_that_it_began_with(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox, mode="ask") as (rooms, stage):
            await rooms["web1"].hang()
            path = link_in(await question(mailbox))
            file = tmp_path / "books" / "0.yaml"
            new = file.read_text().replace("version: 1", "version: 2")
            file.write_text(new.replace("id: said", "id: told"))
            assert (await stage.ask("POST", "/-/reload"))[0] == 200
            _, known = await stage.ask("GET", "/api/v1/playbooks")
            assert [one["version"] for one in known["playbooks"]] == [2]
            assert (await answer(stage, path, answer="yes", name="web1"))[0] == 303
            run = await ended(stage)
            assert (run["state"], run["version"]) == ("done", 1)
            assert [one["id"] for one in run["steps"]] == ["cycle", "said"]
            assert rooms.changes() == CYCLED

    async def test_a_question_outlives_a_restart(self, tmp_path: Path, mailbox: Mailbox) -> None:
        async with house(tmp_path, mailbox, mode="ask") as (rooms, stage):
            await rooms["web1"].hang()
            path = link_in(await question(mailbox))
            await stage.daemon.end()
            await begins_again(stage, work=False)
            assert (await answer(stage, path, answer="yes", name="web1"))[0] == 303
            stage.daemon.work()
            await stage.daemon.ready()
            run = await ended(stage, seconds=75)
            assert run["state"] == "done", run
            assert rooms.changes() == CYCLED
            asked = [one for one in mailbox.messages if one["X-Responder-Event"] == "approval"]
            assert len(asked) == 1


class TestLimits:
    """The gate's own noes, on a stage."""

    async def test_planned_work_that_has_begun_meanwhile_denies_it(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox, mode="ask") as (rooms, stage):
            await rooms["web1"].hang()
            path = link_in(await question(mailbox))
            work = {"scope": "server:web1", "for": "1h", "reason": "new disks"}
            assert (await stage.ask("POST", "/api/v1/maintenance", body=work))[0] == 200
            assert (await answer(stage, path, answer="yes", name="web1"))[0] == 303
            run = await ended(stage)
            assert run["state"] == "failed"
            assert "denied by maintenance" in run["steps"][0]["text"]
            assert rooms.changes() == []

    @pytest.mark.parametrize("tag", ["never_reboot", "database_master"])
    async def test_a_protected_machine_is_not_touched(
        self, tmp_path: Path, mailbox: Mailbox, tag: str
    ) -> None:
        async with house(tmp_path, mailbox, server=f"tags: [{tag}], ") as (rooms, stage):
            await rooms["web1"].hang()
            run = await ended(stage)
            assert f"web1 is marked {tag}" in run["steps"][0]["text"]
            assert denials(await events(stage, run)) == ["protected"]
            assert rooms.changes() == []

    async def test_a_second_outage_within_hours_is_for_a_person(
        self, tmp_path: Path, mailbox: Mailbox
    ) -> None:
        async with house(tmp_path, mailbox) as (rooms, stage):
            await rooms["web1"].hang()
            first = await ended(stage)
            assert first["state"] == "done"
            # Told that it is well: looks that are green have not been told of yet.
            await until(
                stage, f"/api/v1/incidents/{first['incident']}",
                lambda told: told["state"] in ("mitigated", "resolved"),
            )  # fmt: skip
            jump(stage, hours=2)
            await rooms["web1"].hang()
            listed = await until(
                stage, "/api/v1/runs", lambda told: len(told["runs"]) == 2, seconds=75
            )
            second = await state(stage, listed["runs"][0], "failed", "done")
            assert "denied by cooldown" in second["steps"][0]["text"]
            assert "without a person" in second["steps"][0]["text"]
            assert "cooldown" in (await needed(mailbox)).get_content()
            assert rooms.changes() == CYCLED


COUNTED = re.compile(
    r"^(responder_(?:power_actions_total|playbook_runs_total|ticket_reaction_seconds_count"
    r"|incident_ack_seconds_count|tickets_opened_total|tickets_solved_total)(?:\{[^}]*\})?) (\S+)$",
    re.MULTILINE,
)


async def figures(stage: Stage) -> dict[str, float]:
    """The KPIs and the counts of what was done."""
    _, page = await stage.ask("GET", "/metrics")
    return {name: float(value) for name, value in COUNTED.findall(page) if float(value)}


async def test_nobody_is_asked_to_agree_to_what_can_not_be_done(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    """No data centre, no `power:`: a question would wake a person for nothing."""
    book = (
        "playbook: hopeless\nwhen: {category: critical}\nsafety: {mode: ask}\nsteps:\n"
        "  - {id: cycle, uses: power.cycle, on_fail: hands}\n"
        "  - {id: hands, uses: datacentre.contact}\n"
    )
    async with hall("web1", "web2", "web3") as rooms:
        for one in rooms.machines.values():
            one.wired = False
        async with handling(tmp_path, mailbox, rooms, book=book) as stage:
            await rooms["web1"].hang()
            run = await ended(stage)
            assert [one["outcome"] for one in run["steps"]] == ["failed", "failed"]
            assert "no `power:`" in run["steps"][0]["text"]
            assert "`datacentre`" in run["steps"][1]["text"]
            events = [one["X-Responder-Event"] for one in mailbox.messages]
            assert "approval" not in events


async def test_a_store_that_goes_away_between_off_and_on_keeps_nobody_in_the_dark(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with house(tmp_path, mailbox, slow=True) as (rooms, stage):
        await rooms["web1"].hang()
        await off(rooms)
        await stage.daemon.world.store.close()
        mail = await needed(mailbox)
        assert "web1 MAY BE OFF" in mail["Subject"]
        assert "as soon as the store is back" in mail.get_content()
        with contextlib.suppress(StoreUnavailable):
            await stage.daemon.end()
        await begins_again(stage)
        await until(stage, "/api/v1/runs", lambda told: told["runs"][0]["state"] == "done")
        assert rooms.changes() == [("web1", False), ("web1", True)]
        assert rooms["web1"].chassis.told("off") == 1
