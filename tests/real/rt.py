"""A real Request Tracker 5 with a small hosting company in it, and the people who work there."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.real.process import Process
from tests.real.server import Server
from tests.require import free_port, require

STAND_UP = Path(__file__).with_name("rt5.sh")
BACKLOG = Path(__file__).with_name("rt5-backlog.pl")
PARTS = tuple(
    Path(f"/var/lib/dpkg/info/{package}.list")
    for package in ("request-tracker5", "rt5-standalone", "rt5-db-sqlite")
)
REST = "/REST/2.0"
FIELDS = "Subject,Queue,Status,Owner,Priority,CustomFields"

_NEW_USER = """
use strict; use warnings;
require RT; RT->LoadConfig; RT->Init;
my ($name, @rights) = @ARGV;
my $user = RT::User->new(RT->SystemUser);
$user->Create(Name => $name, Privileged => 1) or die "user";
$user->PrincipalObj->GrantRight(Right => $_, Object => RT->System) or die $_ for @rights;
my $token = RT::AuthToken->new(RT->SystemUser);
my ($id, $said, $text) = $token->Create(Owner => $user->id, Description => 'test');
$id or die $said;
print $text;
"""


@dataclass(frozen=True, slots=True)
class RtTicket:
    """A ticket as RT tells it; an owner of "Nobody" is nobody."""

    id: int
    subject: str
    queue: str
    status: str
    owner: str
    priority: int
    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RtEntry:
    """One line of a ticket's history: Create, Comment, Correspond, Status, Set, CustomField..."""

    id: int
    type: str
    creator: str
    text: str


@dataclass(frozen=True, slots=True)
class RtAgent:
    """A person of the company, who does what people do in RT's web pages."""

    rt: "RequestTracker"
    headers: Mapping[str, str]

    async def take(self, ticket: int) -> None:
        """Become the owner of a ticket that nobody owns."""
        await self._do("PUT", ticket, "/take", {})

    async def correspond(self, ticket: int, text: str) -> None:
        """Write a reply that the customer reads."""
        await self._do("POST", ticket, "/correspond", plain(text))

    async def comment(self, ticket: int, text: str) -> None:
        """Write a note that only the staff reads."""
        await self._do("POST", ticket, "/comment", plain(text))

    async def resolve(self, ticket: int) -> None:
        """Set the status to resolved."""
        await self.change(ticket, Status="resolved")

    async def change(self, ticket: int, **values: object) -> None:
        """Set any of RT's own values: Status, Owner, Queue, Priority, CustomFields..."""
        await self._do("PUT", ticket, "", values)

    async def _do(self, method: str, ticket: int, what: str, json: Mapping[str, object]) -> None:
        path = f"{REST}/ticket/{ticket}{what}"
        await self.rt.call(method, path, json=json, headers=self.headers)


