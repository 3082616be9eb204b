"""Do major incidents and links of incidents read back as they were written, on both engines?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import DAEMON
from responder.desk_values import Major
from responder.store import Store, Tx, incident_links, incidents, logs, majors
from responder.store.incident_links import Link, Relation
from responder.values import Entry, IncidentState
from tests.store.samples import MINUTE, NOW, incident

STORM = "storm"
ONE = Major(1, STORM, "responder", NOW, "ana", "lea", 900, NOW + 15 * MINUTE, 2, None, ("a", "b"))


def night(tx: Tx) -> None:
    """Five incidents of a storm's rule, of which one alone is to be declared."""
    site = replace(incident(1), rule=STORM, key="dc:fra1")
    others = (
        replace(incident(2), rule=STORM, state=IncidentState.RESOLVED),
        replace(incident(3), rule=STORM, drill=True),
        replace(incident(4), rule=STORM, muted_by=("maintenance:1",)),
        replace(incident(5), rule=STORM, parent=1),
        incident(6),
    )
    incidents.add(tx, [site, *others])


async def test_a_storm_that_nobody_has_declared_is_found_once(store: Store) -> None:
    await store.write(night)
    assert await store.read(majors.undeclared, rule=STORM) == [1]
    await store.write(majors.save, ONE)
    assert await store.read(majors.undeclared, rule=STORM) == []
    assert await store.read(majors.of, 1) == ONE
    assert await store.read(majors.of, 2) is None
    assert await store.read(majors.active) == [1]
    assert await store.read(majors.count) == 1


async def test_one_that_is_over_is_found_again_when_the_incident_comes_back(store: Store) -> None:
    over = replace(ONE, ended_at=NOW + MINUTE, next_update_at=None)

    def back(tx: Tx, minutes: int) -> None:
        entry, start = Entry("reopened", DAEMON, {"episode": 2}), logs.Tail()
        _, rows, texts = logs.chained("incident", 1, start, [entry], at=NOW + minutes * MINUTE)
        logs.add(tx, "incident", rows, texts)

    await store.write(night)
    await store.write(majors.save, over)
    assert await store.read(majors.undeclared, rule=STORM) == []
    assert await store.read(majors.active) == []
    await store.write(back, 5)
    assert await store.read(majors.undeclared, rule=STORM) == [1]


async def test_the_majors_of_a_span_are_listed_without_its_end(store: Store) -> None:
    await store.write(night)
    await store.write(majors.save, ONE)
    await store.write(majors.save, replace(ONE, incident=6, declared_at=NOW + MINUTE))
    told = {"since": NOW, "until": NOW + MINUTE}
    assert [one.incident for one in await store.read(majors.declared, **told)] == [1]
    later = await store.read(majors.declared, since=NOW, until=NOW + timedelta(hours=1))
    assert [one.incident for one in later] == [1, 6]


@pytest.mark.parametrize("ends", [(1, 6), (6, 1)])
async def test_a_link_is_found_from_both_ends(store: Store, ends: tuple[int, int]) -> None:
    link = Link(*ends, Relation.CAUSED_BY, "mira", NOW)
    await store.write(night)
    await store.write(incident_links.add, link)
    for end in ends:
        assert await store.read(incident_links.of, [end]) == [link]
    assert await store.read(incident_links.between, 6, 1) == [link]
    assert await store.read(incident_links.between, 6, 2) == []
    assert await store.read(incident_links.wholes_and_parts, [1]) == [(5, 1)]
    await store.write(incident_links.remove, link)
    assert await store.read(incident_links.of, [1, 6]) == []
