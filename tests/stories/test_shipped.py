"""The shipped host-down on a real stage: it brings a machine back, or leads on to a person."""

from pathlib import Path
from typing import Any

from responder.books.shipped import FOLDER
from responder.emulators.hosting import WebServer
from tests.real.smtp import Mailbox
from tests.stories.hands import REFERENCES, ended, hall, handling
from tests.stories.seeing import looking, looks, until

HASTE = {
    "  mode: ask\n": "  mode: auto\n  second_opinion: {kinds: 1}\n",
    "with: {from: 2, for: 2m}": "with: {from: 1, for: 1s, every: 1s}",
    "with: {within: 10m, healthy_for: 5m}": "with: {within: 10s, healthy_for: 1s, every: 1s}",
    "    uses: power.cycle\n": "    uses: power.cycle\n    with: {off_for: 0s, settles: 5s}\n",
}


def hasty() -> str:
    """The shipped file, for one kind of look and for people without two minutes."""
    text = (FOLDER / "host-down.yaml").read_text(encoding="utf-8")
    for written, meant in HASTE.items():
        assert text.count(written) == 1, written
        text = text.replace(written, meant)
    return text


async def test_a_hanging_machine_is_brought_back(tmp_path: Path, mailbox: Mailbox) -> None:
    async with (
        hall("web1", "web2", "web3") as rooms,
        handling(tmp_path, mailbox, rooms, book=hasty()) as stage,
    ):
        await rooms["web1"].hang()
        run = await ended(stage, seconds=75.0)
        assert rooms.changes() == [("web1", False), ("web1", True)]
    assert (run["playbook"], run["state"]) == ("host-down", "done"), run
    outcomes = {step["id"]: step["outcome"] for step in run["steps"]}
    assert outcomes == {
        "confirm": "ok", "evidence": "ok", "cycle": "ok", "back": "ok", "note": "ok",
        "hands": "skipped", "reply": "skipped", "up": "skipped", "person": "skipped",
    }  # fmt: skip


async def test_without_driver_and_contact_it_leads_on_to_a_person(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    (tmp_path / "book.yaml").write_text(hasty())
    server = WebServer("web1", "127.0.0.2")
    await server.power_on()
    told = looks([server], how="interval: 500ms, retry: 200ms")
    told += "playbooks: {files: book.yaml}\n" + REFERENCES
    async with looking(tmp_path, mailbox, told) as stage:
        await server.power_off()
        run = await ended(stage, seconds=75.0)
        path = f"/api/v1/incidents/{run['incident']}/events"
        told = await until(stage, path, lambda one: told_of(one["events"], "escalated"))
        await until(
            stage, f"/api/v1/incidents/{run['incident']}", lambda one: len(one["pages"]) > 1
        )
    outcomes = {step["id"]: step["outcome"] for step in run["steps"] if step["outcome"]}
    assert outcomes == {
        "confirm": "ok", "evidence": "failed", "cycle": "failed", "hands": "failed", "person": "ok",
    }  # fmt: skip
    texts = {step["id"]: step["text"] for step in run["steps"]}
    assert "power" in texts["evidence"]
    assert "datacentre" in texts["hands"]
    (why,) = told_of(told["events"], "escalated")
    assert "web1 is still down: neither a power cycle nor" in why


def told_of(events: list[dict[str, Any]], kind: str) -> list[str]:
    """The words of the events of this kind."""
    return [one["text"] for one in events if one["kind"] == kind]
