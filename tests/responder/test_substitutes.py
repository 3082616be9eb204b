"""Are changes of a rota taken when they make sense, refused when not, and balanced when swapped?"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from responder import substitutes
from responder.acts import Refusal, Unknown
from responder.rota.hours import loads
from responder.rota_values import Absence, Override, Span
from responder.store import rotas
from responder.substitutes import Turn
from tests.responder.room import Room
from tests.responder.rota.roster import at, layer, rota, span

HOUR = timedelta(hours=1)
WEEK = span("2026-11-16 00:00", "2026-11-30 00:00")
NOW = at("2026-11-16 09:00")
DAYS = layer("ana boris clara", "07:00-19:00", rotate="shift")
NIGHTS = layer("boris clara ana", "19:00-07:00", rotate="shift", name="nights")
EMERGENCY = rota(DAYS, NIGHTS)
KNOWN = {"emergency": EMERGENCY}
METHODS = {**dict.fromkeys(("ana", "boris", "clara", "dora"), ("email",)), "otto": ()}


class Office:
    """Where people ask for changes."""

    def __init__(self, room: Room) -> None:
        self.room, self.now = room, NOW

    def stand_in(self, person: str, when: Span, *, instead_of: str | None = None) -> Override:
        wish = Override(0, "emergency", person, when, instead_of, reason="dentist", by="mira")
        kept: Override = self._asks(substitutes.stand_in, wish=wish, methods=METHODS, known=KNOWN)
        return kept

    def swap(self, one: Turn, other: Turn) -> tuple[Override, Override]:
        halves: tuple[Override, Override] = self._asks(
            substitutes.swap, name="emergency", one=one, other=other, by="mira", known=KNOWN
        )
        return halves

    def cancel(self, number: int) -> Override:
        kept: Override = self._asks(substitutes.cancel, number=number, by="ana")
        return kept

    def on_call(self, when: datetime) -> tuple[str, ...]:
        return EMERGENCY.on_call(when, self.room.look(rotas.changes, now=when))

    def hours(self) -> Counter[str]:
        shifts = EMERGENCY.shifts(WEEK, self.room.look(rotas.within, WEEK))
        told = Counter[str]()
        for load in loads(shifts, EMERGENCY.zone):
            told[load.person] += round(load.hours)
        return told

    def _asks(self, what: Any, **facts: Any) -> Any:
        return self.room.look(what, now=self.now, **facts)


@pytest.fixture
def office(room: Room) -> Office:
    return Office(room)


def test_who_stands_in_is_on_call_from_then_until_then(office: Office) -> None:
    when = span("2026-11-17 10:00", "2026-11-17 12:00")
    (before,) = office.on_call(when.starts)
    kept = office.stand_in("dora", when, instead_of=before)
    assert (kept.id, kept.by, kept.reason) == (1, "mira", "dentist")
    assert office.on_call(when.starts) == ("dora",)
    assert office.on_call(when.ends) == (before,)


def test_the_past_stays_as_it_was(office: Office) -> None:
    """Who has been on call since seven is not taken out of the two hours that he was."""
    when = span("2026-11-16 07:00", "2026-11-16 19:00")
    kept = office.stand_in("dora", when)
    assert kept.span == Span(NOW, when.ends)
    assert office.on_call(NOW - HOUR) != ("dora",)


def test_a_change_that_is_taken_back_has_been_until_then(office: Office) -> None:
    kept = office.stand_in("dora", Span(NOW, NOW + 6 * HOUR))
    office.now += 2 * HOUR
    assert office.cancel(kept.id) == kept
    assert office.on_call(NOW + HOUR) == ("dora",)
    assert office.on_call(NOW + 3 * HOUR) != ("dora",)
    with pytest.raises(Unknown):
        office.cancel(kept.id)


def test_a_swap_changes_both_shifts_and_leaves_the_hours_as_they_were(office: Office) -> None:
    one, other = Turn("ana", at("2026-11-19 12:00")), Turn("boris", at("2026-11-20 12:00"))
    assert office.on_call(one.at) == ("ana",)
    assert office.on_call(other.at) == ("boris",)
    before = office.hours()
    halves = office.swap(one, other)
    assert [half.span for half in halves] == [
        span("2026-11-19 07:00", "2026-11-19 19:00"),
        span("2026-11-20 07:00", "2026-11-20 19:00"),
    ]
    assert len({half.swap for half in halves}) == 1
    assert (office.on_call(one.at), office.on_call(other.at)) == (("boris",), ("ana",))
    assert office.hours() == before


def test_a_swap_is_taken_back_by_either_half(office: Office) -> None:
    one, other = Turn("ana", at("2026-11-19 12:00")), Turn("boris", at("2026-11-20 12:00"))
    halves = office.swap(one, other)
    office.cancel(halves[1].id)
    assert (office.on_call(one.at), office.on_call(other.at)) == (("ana",), ("boris",))


def test_of_a_shift_that_has_begun_what_is_left_changes_hands(office: Office) -> None:
    (now,) = office.on_call(NOW)
    coming = next(
        shift for shift in EMERGENCY.shifts(Span(NOW + 24 * HOUR, WEEK.ends)) if shift.person != now
    )
    given, _ = office.swap(Turn(now, NOW), Turn(coming.person, coming.span.starts))
    assert given.span == Span(NOW, at("2026-11-16 19:00"))
    assert office.on_call(NOW - HOUR) == (now,)


SOON = Span(NOW, NOW + HOUR)
REFUSED: list[tuple[str, str | None, Span, str]] = [
    ("nobody", None, SOON, 'nobody is called "nobody"'),
    ("boriss", None, SOON, 'did you mean "boris"'),
    ("otto", None, SOON, "no methods"),
    ("dora", "dora", SOON, "the same person"),
    ("dora", "otto", SOON, "otto has no shift in emergency"),
    ("dora", None, Span(NOW + HOUR, NOW + HOUR), "end after it begins"),
    ("dora", None, Span(NOW - 2 * HOUR, NOW), "over already"),
    ("dora", None, Span(NOW, NOW + 9000 * HOUR), "longer than a year"),
]


@pytest.mark.parametrize(("person", "instead_of", "when", "words"), REFUSED)
def test_what_makes_no_sense_is_refused_in_plain_words(
    office: Office, person: str, instead_of: str | None, when: Span, words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        office.stand_in(person, when, instead_of=instead_of)
    assert office.room.look(rotas.changes, now=NOW).overrides == ()


def test_who_is_away_stands_in_for_nobody(office: Office) -> None:
    """A rota takes out whoever is away: the change would make a gap, and nobody would see why."""
    away = [Absence("dora", Span(NOW, NOW + 72 * HOUR), "holidays", "dora", "1")]
    office.room.look(rotas.absent, "dora", away)
    with pytest.raises(Refusal, match=r"dora is away then: holidays, 2026-11-16 07:00 to"):
        office.stand_in("dora", Span(NOW + HOUR, NOW + 2 * HOUR))
    away = [Absence("boris", Span(NOW, NOW + 72 * HOUR), "", "boris", "1")]
    office.room.look(rotas.absent, "boris", away)
    with pytest.raises(Refusal, match="boris is away then"):
        office.swap(Turn("ana", at("2026-11-19 05:00")), Turn("boris", at("2026-11-20 12:00")))


def test_two_who_are_on_call_at_once_have_nothing_to_swap(room: Room) -> None:
    peak = layer("boris", "10:00-18:00", adds=True, name="peak")
    both = rota(layer("ana", "07:00-19:00"), peak)
    shifts = both.shifts(span("2026-11-19 11:00", "2026-11-19 12:00"))
    when = shifts[0].span.starts
    one, other = (Turn(shift.person, when) for shift in shifts)
    with pytest.raises(Refusal, match="during that shift already"):
        room.look(
            substitutes.swap, name="emergency", one=one, other=other, by="mira",
            known={"emergency": both}, now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (Turn("ana", NOW), Turn("ana", NOW), "same person"),
        (Turn("dora", NOW), Turn("ana", NOW), "dora is not on call in emergency at 2026-11-16"),
        (Turn("ana", at("2026-11-11 12:00")), Turn("boris", at("2026-11-20 12:00")), "not on call"),
    ],
)
def test_a_swap_of_what_is_not_theirs_is_refused(
    office: Office, one: Turn, other: Turn, words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        office.swap(one, other)


def test_a_shift_that_is_over_is_swapped_by_nobody(office: Office) -> None:
    over = EMERGENCY.shifts(Span(NOW - 60 * HOUR, NOW - 48 * HOUR))[0]
    coming = next(
        one
        for one in EMERGENCY.shifts(Span(NOW + 24 * HOUR, WEEK.ends))
        if one.person != over.person
    )
    with pytest.raises(Refusal, match="over already"):
        office.swap(Turn(over.person, over.span.starts), Turn(coming.person, coming.span.starts))


def test_a_rota_that_is_not_there_is_unknown(office: Office) -> None:
    with pytest.raises(Unknown, match="there are: emergency"):
        substitutes.rota_of(KNOWN, "emergancy")
    with pytest.raises(Unknown, match="no change 77"):
        office.cancel(77)
