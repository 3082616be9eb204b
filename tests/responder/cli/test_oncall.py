"""Does `responder oncall` try every way to reach a person, and say who is paged?"""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from responder.emulators.pager import PagerEmulator
from responder.paging.proving import mark_of
from responder.store import proofs
from tests.real.smtp import Mailbox
from tests.require import free_port
from tests.responder.cli.asking import call, settle, told
from tests.responder.cli.conftest import Desk

COMPANY = """
people:
  ana:
    methods:
      - {kind: email, to: ana@example.net}
      - {kind: pagerduty, routing_key_file: secrets/pagerduty}
      - {kind: webhook, url: "http://127.0.0.1:CLOSED/"}
  ben: {methods: [{kind: email, to: ben@example.net}]}
  cid: {}
teams:
  rapid-response: {members: [ana, ben]}
escalations:
  high: {priorities: [high], steps: [{notify: [ben], wait: 15m}, {notify: ["team:rapid-response"]}]}
paging:
  email: {host: 127.0.0.1, port: SMTP, from: responder@example.net}
  pagerduty: {url: "PAGER"}
"""


def company(folder: Path, *, smtp: int = 25, pager: str = "http://127.0.0.1:1/") -> Path:
    text = COMPANY.replace("SMTP", str(smtp)).replace("PAGER", pager)
    return settle(folder, text.replace("CLOSED", str(free_port())), pagerduty="k" * 32)


async def tried(person: str, file: Path) -> tuple[int, Any]:
    """The verb runs a loop of its own, so it has a thread of its own."""
    result = await asyncio.to_thread(call, "oncall", "test", person, "-c", file, "--json")
    return result.exit_code, json.loads(result.stdout) if result.stdout else result.stderr


