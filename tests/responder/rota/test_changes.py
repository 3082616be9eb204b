"""Does what people change hold, for whom and as long as they said?"""

from dataclasses import replace

import pytest

from responder.rota.model import Rota
from responder.rota_values import Absence, Changes, Override, Shift, Span
from tests.responder.rota.roster import at, layer, rota, span

NIGHT = span("2026-01-05 19:00", "2026-01-06 07:00")
LATE = span("2026-01-06 00:00", "2026-01-06 04:00")
MIDNIGHT, EVENING = at("2026-01-06 00:30"), at("2026-01-05 20:00")
ROTA = rota(
    layer("ana boris clara", "07:00-19:00", "19:00-07:00", rotate="shift"),
    layer("eva", "19:00-23:00", adds=True, name="peak"),
)


def override(number: int, person: str, within: Span, instead: str | None = None) -> Override:
    return Override(number, "emergency", person, within, instead)


def changes(*overrides: Override, away: tuple[Absence, ...] = ()) -> Changes:
    return Changes(overrides, away)


def night(told: Changes, here: Rota = ROTA) -> list[tuple[str, str | None]]:
    return [(one.person, one.instead_of) for one in here.shifts(NIGHT, told)]


def test_somebody_stands_in_for_one_person() -> None:
    told = changes(override(1, "dora", NIGHT, "boris"))
    assert ROTA.on_call(EVENING, told) == ("dora", "eva")
    assert ROTA.on_call(at("2026-01-05 18:59"), told) == ("ana",)
    assert ROTA.on_call(at("2026-01-06 07:00"), told) == ("clara",)
    assert night(told) == [("dora", "boris"), ("eva", None)]


def test_somebody_stands_in_for_a_part_of_a_shift() -> None:
    shifts = ROTA.shifts(NIGHT, changes(override(1, "dora", LATE, "boris")))
    base = [one for one in shifts if one.layer == "layer-1"]
    assert [(one.person, one.span.starts) for one in base] == [
        ("boris", NIGHT.starts),
        ("dora", LATE.starts),
        ("boris", LATE.ends),
    ]


def test_who_stands_in_for_all_is_alone() -> None:
    told = changes(override(1, "dora", NIGHT))
    assert ROTA.on_call(EVENING, told) == ("dora",)
    assert night(told) == [("dora", "boris")]


def test_the_newest_wins_whatever_order_they_come_in() -> None:
    told = (override(9, "gabi", LATE, "boris"), override(3, "dora", NIGHT, "boris"))
    for several in (told, told[::-1]):
        assert ROTA.on_call(MIDNIGHT, changes(*several)) == ("gabi",)
        assert ROTA.on_call(EVENING, changes(*several)) == ("dora", "eva")


def test_who_stands_in_may_be_stood_in_for() -> None:
    told = changes(override(1, "dora", NIGHT, "boris"), override(2, "gabi", NIGHT, "dora"))
    assert ROTA.on_call(MIDNIGHT, told) == ("gabi",)
    assert night(told)[0] == ("gabi", "boris")


def test_what_is_swapped_away_is_nobody_elses_to_change() -> None:
    """Ana has given Monday night to Boris: who stands in for Ana has nothing to do then."""
    given = replace(override(1, "ana", NIGHT, "boris"), swap="s")
    assert ROTA.on_call(MIDNIGHT, changes(given, override(2, "gabi", NIGHT, "boris"))) == ("ana",)
    assert ROTA.on_call(MIDNIGHT, changes(given, override(2, "gabi", NIGHT, "ana"))) == ("gabi",)


def test_who_comes_back_to_his_own_shift_replaces_nobody() -> None:
    told = changes(override(1, "dora", NIGHT, "boris"), override(2, "boris", NIGHT, "dora"))
    assert night(told) == night(changes())


def test_who_is_on_call_already_is_not_doubled() -> None:
    told = changes(override(1, "eva", NIGHT, "boris"))
    assert ROTA.on_call(EVENING, told) == ("eva",)


