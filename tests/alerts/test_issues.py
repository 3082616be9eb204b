"""Is what is wrong with an answering target believed only after it was seen often enough?"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.issues import Held, note, settled, soon
from alerts.observed import NEVER, State, judge, next_in
from probes.model import UP, Issue, Patience, Phase, Severity, down, up

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
USUAL = Patience()
DISK = Issue("RS_DISK", Severity.WARNING, "91 % are used", about="acme")
FULL = Issue("RS_DISK", Severity.ERROR, "96 % are used", about="acme")
OTHER = Issue("RS_DISK", Severity.WARNING, "88 % are used", about="other")


def lived(*looks: tuple[Issue, ...], patience: Patience = USUAL) -> tuple[Held, ...]:
    held: tuple[Held, ...] = ()
    for number, issues in enumerate(looks):
        held = note(held, issues, patience=patience, now=at(20 * number))
    return held


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_what_was_named_once_is_not_believed_yet() -> None:
    (held,) = lived((DISK,))
    assert not held.sure
    assert not settled((held,))


def test_what_was_named_three_times_in_a_row_is_sure() -> None:
    (held,) = lived((DISK,), (DISK,), (DISK,))
    assert held.sure
    assert held.since == NOW
    assert settled((held,))


def test_one_attempt_is_enough_where_one_is_asked_for() -> None:
    (held,) = lived((DISK,), patience=Patience(attempts=1))
    assert held.sure


def test_what_is_not_named_again_was_nothing() -> None:
    assert lived((DISK,), (DISK,), ()) == ()


def test_what_was_sure_ends_after_two_looks_without_it() -> None:
    sure = ((DISK,), (DISK,), (DISK,))
    (held,) = lived(*sure, ())
    assert held.sure
    assert not settled((held,))
    assert lived(*sure, (), ()) == ()
    (back,) = lived(*sure, (), (DISK,))
    assert settled((back,))


def test_two_of_one_code_are_told_apart_by_what_they_are_about() -> None:
    held = lived((DISK, OTHER), (DISK, OTHER), (OTHER,))
    assert [one.issue.about for one in held] == ["other"]


def test_the_newest_words_and_severity_are_told_at_once() -> None:
    (held,) = lived((DISK,), (DISK,), (DISK,), (FULL,))
    assert held.issue == FULL
    assert held.sure
    assert held.since == NOW


def test_the_same_look_of_the_same_trouble_is_the_same_object() -> None:
    held = lived((DISK,), (DISK,), (DISK,))
    assert note(held, (DISK,), patience=USUAL, now=at(60)) is held


def test_looks_that_follow_too_fast_count_once() -> None:
    held = lived((DISK,))
    for seconds in (1, 2, 3):
        held = note(held, (DISK,), patience=USUAL, now=at(seconds))
    assert not held[0].sure
    assert held[0].seen == 1


def test_a_look_is_soon_only_after_the_last_one() -> None:
    assert soon(NOW, NOW, pause=20)
    assert soon(NOW, at(17.9), pause=20)
    assert not soon(NOW, at(18), pause=20)
    assert not soon(NOW, at(-1), pause=20)
    assert not soon(None, NOW, pause=20)


def test_issues_speed_up_the_looks_until_they_are_sure() -> None:
    standing, paces = NEVER, list[float]()
    for number in range(4):
        standing = judge(standing, up(DISK), patience=USUAL, now=at(20 * number))
        paces.append(next_in(standing, USUAL))
    assert paces == [20, 20, 60, 60]
    assert standing.state is State.OK


def test_an_outage_does_not_make_issues_forgotten() -> None:
    standing = NEVER
    for number in range(3):
        standing = judge(standing, up(DISK), patience=USUAL, now=at(20 * number))
    for number in range(3, 6):
        bad = down(Phase.CONNECT, "no answer")
        standing = judge(standing, bad, patience=USUAL, now=at(20 * number))
    assert standing.hard
    assert [held.issue for held in standing.issues] == [DISK]
    good = standing
    for number in range(6, 8):
        good = judge(good, UP, patience=USUAL, now=at(20 * number))
    assert good.state is State.OK
    assert good.issues == ()


@given(
    st.lists(st.booleans(), max_size=40),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_it_is_sure_only_between_enough_sights_and_enough_misses(
    looks: list[bool], attempts: int, recover: int
) -> None:
    patience = Patience(attempts=attempts, recover=recover)
    held: tuple[Held, ...] = ()
    seen = missed = 0
    for number, named in enumerate(looks):
        before = bool(held and held[0].sure)
        issues = (DISK,) if named else ()
        held = note(held, issues, patience=patience, now=at(20 * number))
        seen, missed = (seen + 1, 0) if named else (0, missed + 1)
        sure = bool(held and held[0].sure)
        assert sure is (seen >= attempts if not before else missed < recover)