async def test_every_method_is_tried_and_each_outcome_told(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    pager = PagerEmulator()
    await pager.start()
    file = company(tmp_path, smtp=mailbox.port, pager=pager.events_url)
    code, answer = await tried("ana", file)
    await pager.stop()
    methods = answer["methods"]
    assert [(one["place"], one["method"], one["ok"]) for one in methods] == [
        (1, "email", True),
        (2, "pagerduty", True),
        (3, "webhook", False),
    ]
    assert "the webhook" in methods[2]["detail"]
    assert code == 1
    (mail,) = mailbox.messages
    assert mail["X-Responder-Event"] == "test"
    assert mail["Subject"].startswith("TEST: Test of method 1 of ana")


async def test_it_is_well_when_all_were_taken(tmp_path: Path, mailbox: Mailbox) -> None:
    code, answer = await tried("ben", company(tmp_path, smtp=mailbox.port))
    assert code == 0
    assert answer["methods"][0]["ok"]
    assert len(mailbox.messages) == 1


def test_people_see_a_table(tmp_path: Path) -> None:
    result = call("oncall", "test", "ben", "-c", company(tmp_path, smtp=free_port()))
    assert result.exit_code == 1
    assert "FAILED" in result.stdout
    assert "the mail server" in result.stdout


def test_nobody_and_nowhere_are_said_so(tmp_path: Path) -> None:
    file = company(tmp_path)
    nobody = call("oncall", "test", "dan", "-c", file)
    assert nobody.exit_code == 1
    assert nobody.stderr == 'Error: nobody is called "dan" (known: ana, ben, cid)\n'
    nowhere = call("oncall", "test", "cid", "-c", file)
    assert nowhere.exit_code == 1
    assert "has no methods" in nowhere.stderr


def test_who_is_paged_is_told_step_by_step(tmp_path: Path) -> None:
    steps = told("oncall", "who", "-c", company(tmp_path))
    shown = [
        (step["priority"], step["step"], [one["person"] for one in step["people"]], step["wait"])
        for step in steps
    ]
    assert shown == [
        ("critical", 1, ["ana", "ben"], "5 min"),
        ("high", 1, ["ben"], "15 min"),
        ("high", 2, ["ana", "ben"], "5 min"),
    ]
    lines = call("oncall", "who", "-c", company(tmp_path)).stdout.splitlines()
    assert lines[1].split() == [
        "critical", "1", "ana", "email,", "pagerduty,", "webhook", "5", "min",
    ]  # fmt: skip


def test_where_there_are_rotas_it_is_said_that_their_changes_are_not_in_it(
    tmp_path: Path,
) -> None:
    file = company(tmp_path)
    assert "file alone" not in call("oncall", "who", "-c", file).stderr
    text = file.read_text() + "rotas: {night: {layers: [{people: [ana], begins: 2026-01-05}]}}\n"
    file.write_text(text)
    assert "of the file alone" in call("oncall", "who", "-c", file).stderr


def test_a_second_factor_is_set_up_with_one_command(tmp_path: Path) -> None:
    file = company(tmp_path)
    first = call("oncall", "totp", "ana", "-c", file)
    assert first.exit_code == 0, first.output
    address, _, rest = first.stdout.partition("\n")
    assert "totp_file: secrets/totp-ana" in rest
    seed = tmp_path / "secrets" / "totp-ana"
    assert seed.stat().st_mode & 0o777 == 0o600
    text = seed.read_text().strip()
    assert len(base64.b32decode(text)) == 20
    assert address.startswith("otpauth://totp/Rapid%20Responder:ana?")
    assert parse_qs(urlsplit(address).query)["secret"] == [text]
    # Once more: the same seed, for a second telephone.
    assert call("oncall", "totp", "ana", "-c", file).stdout == f"{address}\n"
    assert told("oncall", "totp", "ana", "-c", file) == {
        "person": "ana", "totp_file": "secrets/totp-ana", "made": False, "uri": address,
    }  # fmt: skip
    assert told("oncall", "totp", "ben", "-c", file)["uri"] != address


def test_the_file_that_the_configuration_names_is_the_one_made(tmp_path: Path) -> None:
    file = company(tmp_path)
    file.write_text(file.read_text().replace("cid: {}", "cid: {totp_file: secrets/cids}"))
    assert call("check", "-c", file).exit_code == 78
    assert told("oncall", "totp", "cid", "-c", file)["made"]
    assert call("check", "-c", file).exit_code == 3
    assert (tmp_path / "secrets" / "cids").exists()


def test_what_is_no_seed_is_neither_shown_nor_overwritten(tmp_path: Path) -> None:
    file = company(tmp_path)
    seed = tmp_path / "secrets" / "totp-ana"
    seed.write_text("hush hush!")
    result = call("oncall", "totp", "ana", "-c", file)
    assert result.exit_code == 1
    assert "no base32 text" in result.stderr
    assert "hush" not in result.output
    assert seed.read_text() == "hush hush!"
    assert 'nobody is called "dan"' in call("oncall", "totp", "dan", "-c", file).stderr
    referred = "cid: {totp_file: '${cred:totp}'}"
    file.write_text(file.read_text().replace("cid: {}", referred))
    assert "stands in ${cred:totp}" in call("oncall", "totp", "cid", "-c", file).stderr


async def test_a_test_through_the_daemon_is_recorded(desk: Desk) -> None:
    """Nobody listens where its mails go: it was tried all the same."""
    result = await desk.call("oncall", "test", "ana")
    assert result.exit_code == 1
    assert "FAILED" in result.stdout
    assert "opened and confirmed, it proves the method" in result.stdout
    shown = await desk.call("oncall", "methods")
    assert shown.exit_code == 3
    [line] = shown.stdout.splitlines()[1:]
    assert line.split() == ["ana", "1", "email", "NO:", "sent", "2026-11-22,", "not", "confirmed"]


async def test_what_is_proved_is_a_day_and_a_good_end(desk: Desk) -> None:
    world = desk.stage.daemon.world
    [email] = world.live.config.people["ana"].methods
    now = desk.clock.now()
    await world.store.write(proofs.sent, "ana", mark_of(email), code="c1", now=now)
    await world.store.write(proofs.confirm, "ana", "c1", now=now)
    shown = await desk.call("oncall", "methods")
    assert (shown.exit_code, shown.stdout.splitlines()[1].split()) == (
        0, ["ana", "1", "email", "2026-11-22"],
    )  # fmt: skip
    desk.clock.move(days=31)
    late = await desk.call("oncall", "methods")
    assert late.exit_code == 3
    assert "NO: not since 2026-11-22" in late.stdout


async def test_the_daemon_says_who_is_unknown(desk: Desk) -> None:
    assert await desk.refused("oncall", "test", "dan") == 'person: nobody is called "dan"'


def test_without_a_daemon_it_is_sent_and_said_that_nothing_was_recorded(tmp_path: Path) -> None:
    file = company(tmp_path, smtp=free_port())
    assert "nothing was recorded" in call("oncall", "test", "ben", "-c", file).stdout
    answer = call("oncall", "test", "ben", "-c", file, "--json")
    assert json.loads(answer.stdout)["recorded"] is False
    assert "no responder runs here" in call("oncall", "methods", "-c", file).stderr


def test_another_machines_daemon_that_is_away_is_not_stood_in_for(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    result = call("oncall", "test", "ben", "--url", address, "-c", company(tmp_path))
    assert result.exit_code == 1
    assert "no responder runs here" in result.stderr
