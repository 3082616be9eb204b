"""Is it seen how much is asked of whom, over all rotas, in hours that really passed?"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from responder.management.load import Burden, burdens, zone_of
from responder.rota.hours import whole_weeks
from responder.staff import Person
from responder.store.handovers import Ring
from tests.responder.rota.roster import at, layer, rota

SOFIA = ZoneInfo("Europe/Sofia")
FORTNIGHT = whole_weeks(at("2026-01-07 12:00"), SOFIA, weeks=2)
METHODS = [{"kind": "email", "to": "x@example.net"}]
PEOPLE = {
    "ana": Person.model_validate({"methods": METHODS}),
    "bob": Person.model_validate({"methods": METHODS, "zone": "Asia/Tokyo"}),
}


def ring(person: str, when: str) -> Ring:
    return Ring(person, 1, at(when))


def test_r89_hours_nights_and_pages_in_sleep_of_each_person() -> None:
    nights = rota(layer("ana", "19:00-07:00 mon tue wed thu fri"))
    rings = [
        ring("ana", "2026-01-06 03:00"),
        ring("ana", "2026-01-06 12:00"),
        ring("bob", "2026-01-06 03:00"),  # ten in the morning where he lives
    ]
    told, strains = burdens({"n": nights}, FORTNIGHT, people=PEOPLE, rings=rings)
    assert told == (
        Burden("ana", 120.0, 10, 5, 0, woken=1, paged=2),
        Burden("bob", 0.0, 0, 0, 0, woken=0, paged=1),
    )
    assert [(one.person, one.kind) for one in strains] == [
        ("ana", "hours"), ("ana", "hours"), ("ana", "nights"),
    ]  # fmt: skip


def test_two_rotas_of_one_person_are_one_burden_and_a_shift_is_cut_at_the_end() -> None:
    days = rota(layer("ana", "07:00-19:00 sun"))
    told, strains = burdens({"a": days}, FORTNIGHT, people=PEOPLE, rings=[])
    assert [(one.person, one.hours, one.weekend_shifts) for one in told] == [("ana", 24.0, 2)]
    assert strains == ()
    late = rota(layer("ana", "19:00-07:00 sun"))
    (one,), _ = burdens({"a": late}, FORTNIGHT, people=PEOPLE, rings=[])
    assert one.hours == 12.0 + 5.0  # the last one, as far as the weeks go


def test_without_rotas_the_digest_says_by_whose_clocks() -> None:
    assert zone_of([], otherwise="Europe/Berlin").key == "Europe/Berlin"
    assert zone_of([rota(layer("ana"))]).key == "Europe/Sofia"
    assert FORTNIGHT.ends - FORTNIGHT.starts == timedelta(days=14)
