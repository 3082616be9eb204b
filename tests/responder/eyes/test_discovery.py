"""Does what lives on a panel's server appear with its looks, and stay while the panel is away?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from probes.net import Net
from responder.clock import HandClock
from responder.config import Config
from responder.configfile import load
from responder.emulators.whm import WhmEmulator
from responder.emulators.whm_book import Account, Reseller, Token, WhmBook
from responder.eyes.discovery import Discovery, maps_of
from responder.eyes.estate import estate_of
from responder.live import Live
from responder.probing.targets import looks
from responder.store import Store, StoreUnavailable, probes
from tests.responder.eyes.made import at

FILE = """
brands: {{acme: {{}}, bluebrand: {{}}}}
servers:
  web1:
    address: 127.0.0.1
    brand: acme
    panel: {{kind: whm, url: "{url}", token_file: token}}
resellers:
  blue: {{brand: bluebrand}}
probes:
  looks:
    - {{kind: http, servers: web1, each: domain}}
    - {{kind: tcp, servers: web1, each: reseller, target: "{{address}}:80"}}
"""


class Room:
    """A panel, and whoever asks it."""

    def __init__(self, folder: Path, store: Store, panel: WhmEmulator) -> None:
        (folder / "token").write_text("root-token")
        (folder / "token").chmod(0o600)
        (folder / "responder.yaml").write_text(FILE.format(url=panel.url))
        config = load(folder / "responder.yaml", Config).value
        self.panel = panel
        self.store = store
        self.clock = HandClock(at(0))
        self.live = Live.begin(folder / "responder.yaml", config, now=at(0))
        self.learnt = 0
        self.net = Net()
        self.discovery = self.again()

    def again(self) -> Discovery:
        """The next life."""
        return Discovery(self.store, self.live, self.net, clock=self.clock, learnt=self._count)

    def _count(self) -> None:
        self.learnt += 1

    async def cycle(self, *, minutes: float = 15) -> None:
        """One turn, with the answers."""
        self.clock.move(minutes=minutes)
        await self.discovery.turn()
        await self.discovery.settle()

    def looks(self) -> dict[str, dict[str, str]]:
        """Every look with its labels."""
        config, maps = self.live.config, self.live.maps
        estate = estate_of(config, maps=maps, files={})
        return {one.key: dict(one.target.labels) for one in looks(config.probes, estate)}


@pytest.fixture
async def room(tmp_path: Path, file_store: Store) -> AsyncIterator[Room]:
    book = WhmBook(
        accounts=[
            Account("blue", "blue.example", owner="blue"),
            Account("site", "site.example", owner="blue"),
            Account("own", "own.example"),
            Account("gone", "gone.example", suspended=True),
        ],
        resellers=[Reseller("blue")],
        tokens=[Token("responder", "root-token")],
    )
    panel = WhmEmulator(book)
    await panel.start()
    room = Room(tmp_path, file_store, panel)
    yield room
    await room.discovery.settle(cancel=True)
    await room.net.close()
    await panel.stop()


async def test_what_lives_there_appears_in_one_cycle_with_brand_and_owner(room: Room) -> None:
    assert room.looks() == {}
    await room.cycle()
    found = room.looks()
    assert found.keys() == {
        "web1/blue/tcp", "web1/blue.example/http", "web1/site.example/http",
        "web1/own.example/http",
    }  # fmt: skip
    site = found["web1/site.example/http"]
    assert (site["reseller"], site["brand"], site["server"]) == ("blue", "bluebrand", "web1")
    assert found["web1/own.example/http"]["brand"] == "acme"
    assert found["web1/blue/tcp"]["brand"] == "bluebrand"
    assert room.learnt == 1


async def test_a_new_reseller_has_his_looks_after_one_cycle(room: Room) -> None:
    """R68."""
    await room.cycle()
    room.panel.book.resellers.append(Reseller("red"))
    room.panel.book.accounts.append(Account("red", "red.example", owner="red"))
    await room.cycle(minutes=14)
    assert "web1/red/tcp" not in room.looks()
    await room.cycle(minutes=1)
    found = room.looks()
    assert found["web1/red.example/http"]["reseller"] == "red"
    assert found["web1/red/tcp"]["brand"] == "acme"
    assert room.live.plan.inventory.resellers["red"].server == "web1"


async def test_the_last_map_serves_while_the_panel_is_away_and_its_age_is_told(
    room: Room,
) -> None:
    await room.cycle()
    known = room.looks()
    await room.panel.stop()
    await room.cycle(minutes=20)
    ages = room.discovery.ages(now=room.clock.now())
    assert (room.looks(), ages["web1"].total_seconds()) == (known, 20 * 60)
    assert room.learnt == 1  # nothing new: nothing is planned anew
    await room.panel.start()
    await room.cycle(minutes=15)
    assert room.discovery.ages(now=room.clock.now())["web1"].total_seconds() == 0


async def test_a_panel_that_the_file_no_longer_names_tells_nothing(room: Room) -> None:
    await room.cycle()
    known, before = room.looks(), room.live.config
    room.live.replace(Config.model_validate({"servers": {"web1": {}}}), now=room.clock.now())
    await room.cycle(minutes=1)
    assert (room.live.maps, room.live.plan.inventory.resellers) == ({}, {})
    assert room.discovery.ages(now=room.clock.now()) == {}
    room.live.replace(before, now=room.clock.now())
    await room.cycle(minutes=1)
    assert room.looks() == known


async def test_the_last_map_outlives_a_restart(room: Room) -> None:
    await room.cycle()
    known = room.looks()
    room.live.learn({})
    await room.panel.stop()
    room.discovery = room.again()
    await room.discovery.begin()
    assert room.looks() == known
    await room.cycle(minutes=0)  # and the panel is asked at once
    assert room.discovery.rows["web1"].trouble != ""


async def test_a_panel_that_was_never_read_has_no_map(room: Room) -> None:
    await room.panel.stop()
    await room.cycle()
    assert (room.discovery.rows, room.learnt) == ({}, 0)


async def test_a_map_that_could_not_be_stored_serves_all_the_same(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    await room.store.close()
    await room.cycle()
    assert "web1/own.example/http" in room.looks()
    with pytest.raises(StoreUnavailable):
        await room.store.read(probes.maps)
    assert "map_not_stored" in capfd.readouterr().out


async def test_a_map_of_another_version_is_left_out(room: Room) -> None:
    await room.cycle()
    row = room.discovery.rows["web1"]
    odd: Any = {"accounts": 3}
    rows = {"web1": row, "web2": type(row)("web2", row.taken_at, odd, "")}
    assert maps_of(rows).keys() == {"web1"}
