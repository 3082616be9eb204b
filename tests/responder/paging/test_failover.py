"""A provider is down: the next way within a minute, and nothing twice when it is back."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from alerts.model import person
from playbooks.client import open_session
from responder import acts
from responder.emulators.chat import ChatEmulator
from responder.emulators.goalert import GoAlertEmulator
from responder.emulators.misbehaving import Misbehaving, Mode
from responder.emulators.ntfy import NtfyEmulator
from responder.emulators.pager import PagerEmulator
from responder.paging.apprise import AppriseMethod
from responder.paging.delivery import Ways
from responder.paging.goalert import GoAlertMethod
from responder.paging.kinds import Paging, notifiers
from responder.paging.ntfy import NtfyMethod
from responder.paging.pagerduty import PagerDutyMethod
from responder.paging.webhook import WebhookMethod
from responder.secrets import Secret
from responder.store import Store
from tests.responder.estate import ESCALATIONS, INVENTORY, plan
from tests.responder.paging.duty import LINKS, Duty

TOKEN = "canary0123456789canary0123456789"
# What a provider says while it is down: a plain no, and nothing at all after it took the page.
DOWN = (Mode.UNAVAILABLE, Mode.RESET, Mode.RESET_AFTER_ACCEPT)


@dataclass
class House:
    """A provider, ana's first method there, and what it took: the key of each page."""

    emulator: Misbehaving
    method: Callable[[], Any]
    taken: Callable[[], list[str]]


def goalert() -> House:
    server = GoAlertEmulator(TOKEN)
    secret = Secret.of(TOKEN)
    return House(
        server,
        lambda: GoAlertMethod(kind="goalert", url=server.url, token_file=secret),
        lambda: server.rings,
    )


def ntfy() -> House:
    server = NtfyEmulator()
    return House(
        server,
        lambda: NtfyMethod(kind="ntfy", url=server.url, topic="ana"),
        lambda: list(server.phone),  # where a repeat replaces the first
    )


def pagerduty() -> House:
    server = PagerEmulator()
    return House(
        server,
        lambda: PagerDutyMethod(kind="pagerduty", routing_key=Secret.of(TOKEN)),
        lambda: [str(ring["dedup_key"]) for ring in server.rings],
    )


def apprise() -> House:
    server = ChatEmulator(TOKEN)
    return House(
        server,
        lambda: AppriseMethod(kind="apprise", url=Secret.of(server.json_address)),
        lambda: [str(one["title"]) for one in server.taken],
    )


HOUSES = {"apprise": apprise, "goalert": goalert, "ntfy": ntfy, "pagerduty": pagerduty}


@dataclass
class Night:
    """Ana's first way is the house, her second a webhook that always works."""

    duty: Duty
    house: House
    hook: PagerEmulator

    @property
    def second(self) -> list[str]:
        """The pages that came over her second way, by their key."""
        return [taken.json["key"] for taken in self.hook.taken]


@pytest.fixture(params=HOUSES)
async def night(request: pytest.FixtureRequest, file_store: Store) -> AsyncIterator[Night]:
    kind = request.param
    house, hook = HOUSES[kind](), PagerEmulator()
    await house.emulator.start()
    await hook.start()
    methods = {"ana": (kind, "webhook"), "bob": ("webhook",)}
    duty = Duty(file_store, how=plan(replace(ESCALATIONS, methods=methods)))
    other = WebhookMethod(kind="webhook", url=hook.hook_url)
    told = {"pagerduty": {"url": f"{house.emulator.url}/v2/enqueue"}}
    async with open_session() as session:
        carriers = notifiers(Paging.model_validate(told), session)
        own = {"ana": [house.method(), other], "bob": [other]}
        duty.pager.ways = Ways(own, carriers, INVENTORY)
        yield Night(duty, house, hook)
    await house.emulator.stop()
    await hook.stop()


@pytest.mark.parametrize("mode", DOWN)
async def test_the_next_way_is_taken_within_a_minute(night: Night, mode: Mode) -> None:
    night.house.emulator.mode = mode
    await night.duty.fires("web1")
    await night.duty.passes(seconds=60, every=5)
    assert len(night.second) == 1


async def test_nothing_comes_twice_when_it_is_back(night: Night) -> None:
    night.house.emulator.mode = Mode.UNAVAILABLE
    await night.duty.fires("web1")
    await night.duty.passes(seconds=90, every=5)
    night.house.emulator.mode = Mode.ACCEPT
    await night.duty.passes(seconds=120, every=5)
    first = night.house.taken()
    assert len(first) == 1
    assert len(night.second) == len(set(night.second)) == 1


async def test_what_was_answered_meanwhile_does_not_come_when_it_is_back(night: Night) -> None:
    night.house.emulator.mode = Mode.UNAVAILABLE
    await night.duty.fires("web1")
    await night.duty.passes(seconds=70, every=5)
    await night.duty.does(acts.acknowledge, id_=1, actor=person("ana"))
    night.house.emulator.mode = Mode.ACCEPT
    await night.duty.passes(seconds=120, every=5)
    assert night.house.taken() == []
    assert len(night.second) == 1


async def test_a_lost_yes_rings_once_where_the_provider_knows_the_key(night: Night) -> None:
    """Apprise alone can't tell, and may show it twice: the ledger counts that."""
    night.house.emulator.mode = Mode.RESET_AFTER_ACCEPT
    await night.duty.fires("web1")
    await night.duty.works()
    night.house.emulator.mode = Mode.ACCEPT
    await night.duty.passes(seconds=30, every=5)
    first, kind = night.house.taken(), (await night.duty.ledger())[0].method
    assert len(first) == (2 if kind == "apprise" else 1)
    repeats = (await night.duty.ledger())[0].repeats
    assert repeats == (0 if kind in ("goalert", "pagerduty") else 1)


async def test_the_link_of_the_second_way_is_ana_s_too(night: Night) -> None:
    night.house.emulator.mode = Mode.UNAVAILABLE
    await night.duty.fires("web1")
    await night.duty.passes(seconds=60, every=5)
    [taken] = night.hook.taken
    grant = LINKS.read(taken.json["link"].rsplit("/", 1)[1], now=night.duty.clock.now())
    assert (grant.incident, grant.person) == (1, "ana")
