"""Does an escalation call the people who are on call just then, and always somebody?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

import pytest

from alerts.model import Priority
from responder.paging.duties import EVERYONE, MANAGER, Call, Duties, Quiet
from responder.paging.escalation import Ladder
from responder.rota_values import UNCHANGED, Changes, Override, Span

NIGHT = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Fixed:
    """A rota that knows two moments: before four o'clock and after it."""

    name: str = "rr"
    people: tuple[str, ...] = ("ana", "bob", "carl")
    before: tuple[str, ...] = ("ana",)
    after: tuple[str, ...] = ("bob",)
    asked: list[Changes] = field(default_factory=list)

    def on_call(self, at: datetime, changes: Changes = UNCHANGED) -> tuple[str, ...]:
        self.asked.append(changes)
        return self.before if at < NIGHT + HOUR else self.after

    def next_on_call(self, at: datetime, changes: Changes = UNCHANGED) -> tuple[str, ...]:
        return self.after if at < NIGHT + HOUR else self.before

    def gaps(self, within: Span, changes: Changes = UNCHANGED) -> Sequence[Span]:
        return ()


METHODS = dict.fromkeys(("ana", "bob", "carl", "dora", "boss"), ("email",)) | {"mute": ()}
HOUSE = Duties(
    critical=(Call(("rota:rr",)), Call(("next:rr", "team:night")), Call((EVERYONE, MANAGER))),
    methods=METHODS,
    teams={"night": ("carl", "mute")},
    rotas={"rr": Fixed()},
    behind={"rr": ("carl",)},
    managers=("boss",),
)


def rungs(ladder: Ladder | None) -> list[tuple[str, ...]]:
    return [rung.people for rung in ladder.rungs] if ladder else []


def called(*who: str, house: Duties = HOUSE, at: datetime = NIGHT) -> tuple[str, ...]:
    """The people of one step with these words."""
    ladder = replace(house, critical=(Call(who),)).at(at).critical
    return ladder.rungs[0].people if ladder else ()


def test_the_steps_go_from_who_is_on_call_to_everybody_and_the_manager() -> None:
    assert rungs(HOUSE.at(NIGHT).critical) == [
        ("ana",), ("bob", "carl"), ("ana", "bob", "carl", "dora", "boss"),
    ]  # fmt: skip


def test_after_the_change_of_shift_the_next_one_is_called() -> None:
    assert called("rota:rr", at=NIGHT + 2 * HOUR) == ("bob",)
    assert called("next:rr", at=NIGHT + 2 * HOUR) == ("ana",)


@pytest.mark.parametrize(
    ("word", "people"),
    [
        ("dora", ("dora",)), ("night", ("carl",)), ("team:night", ("carl",)), ("rr", ("ana",)),
        (MANAGER, ("boss",)), ("mute", ()),
    ],
)  # fmt: skip
def test_a_word_stands_for_a_person_a_team_a_rota_or_a_role(
    word: str, people: tuple[str, ...]
) -> None:
    assert called(word) == people


def test_nobody_is_named_twice_in_a_step() -> None:
    assert called("carl", "team:night", "carl") == ("carl",)


def test_in_a_gap_whoever_stands_behind_the_rota_is_called() -> None:
    gap = replace(HOUSE, rotas={"rr": Fixed(before=())})
    assert called("rota:rr", house=gap) == ("carl",)
    assert called("rota:rr", house=replace(gap, behind={})) == ("ana", "bob", "carl")


def test_whoever_can_not_be_reached_is_a_gap_too() -> None:
    silent = replace(HOUSE, rotas={"rr": Fixed(before=("mute",))}, behind={})
    assert called("rota:rr", house=silent) == ("ana", "bob", "carl")


def test_a_step_is_repeated_as_one_and_the_same() -> None:
    twice = replace(HOUSE, critical=(Call(("ana",), HOUR, 2), Call(("bob",)))).at(NIGHT).critical
    assert twice is not None
    assert rungs(twice) == [("ana",), ("ana",), ("bob",)]
    assert twice.rung(0) is twice.rung(1)


