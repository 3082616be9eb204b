"""Do the pages tell the truth: commands, configuration, links, and what to do for each alert?"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from responder.cli.verbs import verbs
from responder.config import Config
from responder.configfile import load
from tests.deploy.rules import alerts
from tests.rooms import HOUSE
from tests.stories.stage import begin, write_config

PAGES = (HOUSE / "README.md", HOUSE / "CONTRIBUTING.md", *sorted((HOUSE / "docs").rglob("*.md")))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"http://127\.0\.0\.1:9095(/[^\s\"'`?)}]*)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
BASE = {
    "senders": {"alertmanager": {"kind": "alertmanager", "token_file": "secrets/alertmanager"}},
    "servers": {"web1": {"address": "127.0.0.2"}},
    "people": {"ana": {"methods": [{"kind": "email", "to": "ana@example.net"}]}},
    "teams": {"rapid-response": {"members": ["ana"]}},
    "paging": {"email": {"host": "127.0.0.1", "from": "responder@example.net"}},
}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))


def commands(page: Path) -> Iterator[str]:
    """Every command line of ours: after a prompt in a block, or between backticks."""
    text = page.read_text(encoding="utf-8")
    for _, block in FENCE.findall(text):
        yield from re.findall(r"^[$#] (responder\b.*?)(?:\s+#.*)?$", block, re.MULTILINE)
    yield from re.findall(r"`(responder [^`\n]+)`", FENCE.sub("", text))


def mistakes(line: str) -> Iterator[str]:
    """What our command line would not take of this."""
    words = shlex.split(line)[1:]
    command: click.Command = verbs
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name.isupper():  # it stands for any verb
            return
        try:
            found = command.get_command(click.Context(command), name)
        except click.UsageError:
            found = None
        if found is None:
            yield f"{line}: there is no {name}"
            return
        command = found
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    for word in words:
        if word.startswith("-") and word.split("=")[0] not in (*known, "-h", "--help"):
            yield f"{line}: there is no option {word}"


def settings(page: Path) -> Iterator[dict[str, Any]]:
    """Every piece of our configuration that the page shows as YAML."""
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        told = YAML(typ="safe").load(block) if language == "yaml" else None
        if isinstance(told, dict) and set(told) <= {*Config.model_fields, "include"}:
            yield told


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can lead to, as code forges make them of its headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@every_page
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    assert [mistake for line in commands(page) for mistake in mistakes(line)] == []


def test_the_check_of_commands_is_not_blind() -> None:
    guide = HOUSE / "docs" / "guide" / "operations.md"
    assert len(list(commands(guide))) > 10
    assert list(mistakes("responder incidents")) != []
    assert list(mistakes("responder incident snoooze 7")) != []
    assert list(mistakes("responder backup --hot FILE")) != []
    assert list(mistakes("responder incident ack 7 --note 'I am on it'")) == []


@every_page
def test_every_piece_of_configuration_is_accepted(page: Path, tmp_path: Path) -> None:
    for number, told in enumerate(settings(page)):
        folder = tmp_path / str(number)
        accept({**BASE, **told}, folder)


def usable(name: str) -> str:
    """What may stand in a secret of this name: some are looked at while loading."""
    if "totp" in name:
        return "A" * 32  # base32
    return "json://127.0.0.1" if "apprise" in name else "a secret"


def accept(told: dict[str, Any], folder: Path) -> None:
    """Load it with every file beside it that it names."""
    folder.mkdir()
    (folder / "responder.yaml").touch()
    YAML(typ="safe").dump(told, folder / "responder.yaml")
    text = (folder / "responder.yaml").read_text()
    for name in re.findall(r"_file:\s+([^\s,}]+)", text):
        (folder / name).parent.mkdir(exist_ok=True)
        content = usable(name)
        kinds = {"texts.yml": "texts: {}", "requests.yml": "version: own", ".yml": "modules:"}
        content = next((text for end, text in kinds.items() if name.endswith(end)), content)
        (folder / name).write_text(f"{content}\n")
        (folder / name).chmod(0o600)
    for name in told.get("include", ()):
        if "*" not in name:
            (folder / name).write_text("{}\n")
    load(folder / "responder.yaml", Config)


def test_the_check_of_configuration_is_not_blind() -> None:
    shown = sum(len(list(settings(page))) for page in PAGES)
    assert shown >= 6


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_alert_leads_to_its_place_in_the_runbook() -> None:
    for rule in alerts():
        path, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert anchor in anchors(HOUSE / path), rule["alert"]


def test_the_runbook_knows_no_alert_that_is_gone() -> None:
    runbook = (HOUSE / "docs" / "guide" / "operations.md").read_text(encoding="utf-8")
    known = {rule["alert"] for rule in alerts()}
    assert set(re.findall(r"^### (Responder\w+)", runbook, re.MULTILINE)) == known - {"Watchdog"}


async def test_every_address_that_is_shown_is_a_door_of_ours(tmp_path: Path) -> None:
    stage = await begin(write_config(tmp_path, smtp=25))
    try:
        _, described = await stage.ask("GET", "/openapi.json")
    finally:
        await stage.daemon.end()
    doors = [re.sub(r"{\w+}", "[^/]+", path) for path in described["paths"]]
    shown = {path for page in PAGES for path in ADDRESS.findall(page.read_text(encoding="utf-8"))}
    assert len(shown) > 5
    assert {path for path in shown if not any(re.fullmatch(door, path) for door in doors)} == set()
