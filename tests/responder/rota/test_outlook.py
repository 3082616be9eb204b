"""Is everything known that a rota holds in store for the coming fortnight?"""

from datetime import timedelta

from responder.rota.outlook import AHEAD, Away, Gap, HandOver, outlook
from responder.rota_values import Absence, Changes, Override, Span
from tests.responder.rota.roster import at, layer, rota, span

NOW = at("2026-01-05 12:00")
DAYS = rota(layer("ana boris", "07:00-19:00", "19:00-07:00", rotate="shift"))
FIRST_NIGHT = span("2026-01-05 19:00", "2026-01-06 07:00")


def test_a_full_rota_has_no_gap() -> None:
    told = outlook([DAYS], NOW)
    assert (told.gaps, told.gap_seconds, told.away) == ((), 0, ())
    assert told.within == Span(NOW, NOW + AHEAD)


def test_gaps_of_all_rotas_are_told_in_order_and_in_seconds() -> None:
    weekdays = rota(layer("ana", "00:00-00:00 mon tue wed thu fri"))
    told = outlook([weekdays, DAYS], NOW)
    first, second = (
        span("2026-01-10 00:00", "2026-01-12 00:00"),
        span("2026-01-17 00:00", "2026-01-19 00:00"),
    )
    assert told.gaps == (Gap("emergency", first), Gap("emergency", second))
    assert told.gap_seconds == 4 * 86400


def test_a_gap_in_the_night_of_13_hours_is_longer() -> None:
    days = rota(layer("ana", "07:00-19:00"))
    told = outlook([days], at("2026-10-24 18:00"), ahead=timedelta(days=1))
    assert told.gap_seconds == 13 * 3600


def test_who_hands_over_to_whom_and_when() -> None:
    told = outlook([DAYS], NOW, ahead=timedelta(hours=20))
    assert told.hand_overs == (
        HandOver("emergency", FIRST_NIGHT.starts, ("ana",), ("boris",)),
        HandOver("emergency", FIRST_NIGHT.ends, ("boris",), ("ana",)),
    )


def test_who_follows_himself_hands_nothing_over() -> None:
    weekly = rota(layer("ana boris", "09:00-09:00"))
    told = outlook([weekly], NOW)
    mondays = [at("2026-01-12 09:00"), at("2026-01-19 09:00")]
    assert [one.at for one in told.hand_overs] == mondays


def test_in_a_gap_things_are_handed_to_nobody() -> None:
    told = outlook([rota(layer("ana", "07:00-19:00"))], NOW, ahead=timedelta(hours=20))
    assert [(one.leaving, one.coming) for one in told.hand_overs] == [
        (("ana",), ()),
        ((), ("ana",)),
    ]


def test_those_who_come_on_top_are_a_hand_over_too() -> None:
    here = rota(layer("ana"), layer("eva", "14:00-18:00", adds=True, name="peak"))
    told = outlook([here], NOW, ahead=timedelta(hours=3))
    assert told.hand_overs == (HandOver("emergency", at("2026-01-05 14:00"), (), ("eva",)),)


def test_whose_turn_falls_into_an_absence_is_told() -> None:
    holiday = Absence("boris", span("2026-01-05 00:00", "2026-01-06 04:00"), "skiing")
    told = outlook([DAYS], NOW, Changes(absences=(holiday,)))
    missed = Span(FIRST_NIGHT.starts, holiday.span.ends)
    assert told.away == (Away("emergency", holiday, missed, covered=False),)
    assert told.gaps == (Gap("emergency", missed),)


def test_an_absence_for_which_somebody_stands_in_is_no_news() -> None:
    holiday = Absence("boris", FIRST_NIGHT)
    stand_in = Override(1, "emergency", "clara", FIRST_NIGHT, "boris")
    told = outlook([DAYS], NOW, Changes((stand_in,), (holiday,)))
    assert (told.away, told.gaps) == ((), ())


def test_an_absence_that_leaves_others_on_call_is_covered() -> None:
    both = rota(layer("ana+boris"))
    told = outlook([both], NOW, Changes(absences=(Absence("boris", FIRST_NIGHT),)))
    assert [one.covered for one in told.away] == [True, True]  # midnight ends a shift
    assert told.gaps == ()
