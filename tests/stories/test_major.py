"""A site goes down at night: it is led, customers are forgotten, remembered, told, and it ends."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typing_extensions import override

from responder.clock import HandClock
from tests.real.smtp import Mailbox
from tests.stories.night import FRIDAY, Night
from tests.stories.stage import FILE, RESPONDER, begin, write_config

TURNS = ("page", "tick", "majors")
SITE = ("web1", "web2", "web3", "web4", "web5", "web6")
MORE = """
brands:
  acme: {title: Acme Hosting, from: support@acme.example}
resellers:
  anna: {server: web1, brand: acme, mail: anna@customer.example}
datacentres: {fra1: {}}
"""
COMPANY = (
    FILE.replace(
        "  web1: {{address: 127.0.0.2}}\n",
        "".join(
            f"  {name}: {{{{address: 127.0.0.{place}, datacentre: fra1}}}}\n"
            for place, name in enumerate(SITE, start=2)
        ),
    )
    .replace("teams:\n", "  lea: {{methods: [{{kind: email, to: lea@example.net}}]}}\nteams:\n")
    .replace("{{members: [ana]}}\n", "{{members: [ana]}}\n  level-1: {{members: [lea]}}\n")
)


class Site(Night):
    """A night in which major incidents take their turns too."""

    @override
    async def passes(self, *, every: float = 60, **span: float) -> None:
        for _ in range(int(span["minutes"] * 60 / every)):
            self.clock.move(seconds=every)
            for name in TURNS:
                await self.stage.daemon.world.duties[name].turn()
            await self.works()

    async def site(self) -> dict[str, object]:
        (one,) = [one for one in await self.incidents() if one["rule"] == "storm"]
        return one

    def asked(self) -> list[str]:
        """Who was asked to lead or to write, of the new mails."""
        return [one.partition(" ")[2] for one in self.mails() if one.startswith("lead ")]


@pytest.fixture
async def night(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Site]:
    """A whole daemon at ten past three."""
    path = write_config(tmp_path, smtp=mailbox.port, more=MORE, file=COMPANY)
    clock = HandClock(FRIDAY)
    one = Site(path, mailbox, clock, await begin(path, clock=clock))
    yield one
    await one.stage.daemon.end()


async def test_r71_a_silent_storm_pages_who_writes_is_told_and_ends(night: Site) -> None:
    await night.hears(*SITE)
    await night.passes(minutes=1)
    site = await night.site()
    major = site["major"]
    assert isinstance(major, dict)
    assert (major["rule"], major["incident_lead"], major["communication_lead"]) == (
        "storm", "ana", "lea",
    )  # fmt: skip
    assert night.asked() == ["lea@example.net"]
    await night.passes(minutes=29, every=290)
    assert night.asked() == []
    await night.passes(minutes=1)
    assert night.asked() == ["lea@example.net"]
    assert await night.metric("responder_major_updates_overdue_total") == 1
    assert await night.metric("responder_major_incidents") == 1

    await night.dies_and_comes_back()
    words = {"text": "The power of one row is back.", "next_update": "20m"}
    path = f"/api/v1/incidents/{site['id']}"
    status, answer = await night.stage.ask("POST", f"{path}/tell", token=RESPONDER, body=words)
    assert status == 200, answer
    await night.passes(minutes=19, every=285)
    assert night.asked() == []
    (told,) = [one for one in night.mailbox.messages if one["X-RcptTo"] == "anna@customer.example"]
    assert "by 2026-11-20 04:01 (UTC)" in told.get_content()
    await night.passes(minutes=2)
    assert night.asked() == ["lea@example.net"]

    body = {"note": "the power is back"}
    assert (await night.stage.ask("POST", f"{path}/resolve", token=RESPONDER, body=body))[0] == 200
    await night.passes(minutes=61, every=366)
    assert night.asked() == []
    assert await night.metric("responder_major_incidents") == 0
    _, review = await night.stage.ask("GET", f"{path}/review?format=markdown")
    assert "- Customers were to hear every 30 minutes; late 2 times" in review
    assert "mira: The power of one row is back." in review
