"""Does a look that fails become an outage when it should, and never before?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.observed import NEVER, Standing, State, agreed, agrees, forget, judge, next_in, weigh
from probes.model import FAST, UP, Finding, Issue, Patience, Phase, Severity, Verdict, up
from probes.model import down as failing
from probes.model import unknown as unclear

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
USUAL = Patience()
DOWN = failing(Phase.CONNECT, "no connection within 5 s")
UNKNOWN = unclear(Phase.AUTH, "the token was refused")
DISK = Issue("RS_DISK", Severity.WARNING, "91 % of the quota are used")
FINDINGS = {"u": UP, "d": DOWN, "?": UNKNOWN, "i": up(DISK)}


def lived(story: str, *, start: Standing = NEVER, patience: Patience = USUAL) -> Standing:
    """The standing after these looks: u = up, d = down, ? = unknown, each when the last one says
    that it is time.
    """
    standing, now = start, NOW
    for letter in story:
        standing = judge(standing, FINDINGS[letter], patience=patience, now=now)
        now += timedelta(seconds=next_in(standing, patience))
    return standing


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("story", "state"),
    [
        ("", State.PENDING),
        ("u", State.OK),
        ("d", State.SUSPECT),
        ("?", State.UNKNOWN),
        ("udd", State.SUSPECT),
        ("uddd", State.DOWN),
        ("ddd", State.DOWN),
        ("uddu", State.OK),
        ("udduddudd", State.SUSPECT),
        ("udddu", State.RECOVERING),
        ("uddduu", State.OK),
        ("udddud", State.DOWN),
        ("udddudu", State.RECOVERING),
        ("u?", State.UNKNOWN),
        ("u?u", State.OK),
        ("u?d", State.SUSPECT),
        ("u?ddd", State.DOWN),
        ("ud?", State.SUSPECT),
        ("ud?dd", State.DOWN),
        ("ud????", State.UNKNOWN),
        ("ud????d", State.SUSPECT),
        ("uddd????????", State.DOWN),
        ("udddu????", State.RECOVERING),
        ("udddu????u", State.OK),
        ("?" * 200, State.UNKNOWN),
    ],
)
def test_each_story_ends_in_its_state(story: str, state: State) -> None:
    assert lived(story).state is state


def test_what_is_well_and_stays_well_costs_nothing() -> None:
    well = lived("u")
    assert judge(well, UP, patience=USUAL, now=at(60)) is well


@pytest.mark.parametrize(("story", "letter"), [("uddd", "d"), ("u?", "?"), ("uddd?", "?")])
def test_what_stays_as_it_is_is_the_same_object(story: str, letter: str) -> None:
    before = lived(story)
    assert judge(before, FINDINGS[letter], patience=USUAL, now=at(900)) is before


def test_one_attempt_is_hard_at_once() -> None:
    once = Patience(attempts=1)
    standing = lived("ud", patience=once)
    assert standing.state is State.DOWN
    assert standing.failing_since == standing.hard_since == at(60)


@pytest.mark.parametrize(
    ("story", "since"),
    [
        ("uuu", 0),
        ("uud", 120),
        ("uudd", 120),
        ("uddu", 100),
        ("uddd", 100),
        ("udddd", 100),
        ("udddu", 160),
        ("udddu?", 160),
        ("udddud", 180),
        ("uddduu", 180),
        ("u?", 60),
        ("u??", 60),
        ("u?u", 120),
    ],
)
def test_a_state_lasts_since_its_first_look(story: str, since: float) -> None:
    assert lived(story).since == at(since)


def test_three_goods_in_a_row_may_be_asked_for() -> None:
    patient = Patience(recover=3)
    before, after = lived("udddu", patience=patient), lived("uddduu", patience=patient)
    assert after.state is State.RECOVERING
    assert (before.goods, after.goods) == (1, 2)
    assert after.since == before.since == at(160)
    assert lived("uddduuu", patience=patient).state is State.OK


def test_a_doubt_that_changes_its_reason_is_the_same_doubt() -> None:
    before = lived("u?")
    other = unclear(Phase.RESOLVE, "no free port on our side")
    after = judge(before, other, patience=USUAL, now=at(120))
    assert (after.doubt, after.since, after.unknown_since) == (other.reason, at(60), at(60))


@pytest.mark.parametrize(
    ("story", "tells"),
    [("", False), ("?", False), ("u", True), ("d", True), ("uddd?", True), ("ud????", False)],
)
def test_we_can_tell_unless_we_never_looked_or_could_not(story: str, tells: bool) -> None:
    assert lived(story).tells is tells


def test_what_is_wrong_with_an_answering_target_is_kept_apart_from_its_state() -> None:
    once, well = lived("ui"), lived("uiiiuu")
    assert once.state is State.OK
    assert (once.since, [held.sure for held in once.issues]) == (at(0), [False])
    assert next_in(once, USUAL) == 20
    sure = lived("uiii")
    assert [held.issue for held in sure.issues] == [DISK]
    assert next_in(sure, USUAL) == 60
    assert judge(sure, FINDINGS["i"], patience=USUAL, now=at(200)) is sure
    assert well.issues == ()


def test_others_that_see_it_up_know_nothing_of_what_is_wrong_with_it() -> None:
    sure, once = lived("iiid"), lived("id")
    assert weigh(sure, DOWN, verdicts("uu")).issues == (DISK,)
    assert weigh(once, DOWN, verdicts("uu")).issues == ()


def test_an_outage_began_with_its_first_failing_look() -> None:
    standing = lived("uddd")
    assert standing.failing_since == at(60)
    assert standing.hard_since == standing.since == at(100)
    assert (standing.reason, standing.phase) == (DOWN.reason, Phase.CONNECT)
    assert standing.attempts == 3


def test_a_relapse_is_the_same_outage() -> None:
    before, after = lived("uddd"), lived("udddud")
    assert after.failing_since == before.failing_since
    assert after.hard_since == before.hard_since
    assert after.since is not None
    assert before.since is not None
    assert after.since > before.since
    assert after.goods == 0


def test_the_outage_tells_its_newest_reason() -> None:
    other = failing(Phase.BANNER, "connection reset by the other side")
    after = judge(lived("uddd"), other, patience=USUAL, now=at(200))
    assert (after.reason, after.phase) == (other.reason, Phase.BANNER)


def test_an_outage_that_we_lose_sight_of_says_so_and_stays() -> None:
    before = lived("uddd")
    after = judge(before, UNKNOWN, patience=USUAL, now=at(160))
    assert after.state is State.DOWN
    assert after.unknown_since == at(160)
    assert (after.doubt, after.reason) == (UNKNOWN.reason, DOWN.reason)
    assert judge(after, DOWN, patience=USUAL, now=at(220)).unknown_since is None


def test_unknown_counts_from_its_first_look() -> None:
    standing = lived("u" + "?" * 40)
    assert standing.unknown_since == standing.since == at(60)


def test_looks_that_follow_too_fast_are_one_sight() -> None:
    standing = lived("ud")
    for seconds in (61, 65, 70, 77):
        same = judge(standing, DOWN, patience=USUAL, now=at(seconds))
        assert same is standing
    assert judge(standing, DOWN, patience=USUAL, now=at(78)).attempts == 2


def test_recovery_needs_two_moments_too() -> None:
    standing = lived("udddu")
    again = judge(standing, UP, patience=USUAL, now=standing.counted_at or NOW)
    assert again is standing


def test_a_clock_set_back_delays_no_outage() -> None:
    standing = judge(lived("ud"), DOWN, patience=USUAL, now=at(-3600))
    assert standing.attempts == 2


@pytest.mark.parametrize(("patience", "worst"), [(USUAL, 105.0), (FAST, 75.0)])
@pytest.mark.parametrize("deadline", [0.0, 5.0])
def test_a_dead_server_is_an_outage_within_interval_and_retries(
    patience: Patience, worst: float, deadline: float
) -> None:
    """It dies just after a good look; every look waits for its deadline."""
    standing = lived("u", patience=patience)
    began = 0.001 + patience.interval
    while not standing.hard:
        standing = judge(standing, DOWN, patience=patience, now=at(began))
        found = began + deadline
        began += next_in(standing, patience)
    assert found <= worst - 5 + deadline + 0.01


def test_looks_are_repeated_faster_only_while_something_is_open() -> None:
    paces = [next_in(lived(story), USUAL) for story in ("u", "ud", "uddd", "udddu", "uddduu", "?")]
    assert paces == [60, 20, 60, 20, 60, 60]


@given(
    st.lists(st.floats(0, 120), max_size=30).map(sorted),
    st.sampled_from([(False, 40.0), (True, 15.0)]),
)
def test_looks_in_between_put_no_decision_off(extra: list[float], how: tuple[bool, float]) -> None:
    """Others ask at any moment; each look says anew when the next one is due."""
    confirm, worst = how
    standing, began = lived("u"), 0.0
    while not standing.hard:
        standing = judge(standing, DOWN, patience=USUAL, now=at(began))
        if confirm:
            standing = agreed(standing)
        due = began + next_in(standing, USUAL, now=at(began))
        extra = [moment for moment in extra if moment > began]
        last, began = began, min([due, *extra[:1]])
    assert 0.9 * worst <= last <= worst + 0.001


def test_a_look_in_between_waits_for_the_rest_of_the_pause() -> None:
    standing = lived("ud")
    assert next_in(standing, USUAL, now=at(60)) == 20
    assert next_in(standing, USUAL, now=at(65)) == 15
    assert next_in(standing, USUAL, now=at(79)) == 20
    assert next_in(lived("udddu"), USUAL, now=at(165)) == 15
    assert next_in(lived("u"), USUAL, now=at(5)) == 60


def test_an_agreed_suspicion_is_hard_fifteen_seconds_after_its_first_look() -> None:
    standing = agreed(lived("ud"))
    assert next_in(standing, USUAL) == 15
    early = judge(standing, DOWN, patience=USUAL, now=at(65))
    assert early is standing
    hard = judge(standing, DOWN, patience=USUAL, now=at(75))
    assert hard.state is State.DOWN
    assert judge(standing, UP, patience=USUAL, now=at(75)).state is State.OK


@pytest.mark.parametrize("story", ["u", "uddd", "udddu", "?", ""])
def test_only_a_suspicion_can_be_agreed(story: str) -> None:
    standing = lived(story)
    assert agreed(standing) is standing


@pytest.mark.parametrize(
    ("others", "vantages", "shared"),
    [
        ("", "", False),
        ("?", "", False),
        ("dd", "", True),
        ("d?", "", True),
        ("du", "", False),
        ("u", "d", True),
        ("", "d", True),
        ("", "u", False),
        ("", "?", False),
    ],
)
def test_a_second_opinion_agrees_only_when_all_who_can_tell_fail(
    others: str, vantages: str, shared: bool
) -> None:
    assert agrees(verdicts(others), verdicts(vantages)) is shared


def verdicts(letters: str) -> list[Verdict]:
    return [FINDINGS[letter].verdict for letter in letters]


@pytest.mark.parametrize(
    ("vantages", "counted"),
    [
        ("", True),
        ("d", True),
        ("u", False),
        ("?", True),
        ("du", True),
        ("uu", False),
        ("?u", False),
        ("?d", True),
        ("??", True),
        ("duu", False),
        ("ddu", True),
        ("dduu", True),
        ("dduuu", False),
    ],
)
def test_two_of_three_vantage_points_decide(vantages: str, counted: bool) -> None:
    assert (weigh(lived("u"), DOWN, verdicts(vantages)) is DOWN) is counted


def test_a_path_that_is_broken_is_unknown_and_says_so() -> None:
    finding = weigh(lived("u"), DOWN, verdicts("uu"))
    assert finding.verdict is Verdict.UNKNOWN
    expected = f"only from here: {DOWN.reason} (up as seen from 2 of 2 others)"
    assert finding.reason == expected


@pytest.mark.parametrize("story", ["ud", "uddd", "udddu"])
def test_others_that_see_it_up_end_the_trouble(story: str) -> None:
    assert weigh(lived(story), DOWN, verdicts("uu")).verdict is Verdict.UP


@pytest.mark.parametrize("letter", ["u", "?", "i"])
def test_only_a_failing_look_is_weighed(letter: str) -> None:
    finding = FINDINGS[letter]
    assert weigh(lived("u"), finding, verdicts("uu")) is finding


def test_what_was_suspected_while_we_were_blind_is_forgotten() -> None:
    after = forget(lived("udd"), now=at(100))
    assert (after.state, after.attempts, after.failing_since) == (State.UNKNOWN, 0, None)
    assert judge(after, DOWN, patience=USUAL, now=at(101)).attempts == 1


@pytest.mark.parametrize("story", ["u", "uddd", "udddu", "?"])
def test_what_was_sure_before_we_were_blind_stays(story: str) -> None:
    standing = lived(story)
    assert forget(standing, now=at(900)) is standing


@given(st.text("ud?i", max_size=60), st.integers(1, 5), st.integers(1, 4))
def test_no_outage_without_enough_failures_in_a_row(
    story: str, attempts: int, recover: int
) -> None:
    """Whatever comes: hard needs `attempts` failing looks with no good one between."""
    patience = Patience(attempts=attempts, recover=recover)
    standing, now, row, good = NEVER, NOW, 0, 0
    for letter in story:
        before = standing
        standing = judge(standing, FINDINGS[letter], patience=patience, now=now)
        now += timedelta(seconds=next_in(standing, patience))
        row = 0 if letter in "ui" else row + (letter == "d")
        good = 0 if letter == "d" else good + (letter in "ui")
        if standing.hard and not before.hard:
            assert row >= attempts
        if before.hard and not standing.hard:
            assert good >= recover
            assert standing.state is State.OK


@given(st.text("ud?i", max_size=60))
def test_a_standing_never_contradicts_itself(story: str) -> None:
    standing = lived(story)
    assert (standing.failing_since is not None) is (standing.hard or standing.soft)
    assert (standing.hard_since is not None) is standing.hard
    if standing.state is State.UNKNOWN:
        assert standing.unknown_since is not None
        assert standing.doubt
    if standing.state is State.OK:
        assert standing.unknown_since is None
        assert standing.reason == ""
        assert standing.goods == standing.attempts == 0
    for earlier, later in (
        (standing.failing_since, standing.hard_since),
        (standing.hard_since, standing.since),
    ):
        assert earlier is None or later is None or earlier <= later


@given(st.text("?", min_size=1, max_size=40), st.text("ui", max_size=5))
def test_unknown_alone_never_becomes_an_outage(doubts: str, goods: str) -> None:
    assert not lived(goods + doubts).hard
    assert lived(goods + doubts).state is State.UNKNOWN


def test_findings_have_a_reason_whenever_they_are_not_up() -> None:
    assert all(finding.reason for finding in (DOWN, UNKNOWN))
    assert Finding(Verdict.UP) == UP


ACCESS = Issue("PANEL_ACCESS", Severity.WARNING, "the token was refused")
REFUSED = Finding(Verdict.UNKNOWN, Phase.AUTH, "the token was refused", (ACCESS,))


def refused(times: int, start: Standing = NEVER) -> Standing:
    standing, now = start, at(600)
    for _ in range(times):
        standing = judge(standing, REFUSED, patience=USUAL, now=now)
        now += timedelta(seconds=next_in(standing, USUAL))
    return standing


def test_what_keeps_us_from_telling_is_believed_like_any_other_trouble() -> None:
    assert [held.sure for held in refused(2).issues] == [False]
    told = refused(3)
    assert (told.state, [held.issue for held in told.issues if held.sure]) == (
        State.UNKNOWN,
        [ACCESS],
    )
    assert refused(1, told) is told


def test_what_is_not_seen_because_we_cannot_tell_is_not_over() -> None:
    (before,) = lived("iii").issues
    told = refused(3, lived("iii")).issues
    assert before in told
    assert {held.issue.code for held in told} == {"RS_DISK", "PANEL_ACCESS"}


def test_a_good_look_ends_what_kept_us_from_telling() -> None:
    standing = refused(3)
    for second in (900, 960):
        standing = judge(standing, UP, patience=USUAL, now=at(second))
    assert (standing.state, standing.issues) == (State.OK, ())
