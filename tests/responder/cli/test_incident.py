"""Can a person do from a shell what the API can, and is it recorded as that person's?"""

import asyncio
import getpass
from pathlib import Path

import pytest

from responder.cli.incident import _round
from tests.responder.cli.asking import call, settle
from tests.responder.cli.conftest import Desk
from tests.stories.stage import VIEWER, firing


async def trouble(desk: Desk, *servers: str) -> None:
    for server in servers or ("web1",):
        assert await desk.stage.send(firing(server)) == 200


async def test_incidents_are_listed_for_people_and_for_programs(desk: Desk) -> None:
    await trouble(desk, "web1", "db9")
    told = await desk.told("incident", "list")
    assert [one["id"] for one in told["incidents"]] == ["2", "1"]
    assert told["next"] is None
    lines = (await desk.call("incident", "list")).stdout.splitlines()
    assert lines[0].split() == ["ID", "PRIORITY", "STATE", "OPENED", "WHAT", "SERVER", "BY"]
    assert lines[2].startswith("1   critical  open   2026-11-22 03:10  web1 does not answer")
    assert [line for line in lines if set(line) & set("│┃━─")] == []


async def test_a_list_shows_what_is_not_over_unless_it_is_asked_for(desk: Desk) -> None:
    await trouble(desk, "web1", "db9", "db8")
    await desk.told("incident", "resolve", 1, "--note", "it was taken down")

    async def ids(*words: object) -> list[str]:
        return [one["id"] for one in (await desk.told("incident", "list", *words))["incidents"]]

    assert await ids() == ["3", "2"]
    assert await ids("--all") == ["3", "2", "1"]
    assert await ids("--state", "resolved") == ["1"]
    assert await ids("--server", "web1", "--all") == ["1"]
    part = await desk.told("incident", "list", "--limit", 1)
    assert await ids("--limit", 1, "--after", part["next"]) == ["2"]
    assert part["next"] in (await desk.call("incident", "list", "--limit", 1)).stdout


async def test_one_incident_is_shown_with_everything_that_happened(desk: Desk) -> None:
    await trouble(desk)
    await desk.told("incident", "note", 1, "the cable\x1b[2J is out")
    shown = (await desk.call("incident", "show", 1)).stdout
    assert shown.splitlines()[0] == "incident 1: web1 does not answer"
    assert "about:    server:web1" in shown.splitlines()
    assert "page:     ana by email, step 1: queued (opened)" in shown.splitlines()
    assert "the cable" in shown
    assert "\x1b" not in shown
    told = await desk.told("incident", "show", 1)
    assert told["events"][-1]["kind"] == "note"


def test_what_is_no_round_of_pages_has_no_step() -> None:
    assert _round({"event": "lapsed", "step": 5}) == ", step 5"
    assert _round({"event": "acknowledged", "step": 5}) == ""


async def test_each_attempt_of_a_page_is_shown(desk: Desk) -> None:
    await trouble(desk)
    runner = desk.stage.daemon.world.runner
    await runner.turn()
    await runner.settle()
    lines = (await desk.call("incident", "show", 1)).stdout.splitlines()
    below = lines[lines.index("page:     ana by email, step 1: queued (opened)") + 1]
    assert below.startswith(" " * 10 + "2026-11-22 03:10:00 failed ")
    (page,) = (await desk.told("incident", "show", 1))["pages"]
    (tried,) = page["tries"]
    assert (tried["at"], tried["outcome"]) == ("2026-11-22T03:10:00.000Z", "failed")


async def test_an_act_is_the_os_users_own(desk: Desk) -> None:
    await trouble(desk)
    result = await desk.call("incident", "ack", 1, "--note", "on it")
    me = getpass.getuser()
    assert result.stdout == f"incident 1 is acknowledged by {me}: web1 does not answer\n"
    events = (await desk.told("incident", "show", 1))["events"]
    (event,) = [event for event in events if event["kind"] == "acknowledged"]
    assert event["actor"] == {"kind": "person", "name": me}
    assert event["data"]["words"] == "on it"


async def test_a_second_acknowledgement_changes_nothing(desk: Desk) -> None:
    await trouble(desk)
    first = await desk.told("incident", "ack", 1)
    desk.clock.move(minutes=1)
    assert await desk.told("incident", "ack", 1) == first


async def test_what_still_fires_is_resolved_with_a_reason_only(desk: Desk) -> None:
    await trouble(desk)
    assert "1 alert still fires" in await desk.refused("incident", "resolve", 1)
    told = await desk.told("incident", "resolve", 1, "--note", "it was taken down")
    assert told["state"] == "resolved"


