"""Does the database count inflow as a person with a pencil would, on both engines?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from responder.desk.section import Desk
from responder.management.flow import Inflow, inflow_of
from responder.plan import Plan
from responder.store import Store, Tx, inflow
from responder.store.tables import ticket
from tests.responder.management.history import Past, happened

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCOPE = {"restore": {"level": "level-2", "playbook": "restore"}}


def busy_weeks() -> list[Past]:
    """Three tickets a day at 15 o'clock, of one kind that takes long; one at night."""
    days = (NOW.replace(hour=0, minute=0) - timedelta(days=day) for day in range(1, 15))
    past = []
    for day in days:
        past += [Past(day + 15 * HOUR, "mail/quota", timedelta(hours=2))] * 3
        past.append(Past(day + 3 * HOUR, "dns/ttl", timedelta(minutes=1)))
    return sorted(past, key=lambda one: one.at)


async def look(store: Store, plan: Plan | None = None, *, weeks: int = 1) -> Inflow:
    found: Inflow = await store.read(
        inflow_of, plan=plan or Plan(), zone=ZoneInfo("UTC"), weeks=weeks, now=NOW
    )
    return found


async def test_a_span_and_the_one_before_it_are_counted(store: Store) -> None:
    await store.write(happened, busy_weeks())
    found = await look(store)
    assert (found.until, found.total, found.before) == (NOW.replace(minute=0), 27, 28)
    assert found.growth == -1 / 28
    assert found.hours[0][15] == 3
    assert sum(map(sum, found.hours)) == 27
    assert found.everyday is not None
    assert found.everyday.begins == 8
    (long, short) = found.candidates
    assert (long.fingerprint, long.count, long.before, long.handling) == (
        "mail/quota", 21, 21, 21 * 7200,
    )  # fmt: skip
    assert short.handling == 6 * 60


async def test_drills_and_merged_tickets_are_no_inflow(store: Store) -> None:
    await store.write(happened, busy_weeks())

    def spoil(tx: Tx) -> None:
        tx.execute(ticket.update().where(ticket.c.id > 50).values(drill=True))
        tx.execute(ticket.update().where(ticket.c.id <= 30).values(gone="merged"))

    await store.write(spoil)
    found = await look(store, weeks=2)
    assert found.total == 20
    assert sum(one.count for one in found.candidates) == 20


async def test_what_nobody_has_classified_is_of_its_category_and_channel(store: Store) -> None:
    await store.write(happened, [Past(NOW - 5 * HOUR, took=None)] * 3)
    (kind,) = (await look(store)).candidates
    assert (kind.fingerprint, kind.handling) == ("hosting/ticket", 0)


async def test_a_kind_whose_task_has_a_playbook_is_no_candidate(store: Store) -> None:
    restores = [Past(NOW - 5 * HOUR, "restore", case={"task": "restore"})] * 4
    await store.write(happened, restores)
    plan = Plan(desk=Desk.model_validate({"scope": SCOPE}))
    assert [one.fingerprint for one in (await look(store)).candidates] == ["restore"]
    found = await look(store, plan)
    assert found.candidates == ()
    assert found.growing[0].has_playbook


async def test_the_newest_of_a_kind_is_its_example(store: Store) -> None:
    at = NOW - 5 * HOUR
    past = [Past(at, "k", subject="first"), Past(at + HOUR, "k", subject="last")]
    await store.write(happened, past)
    (kind,) = await store.read(inflow.kinds, since=at, until=NOW)
    assert (kind.example, kind.count, kind.runs) == ("ticket 2: last", 2, 0)


async def test_no_tickets_are_an_answer_too(store: Store) -> None:
    found = await look(store, weeks=8)
    assert (found.total, found.everyday, found.candidates, found.growth) == (0, None, (), None)
