"""Is a month's availability what the looks saw, with planned work and our own blindness apart?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.availability import Kind, Record, Source, Stretch, Tally, measure, tally
from alerts.inventory import Inventory, Reseller, Server
from alerts.observed import State
from alerts.quiet import Maintenance
from alerts.spans import Span, read_month

MONTH = read_month("2026-11")
LENGTH = MONTH.seconds
AFTER = MONTH.ended + timedelta(days=3)
OK, SUSPECT, DOWN, BACK, UNKNOWN, PENDING = (
    State.OK,
    State.SUSPECT,
    State.DOWN,
    State.RECOVERING,
    State.UNKNOWN,
    State.PENDING,
)


def at(seconds: float) -> datetime:
    return MONTH.began + timedelta(seconds=seconds)


def span(began: float, ended: float) -> Span:
    return Span(at(began), at(ended))


def story(*told: tuple[State, float], until: float | None = None) -> list[Stretch]:
    """States and when each began; the last one lasts."""
    ends = [*(began for _, began in told[1:]), until]
    return [
        Stretch(state, at(began), None if ended is None else at(ended))
        for (state, began), ended in zip(told, ends, strict=True)
    ]


def test_a_month_without_trouble_is_whole() -> None:
    told = tally([story((OK, -500))], month=MONTH, now=AFTER)
    assert told == Tally(up=LENGTH)
    assert told.ratio == 1


def test_nothing_seen_is_no_ratio() -> None:
    told = tally([], month=MONTH, now=AFTER)
    assert (told.unknown, told.ratio) == (LENGTH, None)


def test_an_outage_counts_from_its_first_failing_look_to_its_first_good_one() -> None:
    look = story((OK, 0), (SUSPECT, 600), (DOWN, 640), (BACK, 900), (OK, 920))
    told = tally([look], month=MONTH, now=AFTER)
    assert told.down == 300
    assert told.up == LENGTH - 300
    assert told.ratio == pytest.approx(1 - 300 / LENGTH)


@pytest.mark.parametrize(
    ("look", "down", "unknown"),
    [
        (story((OK, 0), (SUSPECT, 600), (OK, 640)), 0, 0),
        (story((OK, 0), (SUSPECT, 600), (UNKNOWN, 700), (OK, 800)), 0, 200),
        (story((OK, 0), (DOWN, 600), (BACK, 700), (DOWN, 720), (OK, 800)), 200, 0),
        (story((PENDING, 0), (OK, 50)), 0, 50),
        (story((OK, 100)), 0, 100),
        (story((OK, 0), (DOWN, 600), until=700), 100, LENGTH - 700),
    ],
    ids=["glitch", "undecided", "relapse", "never looked", "new", "gone"],
)
def test_what_was_not_sure_counts_as_what_it_became(
    look: list[Stretch], down: float, unknown: float
) -> None:
    told = tally([look], month=MONTH, now=AFTER)
    assert (told.down, told.unknown) == (down, unknown)
    assert told.up == LENGTH - down - unknown


@pytest.mark.parametrize(("state", "down"), [(DOWN, 100), (BACK, 100), (SUSPECT, 0)])
def test_what_lasts_is_counted_until_now(state: State, down: float) -> None:
    told = tally([story((OK, 0), (state, 500))], month=MONTH, now=at(600))
    assert told == Tally(up=600 - down, down=down)


def test_looks_that_fail_together_count_once() -> None:
    http = story((OK, 0), (DOWN, 100), (OK, 300))
    smtp = story((OK, 0), (DOWN, 200), (OK, 400))
    assert tally([http, smtp], month=MONTH, now=AFTER).down == 300


def test_without_a_critical_look_it_is_down_when_nothing_is_well() -> None:
    ping = story((OK, 0), (DOWN, 100), (OK, 300))
    ssh = story((OK, 0), (DOWN, 200), (OK, 400))
    assert tally([ping, ssh], month=MONTH, critical=False, now=AFTER).down == 100


def test_planned_work_and_blindness_stand_apart() -> None:
    look = story((OK, 0), (DOWN, 100), (OK, 500))
    told = tally(
        [look], month=MONTH, works=[span(400, 700)], blind=[span(450, 460), span(900, 950)],
        now=AFTER,
    )  # fmt: skip
    assert (told.down, told.maintenance, told.blind) == (300, 290, 60)
    assert told.up == LENGTH - 300 - 290 - 60


def test_other_months_do_not_count() -> None:
    look = story((DOWN, -1000), (OK, 100), (DOWN, LENGTH - 10), (OK, LENGTH + 500))
    assert tally([look], month=MONTH, now=AFTER).down == 110


def test_a_month_to_come_is_empty() -> None:
    assert tally([story((OK, -500))], month=MONTH, now=at(-100)) == Tally()


INVENTORY = Inventory(
    servers={
        "web1": Server("web1", datacentre="fra1", brand="acme"),
        "web2": Server("web2", datacentre="fra1", brand="acme"),
        "web3": Server("web3", brand="other"),
    },
    resellers={
        "rita": Reseller("rita", server="web1"),
        "rolf": Reseller("rolf", server="web3", brand="acme"),
    },
    datacentres=frozenset({"fra1"}),
)
SOURCES = (
    Source("web1/http", "web1"),
    Source("web1/ssh", "web1", critical=False),
    Source("web2/ping", "web2", critical=False),
    Source("web3/http", "web3"),
    Source("rita/shop", "web1", reseller="rita"),
)
STRETCHES = {
    "web1/http": story((OK, 0), (DOWN, 100), (OK, 200)),
    "web1/ssh": story((OK, 0), (DOWN, 1000), (OK, 9000)),
    "web2/ping": story((OK, 0), (DOWN, 5000), (OK, 5500)),
    "web3/http": story((OK, 0), (DOWN, 7000), (OK, 7070)),
    "rita/shop": story((OK, 0), (DOWN, 150), (OK, 250)),
}


def measured(record: Record) -> dict[tuple[Kind, str], Tally]:
    told = measure(SOURCES, record, inventory=INVENTORY, now=AFTER)
    return {(one.kind, one.name): one.tally for one in told}


def test_each_brand_server_and_reseller_has_its_month() -> None:
    told = measured(Record(MONTH, STRETCHES))
    assert {key: one.down for key, one in told.items()} == {
        (Kind.BRAND, "acme"): 100 + 500 + 70,
        (Kind.BRAND, "other"): 70,
        (Kind.SERVER, "web1"): 100,
        (Kind.SERVER, "web2"): 500,
        (Kind.SERVER, "web3"): 70,
        (Kind.RESELLER, "rita"): 150,
        (Kind.RESELLER, "rolf"): 70,
    }
    assert list(told) == sorted(told, key=lambda key: (list(Kind).index(key[0]), key[1]))
    brand = told[Kind.BRAND, "acme"]
    assert brand.up + brand.down == 3 * LENGTH


def test_a_brand_adds_up_whatever_its_servers_lived_through() -> None:
    work = Maintenance(1, "brand:acme", at(0), at(1000))
    told = measured(Record(MONTH, {}, works=(work,), blind=(span(900, 1300),)))
    apart = Tally(unknown=LENGTH - 1300, maintenance=900, blind=400)
    seen_three_times = apart.plus(apart).plus(Tally(unknown=LENGTH - 400, blind=400))
    assert told[Kind.SERVER, "web1"] == apart
    assert told[Kind.BRAND, "acme"] == seen_three_times
    assert seen_three_times.blind == 1200


def test_what_the_inventory_does_not_know_is_told_without_a_brand() -> None:
    sources = (
        Source("old/http", "old"),
        Source("ruth/shop", "old", reseller="ruth"),
        Source("ruth/blog", "web1", reseller="ruth"),
    )
    down = {"old/http": story((OK, 0), (DOWN, 10), (OK, 30))}
    work = Maintenance(1, "server:old", at(20), at(30))
    record = Record(MONTH, down, works=(work,))
    told = measure(sources, record, inventory=INVENTORY, now=AFTER)
    assert [(one.kind, one.name, one.tally.down) for one in told] == [
        (Kind.SERVER, "old", 10),
        (Kind.RESELLER, "ruth", 10),
    ]


@pytest.mark.parametrize(
    ("scope", "spared"),
    [
        ("server:web1", {"web1", "rita"}),
        ("dc:fra1", {"web1", "web2", "rita"}),
        ("brand:acme", {"web1", "web2", "rita"}),
        ("all", {"web1", "web2", "web3", "rita", "rolf"}),
        ("reseller:rita", {"rita"}),
    ],
)
def test_planned_work_spares_what_lies_in_its_scope(scope: str, spared: set[str]) -> None:
    work = Maintenance(1, scope, at(0), at(20000))
    told = measured(Record(MONTH, STRETCHES, works=(work,)))
    parts = {key: one for key, one in told.items() if key[0] is not Kind.BRAND}
    assert {name for (_, name), one in parts.items() if one.down == 0} == spared
    assert all((one.maintenance == 20000) is (one.down == 0) for one in parts.values())


def test_a_look_at_nothing_of_ours_is_in_nobodys_month() -> None:
    record = Record(MONTH, {"shop": story((DOWN, 0))})
    assert measure([Source("shop", "")], record, inventory=INVENTORY, now=AFTER) == ()


STATES = st.sampled_from(list(State))
LOOK = st.lists(st.tuples(STATES, st.integers(0, 90)), max_size=6, unique_by=lambda one: one[1])
PARTS = st.lists(
    st.tuples(st.integers(-10, 90), st.integers(-10, 90)).map(
        lambda pair: span(min(pair), max(pair))
    ),
    max_size=3,
)


@given(st.lists(LOOK, max_size=3), PARTS, PARTS, st.integers(0, 100), st.booleans())
def test_every_second_counts_once_and_as_what_it_was(
    looks: list[list[tuple[State, int]]],
    works: list[Span],
    blind: list[Span],
    now: int,
    critical: bool,
) -> None:
    stories = [story(*sorted(look, key=lambda one: one[1])) if look else [] for look in looks]
    told = tally(stories, month=MONTH, works=works, blind=blind, critical=critical, now=at(now))
    counts = dict.fromkeys(("up", "down", "unknown", "maintenance", "blind"), 0)
    for second in range(now):
        counts[lived(stories, works, blind, at(second), critical=critical)] += 1
    assert told == Tally(**counts)


def lived(
    stories: Sequence[Sequence[Stretch]],
    works: Sequence[Span],
    blind: Sequence[Span],
    moment: datetime,
    *,
    critical: bool,
) -> str:
    """What this second was, told the slow way."""
    if any(one.began <= moment < one.ended for one in blind):
        return "blind"
    if any(one.began <= moment < one.ended for one in works):
        return "maintenance"
    sights = {sight(look, moment) for look in stories}
    if "down" in sights and (critical or "up" not in sights):
        return "down"
    return "up" if "up" in sights else "unknown"


def sight(look: Sequence[Stretch], moment: datetime) -> str:
    index = max((i for i, one in enumerate(look) if one.began <= moment), default=-1)
    if index < 0:
        return "unknown"
    state = look[index].state
    following = look[index + 1].state if index + 1 < len(look) else None
    if state is SUSPECT and following is DOWN:
        return "down"
    if state is SUSPECT and following is UNKNOWN:
        return "unknown"
    if state is BACK:
        return "up" if following is OK else "down"
    return {OK: "up", SUSPECT: "up", DOWN: "down"}.get(state, "unknown")