class RequestTracker(Server):
    """RT on SQLite behind its own server; queues, people and rights as rt5-seed.pl says.

    `token` belongs to the user `responder`. Queues: rapid-response (dana), level-1 (alice, albert),
    level-2 (bob), level-3 (carol), sales-billing (erin). A test run shares one RT, so a test finds
    its own tickets by a subject or an incident key of its own.
    """

    def __init__(self, *, folder: Path) -> None:
        require("Request Tracker 5", present=all(part.exists() for part in PARTS))
        port = free_port()
        env = {"RT5_DIR": str(folder), "RT5_PORT": str(port)}
        prepare(env)
        self.folder = folder
        self.told = dict(line.split("=", 1) for line in (folder / "env").read_text().splitlines())
        self.token = self.told["RT_TOKEN"]
        process = Process(str(STAND_UP), "serve", env=env, log=folder / "server.log")
        headers = {"Authorization": f"token {self.token}"}
        super().__init__(process, port=port, ready_path=f"{REST}/rt", headers=headers)

    def as_agent(self, name: str) -> RtAgent:
        """One of the people above, or `root`."""
        password = self.told["RT_ROOT_PASSWORD" if name == "root" else "RT_AGENT_PASSWORD"]
        return RtAgent(self, {"Authorization": aiohttp.encode_basic_auth(name, password)})

    def new_user(self, name: str, *rights: str) -> str:
        """A privileged user with these rights everywhere; a token of his."""
        return self._perl("-e", _NEW_USER, name, *rights).strip()

    def backlog(self, tickets: int) -> list[tuple[str, str]]:
        """So many tickets of ours with what dana did to them, each its number and key: eight
        transactions of interest and three of noise.
        """
        told = self._perl(str(BACKLOG), str(tickets)).splitlines()
        return [(number, key) for number, _, key in (line.partition(" ") for line in told)]

    def _perl(self, *words: str) -> str:
        """RT's own code, without its server."""
        env = {
            **os.environ,
            "RT_SITE_CONFIG": str(self.folder / "RT_SiteConfig.pm"),
            "RT_SITE_CONFIG_DIR": str(self.folder / "empty.d"),
            "RT5_DIR_ABS": str(self.folder),
            "PERL5OPT": f"-I{self.folder / 'lib'} -MThrowAwayPaths",
        }
        run = subprocess.run(["perl", *words], env=env, capture_output=True, check=True)
        return run.stdout.decode()

    async def create(self, queue: str, subject: str, **values: object) -> int:
        """Open a ticket with the token of `responder` and return its number."""
        json = {"Queue": queue, "Subject": subject, **plain(subject), **values}
        return int((await self.call("POST", f"{REST}/ticket", json=json))["id"])

    async def ticket(self, number: int) -> RtTicket:
        """One ticket; ValueError where RT has none of this number."""
        [ticket] = await self.search(f"id = {number}")
        return ticket

    async def search(self, query: str) -> tuple[RtTicket, ...]:
        """The tickets that TicketSQL finds, oldest first (the first 100)."""
        params = {
            "query": query,
            "fields": FIELDS,
            "fields[Queue]": "Name",
            "orderby": "id",
            "per_page": "100",
        }
        found = await self.call("GET", f"{REST}/tickets", params=params)
        return tuple(read_ticket(item) for item in found["items"])

    async def history(self, ticket: int) -> tuple[RtEntry, ...]:
        """What happened to a ticket, oldest first; `text` only where something was written."""
        path, page = f"{REST}/ticket/{ticket}", {"per_page": "100"}
        lines = await self.call("GET", f"{path}/history", params={"fields": "Type,Creator", **page})
        fields = {"fields": "Content,TransactionId", **page}
        texts = await self.call("GET", f"{path}/attachments", params=fields)
        text_of = {item["TransactionId"]: item["Content"] for item in texts["items"]}
        return tuple(read_entry(item, text_of.get(item["id"], "")) for item in lines["items"])


def prepare(env: Mapping[str, str]) -> None:
    """Write configuration, database and seed; RuntimeError with the script's last words."""
    run = subprocess.run([str(STAND_UP), "prepare"], env={**os.environ, **env}, capture_output=True)
    if run.returncode != 0:
        raise RuntimeError(f"Request Tracker could not be prepared: {run.stderr.decode()}")


def plain(text: str) -> dict[str, str]:
    """Plain text in the words of REST2."""
    return {"Content": text, "ContentType": "text/plain"}


def read_ticket(item: dict[str, Any]) -> RtTicket:
    """One item of a search."""
    return RtTicket(
        id=int(item["id"]),
        subject=item["Subject"],
        queue=item["Queue"]["Name"],
        status=item["Status"],
        owner=item["Owner"]["id"],
        priority=int(item["Priority"]),
        fields={field["name"]: tuple(field["values"]) for field in item["CustomFields"]},
    )


def read_entry(item: dict[str, Any], text: str) -> RtEntry:
    """One item of a history, with the text of its attachment."""
    return RtEntry(int(item["id"]), item["Type"], creator=item["Creator"]["id"], text=text)