async def test_a_person_opens_one_by_hand(desk: Desk) -> None:
    told = await desk.told("incident", "open", "no light", "--server", "web1", "--text", "dark")
    assert (told["priority"], told["key"], told["title"]) == ("critical", "server:web1", "no light")
    drill = await desk.told("incident", "open", "practice", "--priority", "high", "--drill")
    assert (drill["priority"], drill["drill"]) == ("high", True)
    assert await desk.refused("incident", "open", "x", "--server", "nowhere") == (
        'no server is called "nowhere"'
    )


async def test_pages_wait_while_it_is_snoozed(desk: Desk) -> None:
    await trouble(desk)
    await desk.told("incident", "snooze", 1, "--for", "30m", "--note", "wait for the carrier")
    await desk.told("incident", "snooze", 1, "--until", "2026-11-22T05:00:00Z")
    events = (await desk.told("incident", "show", 1))["events"]
    untils = [event["data"]["until"] for event in events if event["kind"] == "snoozed"]
    assert [until[:16] for until in untils] == ["2026-11-22T03:40", "2026-11-22T05:00"]
    neither = await desk.call("incident", "snooze", 1)
    assert neither.exit_code == 2
    assert "either --for SPAN or --until TIME" in neither.stderr
    assert "24 h" in await desk.refused("incident", "snooze", 1, "--for", "2d")


async def test_it_is_escalated_and_handed_over(desk: Desk) -> None:
    await desk.stage.send(firing(severity="warning"))
    assert (await desk.told("incident", "escalate", 1))["priority"] == "critical"
    told = await desk.told("incident", "handover", 1, "ana", "--note", "yours")
    assert told["acknowledged_by"] == "ana"
    assert await desk.refused("incident", "handover", 1, "nobody") == ('nobody is called "nobody"')


async def test_two_become_one_and_two_again(desk: Desk) -> None:
    await trouble(desk, "web1", "db9")
    assert (await desk.told("incident", "merge", 2, 1))["parent"] == "1"
    assert (await desk.told("incident", "split", 2))["parent"] is None


async def test_an_unknown_incident_is_said_so(desk: Desk) -> None:
    assert await desk.refused("incident", "ack", 99) == "there is no incident 99"
    assert await desk.refused("incident", "show", "../x") == 'nothing has the id "../x"'


def test_without_a_daemon_there_is_one_clear_line(tmp_path: Path) -> None:
    result = call("incident", "list", "-c", settle(tmp_path))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"Error: no responder runs here (nobody answers at {tmp_path}/responder.sock): start it"
        " with `responder run`, or name another one with --url and --token-file\n"
    )


async def test_a_slip_in_the_file_does_not_keep_anybody_from_acting(desk: Desk) -> None:
    """At ten past three the file on disk may be half-edited; the daemon runs on the old one."""
    await trouble(desk)
    desk.file.write_text(desk.file.read_text().replace("servers:", "servrs:"))
    assert (await desk.told("incident", "ack", 1))["state"] == "acknowledged"


async def test_another_daemon_is_reached_by_its_address_and_a_token(desk: Desk) -> None:
    await trouble(desk)
    token = desk.stage.folder / "secrets" / "responder"

    words = ("incident", "ack", 1, "--url", desk.stage.url, "--token-file", token)
    result = await asyncio.to_thread(call, *words)
    assert "acknowledged by mira" in result.stdout


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("wrong", "give a valid token: Authorization: Bearer ..."),
        (VIEWER, "the role viewer may not do this"),
    ],
)
async def test_a_token_that_does_not_suffice_is_refused(
    desk: Desk, tmp_path: Path, token: str, reason: str
) -> None:
    await trouble(desk)
    (tmp_path / "token").write_text(f"{token}\n")
    words = ("incident", "ack", 1, "--url", desk.stage.url, "--token-file", tmp_path / "token")
    result = await asyncio.to_thread(call, *words)
    assert result.exit_code == 1
    assert result.stderr == f"Error: {reason}\n"


def test_an_address_that_is_none_is_said_so(tmp_path: Path) -> None:
    odd = call("incident", "list", "--url", "ftp://x")
    assert odd.exit_code == 1
    assert "it begins with http:// or https://" in odd.stderr
    alone = call("incident", "list", "--token-file", tmp_path / "token", "-c", settle(tmp_path))
    assert alone.exit_code == 2
    missing = call(
        "incident", "list", "--url", "http://127.0.0.1:1", "--token-file", tmp_path / "x"
    )
    assert missing.exit_code == 1
    assert "can't be read" in missing.stderr


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{", b"nonsense\r\n"]
)
async def test_a_broken_answer_is_one_clear_line(answer: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    result = await asyncio.to_thread(call, "incident", "list", "--url", url)
    server.close()
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {url} gave no answer: ")
