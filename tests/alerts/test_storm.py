"""Are many servers down at once a storm, and few of them none?"""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.inventory import Inventory, Server
from alerts.settings import Storm
from alerts.storm import limit, raging

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
STORM = Storm()
SERVERS = {
    f"s{number}": Server(
        f"s{number}",
        datacentre="fra1" if number < 90 else "ams1",
        rack=f"r{number // 30}",
        brand="acme" if number % 10 == 0 else None,
    )
    for number in range(120)
}
INVENTORY = Inventory(SERVERS)


def rages(server: str, *others: str, minutes_ago: float = 0, storm: Storm = STORM) -> str | None:
    down = {name: NOW - timedelta(minutes=minutes_ago) for name in others} | {server: NOW}
    return raging(server, newly_down=down, inventory=INVENTORY, storm=storm, now=NOW)


def some(*numbers: int) -> list[str]:
    return [f"s{number}" for number in numbers]


@pytest.mark.parametrize(
    ("scope", "servers"),
    [("rack:fra1/r0", 5), ("dc:fra1", 9), ("dc:ams1", 5), ("brand:acme", 5), ("dc:mars", 5)],
)
def test_a_storm_is_five_servers_or_a_tenth(scope: str, servers: int) -> None:
    assert limit(scope, inventory=INVENTORY, storm=STORM) == servers


def test_a_tenth_is_never_rounded_down() -> None:
    inventory = Inventory({name: Server(name, datacentre="x") for name in map(str, range(51))})
    assert limit("dc:x", inventory=inventory, storm=STORM) == 6


def test_four_servers_down_are_four_troubles() -> None:
    assert rages(*some(0, 1, 2, 3)) is None


def test_the_fifth_of_a_rack_makes_a_storm_of_the_rack() -> None:
    assert rages(*some(0, 1, 2, 3, 4)) == "rack:fra1/r0"


def test_the_widest_scope_that_is_hit_takes_all() -> None:
    assert rages(*some(0, 1, 2, 3, 31, 32, 33, 34, 35)) == "dc:fra1"


def test_a_brand_may_be_hit_across_sites() -> None:
    assert rages(*some(0, 30, 60, 90, 100)) == "brand:acme"


def test_servers_elsewhere_do_not_count() -> None:
    assert rages(*some(0, 91, 92, 93, 94, 95)) is None


def test_only_what_went_down_within_five_minutes_counts() -> None:
    assert rages(*some(0, 1, 2, 3, 4), minutes_ago=5) == "rack:fra1/r0"
    assert rages(*some(0, 1, 2, 3, 4), minutes_ago=5.1) is None


def test_thresholds_can_be_set() -> None:
    assert rages(*some(0, 1), storm=Storm(servers=2, percent=0)) == "dc:fra1"
    assert rages(*some(0, 1, 2, 3, 4), storm=Storm(servers=5, percent=50)) is None


def test_a_server_that_nobody_knows_is_in_no_storm() -> None:
    assert rages("stranger", *some(0, 1, 2, 3, 4)) is None
    assert rages("s0", "stranger", *some(1, 2, 3)) is None