def test_a_rota_is_asked_with_what_people_have_changed() -> None:
    rota, wish = Fixed(), Override(7, "rr", "carl", Span(NIGHT, NIGHT + HOUR))
    told = Changes((wish,))
    replace(HOUSE, rotas={"rr": rota}).at(NIGHT, told)
    assert rota.asked
    assert set(map(id, rota.asked)) == {id(told)}


def test_a_rota_stands_for_its_people_where_a_team_is_asked_for() -> None:
    assert HOUSE.at(NIGHT).teams["rr"] == ("ana",)


def test_an_escalation_that_reaches_nobody_falls_back_to_the_critical_one() -> None:
    told = replace(HOUSE, by_priority={Priority.HIGH: (Call(("mute",)),)}).at(NIGHT)
    assert rungs(told.by_priority[Priority.HIGH])[0] == ("ana",)


def test_a_priority_has_its_own_steps_and_one_without_has_none() -> None:
    told = replace(HOUSE, by_priority={Priority.HIGH: (Call(("dora",)),)}).at(NIGHT)
    assert rungs(told.by_priority[Priority.HIGH]) == [("dora",)]
    assert rungs(told.critical)[0] == ("ana",)
    assert Priority.MEDIUM not in told.by_priority


def test_whoever_a_rota_may_ever_call_is_called_by_the_file_and_not_by_the_day() -> None:
    told = HOUSE.ever(NIGHT)
    assert rungs(told.critical)[0] == ("ana", "bob", "carl")
    assert told.teams["rr"] == ("ana", "bob", "carl")


def test_a_team_counts_more_than_a_rota_of_its_name() -> None:
    both = replace(HOUSE, teams={**HOUSE.teams, "rr": ("dora",)})
    assert both.at(NIGHT).teams["rr"] == ("dora",)
    assert called("rr", house=both) == ("dora",)


def test_only_who_has_his_quiet_hours_now_is_left_in_peace() -> None:
    now, then = Quiet(time(3), time(4), "UTC"), Quiet(time(4), time(5), "UTC")
    told = replace(HOUSE, quiet={"ana": now, "bob": then}).at(NIGHT)
    assert told.quiet == {"ana": NIGHT.replace(hour=4, minute=0)}


@pytest.mark.parametrize(
    ("begin", "end", "zone", "until"),
    [
        ("22:00", "07:00", "UTC", "07:00"),
        ("22:00", "07:00", "Europe/Sofia", "05:00"),
        ("03:10", "03:11", "UTC", "03:11"),
        ("03:11", "05:00", "UTC", None),
        ("01:00", "03:10", "UTC", None),
        ("04:00", "03:00", "UTC", None),
    ],
)
def test_quiet_hours_are_those_of_the_wall_clock(
    begin: str, end: str, zone: str, until: str | None
) -> None:
    quiet = Quiet(time.fromisoformat(begin), time.fromisoformat(end), zone)
    told = quiet.until(NIGHT)
    assert (told.strftime("%d %H:%M") if told else None) == (f"21 {until}" if until else None)


@pytest.mark.parametrize(
    ("hour", "minute", "until"), [(21, 59, None), (22, 0, 22), (6, 59, 21), (7, 0, None)]
)
def test_quiet_hours_begin_and_end_on_the_minute(hour: int, minute: int, until: int | None) -> None:
    quiet = Quiet(time(22), time(7), "UTC")
    told = quiet.until(NIGHT.replace(hour=hour, minute=minute))
    assert told == (datetime(2026, 11, until, 7, tzinfo=UTC) if until else None)


def test_quiet_hours_in_the_evening_end_on_the_next_day() -> None:
    quiet = Quiet(time(22), time(7), "UTC")
    evening = NIGHT.replace(hour=23)
    assert quiet.until(evening) == datetime(2026, 11, 22, 7, tzinfo=UTC)


def test_a_night_of_the_clock_change_ends_by_the_clock_on_the_wall() -> None:
    """25 October 2026, Sofia: four o'clock summer time becomes three."""
    quiet = Quiet(time(22), time(7), "Europe/Sofia")
    assert quiet.until(datetime(2026, 10, 24, 20, tzinfo=UTC)) == datetime(
        2026, 10, 25, 5, tzinfo=UTC
    )