def test_a_change_of_another_rota_or_of_somebody_off_duty_is_nothing() -> None:
    other = replace(override(1, "dora", NIGHT), rota="managers")
    assert ROTA.on_call(MIDNIGHT, changes(other)) == ("boris",)
    assert ROTA.on_call(MIDNIGHT, changes(override(1, "dora", NIGHT, "clara"))) == ("boris",)


def test_those_of_the_file_come_first_and_are_in_the_clocks_of_the_rota() -> None:
    own = {"from": "2026-01-05 19:00", "to": "2026-01-06 07:00", "person": "dora"}
    here = rota(layer("ana"), overrides=[own])
    assert here.people == ("ana", "dora")
    assert here.on_call(NIGHT.starts) == ("dora",)
    assert here.on_call(NIGHT.ends) == ("ana",)
    assert here.on_call(MIDNIGHT, changes(override(1, "gabi", NIGHT))) == ("gabi",)


def test_who_is_away_is_taken_out() -> None:
    away = changes(away=(Absence("boris", LATE),))
    assert ROTA.on_call(MIDNIGHT, away) == ()
    assert ROTA.next_on_call(MIDNIGHT, away) == ("boris",)
    assert ROTA.gaps(NIGHT, away) == (LATE,)
    together = rota(layer("ana+boris"))
    assert together.on_call(MIDNIGHT, away) == ("ana",)
    assert together.gaps(NIGHT, away) == ()


def test_who_stands_in_for_somebody_away_fills_the_gap() -> None:
    told = changes(override(1, "dora", LATE, "boris"), away=(Absence("boris", NIGHT),))
    gaps = ROTA.gaps(Span(LATE.starts, NIGHT.ends), told)
    assert gaps == (Span(LATE.ends, NIGHT.ends),)


def test_who_is_away_can_not_stand_in() -> None:
    told = changes(override(1, "dora", NIGHT, "boris"), away=(Absence("dora", NIGHT),))
    assert ROTA.on_call(MIDNIGHT, told) == ()


def test_somebody_may_stand_in_where_nobody_is_on_call() -> None:
    here = rota(layer("ana", "07:00-19:00"))
    told = changes(override(1, "dora", NIGHT))
    assert here.on_call(MIDNIGHT, told) == ("dora",)
    assert here.shifts(NIGHT, told) == (Shift("emergency", "", "dora", NIGHT),)
    assert here.gaps(NIGHT, told) == ()


@pytest.mark.parametrize(("promise", "gaps"), [("always", (NIGHT,)), ("layers", ())])
def test_a_gap_is_where_somebody_is_promised(promise: str, gaps: tuple[Span, ...]) -> None:
    here = rota(layer("ana", "07:00-19:00"), promise=promise)
    assert here.gaps(span("2026-01-05 07:00", "2026-01-06 19:00")) == gaps


def test_where_shifts_are_promised_an_absence_makes_a_gap() -> None:
    here = rota(layer("ana", "07:00-19:00"), promise="layers")
    away = changes(away=(Absence("ana", span("2026-01-05 12:00", "2026-01-06 12:00")),))
    assert here.gaps(span("2026-01-05 00:00", "2026-01-07 00:00"), away) == (
        span("2026-01-05 12:00", "2026-01-05 19:00"),
        span("2026-01-06 07:00", "2026-01-06 12:00"),
    )


def test_next_is_whoever_comes_after_those_on_call() -> None:
    assert ROTA.next_on_call(MIDNIGHT) == ("clara",)
    assert ROTA.next_on_call(at("2026-01-05 12:00")) == ("boris", "eva")
    assert rota(layer("ana")).next_on_call(MIDNIGHT) == ()
    assert rota(layer("ana")).next_on_call(at("2026-01-01 00:00")) == ("ana",)
    monthly = rota(layer("ana boris", every=5))
    assert monthly.next_on_call(at("2026-01-05 12:00")) == ("boris",)


def test_next_knows_who_stands_in() -> None:
    tomorrow = span("2026-01-06 07:00", "2026-01-06 19:00")
    told = changes(override(1, "dora", tomorrow, "clara"))
    assert ROTA.next_on_call(MIDNIGHT, told) == ("dora",)
