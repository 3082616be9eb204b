"""Is a month told as it was, from what the store remembers?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from alerts.availability import Tally
from alerts.inventory import Inventory, Reseller, Server
from alerts.quiet import Maintenance
from alerts.spans import read_month
from responder.kpi.availability import as_csv, availability, this_month
from responder.store import probes
from responder.store.probes import EYES, Change
from responder.store.tables import metadata

MONTH = read_month("2026-11")
DAY = 86400.0
INVENTORY = Inventory(
    {"web1": Server("web1", brand="acme")}, {"blue": Reseller("blue", "web1", "bluebrand")}
)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after the month began."""
    return MONTH.began + timedelta(days=number)


def server(at: float, state: str) -> Change:
    return Change("@server/web1", day(at), state, server="web1", brand="acme")


def reseller(at: float, state: str) -> Change:
    return Change("@reseller/blue", day(at), state, server="web1", reseller="blue")


@pytest.fixture
def tx() -> Iterator[Connection]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    with engine.begin() as tx:
        yield tx
    engine.dispose()


def measured(
    tx: Connection, *changes: Change, works: tuple[Maintenance, ...] = (), now: datetime = LATER
) -> dict[str, Tally]:
    probes.keep(tx, states=[], changes=changes)
    found = availability(tx, month=MONTH, inventory=INVENTORY, works=works, now=now)
    return {one.name: one.tally for one in found}


def days(tally: Tally) -> tuple[float, ...]:
    """Up, down, unknown, planned work and blind, in days."""
    spans = (tally.up, tally.down, tally.unknown, tally.maintenance, tally.blind)
    return tuple(seconds / DAY for seconds in spans)


def test_what_held_before_the_month_holds_at_its_begin(tx: Connection) -> None:
    told = measured(tx, server(-40, "ok"), server(10, "down"), server(13, "ok"))
    assert days(told["web1"]) == (27, 3, 0, 0, 0)
    assert told["web1"].ratio == 0.9
    assert told["acme"] == told["web1"]


def test_before_anybody_looked_nothing_is_known(tx: Connection) -> None:
    assert days(measured(tx, server(20, "ok"))["web1"]) == (10, 0, 20, 0, 0)


def test_a_month_that_lasts_is_told_until_now(tx: Connection) -> None:
    told = measured(tx, server(-1, "ok"), server(5, "down"), now=day(6))
    assert days(told["web1"]) == (5, 1, 0, 0, 0)


def test_planned_work_and_blind_time_are_nobodys(tx: Connection) -> None:
    work = Maintenance(-1, "server:web1", day(10), day(12), "new disks", "ana")
    blind = (Change(EYES, day(20), "blind"), Change(EYES, day(21), "sighted"))
    told = measured(
        tx, server(-1, "ok"), server(9, "down"), server(12, "ok"), *blind, works=(work,)
    )
    assert days(told["web1"]) == (26, 1, 0, 2, 1)


def test_being_blind_until_the_end_counts_until_the_end(tx: Connection) -> None:
    told = measured(tx, server(-1, "ok"), Change(EYES, day(29), "blind"))
    assert days(told["web1"]) == (29, 0, 0, 0, 1)


def test_time_in_which_no_daemon_ran_is_blind_time(tx: Connection) -> None:
    probes.was_away(tx, since=day(3), now=day(4))
    assert days(measured(tx, server(-1, "ok"))["web1"]) == (29, 0, 0, 0, 1)


def test_a_reseller_is_down_with_his_server_and_by_himself(tx: Connection) -> None:
    told = measured(
        tx, server(-1, "ok"), server(1, "down"), server(2, "ok"),
        reseller(-1, "ok"), reseller(1, "down"), reseller(2, "ok"), reseller(5, "down"),
        reseller(6, "ok"),
    )  # fmt: skip
    assert days(told["blue"]) == (28, 2, 0, 0, 0)
    assert days(told["web1"]) == (29, 1, 0, 0, 0)
    assert days(told["bluebrand"]) == (28, 2, 0, 0, 0)


def test_a_single_look_is_nobodys_month(tx: Connection) -> None:
    assert measured(tx, Change("web1/http", day(1), "down", server="web1")) == {}


def test_csv_has_seconds_and_no_ratio_where_nothing_was_seen(tx: Connection) -> None:
    probes.keep(tx, states=[], changes=[server(-1, "unknown")])
    found = availability(tx, month=MONTH, inventory=Inventory(), works=(), now=LATER)
    assert as_csv(found) == (
        "kind,name,ratio,up,down,unknown,maintenance,blind\nserver,web1,,0,0,2592000,0,0\n"
    )


def test_a_month_is_one_in_utc() -> None:
    assert this_month(datetime.fromisoformat("2026-12-01T00:30:00+02:00")) == "2026-11"


@given(
    st.lists(st.tuples(st.floats(-5, 40), st.sampled_from(["ok", "down", "unknown"])), max_size=12),
    st.lists(st.tuples(st.floats(-5, 40), st.sampled_from(["blind", "sighted"])), max_size=6),
    st.lists(st.tuples(st.floats(-5, 30), st.floats(0.01, 9)), max_size=3),
    st.floats(0, 45),
)
def test_all_seconds_of_a_month_are_told_once(
    states: list[tuple[float, str]],
    sights: list[tuple[float, str]],
    works: list[tuple[float, float]],
    now: float,
) -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    changes = [server(at, state) for at, state in sorted(states)]
    eyes = [Change(EYES, day(at), state) for at, state in sorted(sights)]
    planned = tuple(
        Maintenance(-number, "all", day(at), day(at + span), "", "ana")
        for number, (at, span) in enumerate(works, start=1)
    )
    with engine.begin() as tx:
        told = measured(tx, *changes, *eyes, works=planned, now=day(now))
    engine.dispose()
    for tally in told.values():
        assert sum(days(tally)) == pytest.approx(min(now, 30), abs=1e-9)
