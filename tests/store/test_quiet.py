"""Are silences, planned work and cut groups kept as long as they matter?"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from alerts.matchers import Matcher
from alerts.silences import Silence
from responder.store import quiet
from tests.store.samples import MINUTE, NOW

HOUR = 60 * MINUTE
MATCHERS = (
    Matcher("instance", "web.*", is_regex=True, is_equal=True),
    Matcher("severity", "info", is_regex=False, is_equal=False),
)


def silence(name: str, *, begins: float = -1, ends: float = 1) -> Silence:
    begin, end = NOW + begins * HOUR, NOW + ends * HOUR
    return Silence(name, MATCHERS, begin, end, "mira", "disks", NOW)


def work(tx: Connection, scope: str, *, begins: float = 0, ends: float = 1) -> int:
    return quiet.add_work(
        tx, scope=scope, starts_at=NOW + begins * HOUR, ends_at=NOW + ends * HOUR, reason="disks",
        by="mira",
    )  # fmt: skip


def test_a_silence_comes_back_as_it_was_put(tx: Connection) -> None:
    quiet.put_silence(tx, silence("s1"))
    assert quiet.silences(tx, now=NOW) == [silence("s1")]


def test_a_silence_that_is_put_again_is_changed(tx: Connection) -> None:
    quiet.put_silence(tx, silence("s1"))
    changed = replace(silence("s1", ends=9), comment="slow disks", created_by="ana")
    quiet.put_silence(tx, changed)
    assert quiet.silences(tx, now=NOW) == [changed]


def test_silences_are_known_until_they_end_and_shown_for_five_days(tx: Connection) -> None:
    for one in (silence("now"), silence("later", begins=2, ends=3), silence("over", ends=0)):
        quiet.put_silence(tx, one)
    quiet.put_silence(tx, silence("long ago", begins=-200, ends=-121))
    assert [one.id for one in quiet.silences(tx, now=NOW)] == ["now", "later"]
    shown = {one.id for one in quiet.silences(tx, now=NOW, ended=True)}
    assert shown == {"now", "later", "over"}


def test_planned_work_is_known_until_it_ends(tx: Connection) -> None:
    first, later = work(tx, "server:web1"), work(tx, "dc:fra1", begins=2, ends=3)
    over = work(tx, "all", begins=-2, ends=0)
    assert [one.id for one in quiet.works(tx, now=NOW)] == [first, later]
    assert [one.scope for one in quiet.works(tx, now=NOW)] == ["server:web1", "dc:fra1"]
    shown = quiet.works(tx, now=NOW, ended_since=NOW - HOUR)
    assert {one.id for one in shown} == {over, first, later}
    (told, _) = quiet.works(tx, now=NOW)
    assert (told.starts_at, told.ends_at, told.reason, told.created_by) == (
        NOW, NOW + HOUR, "disks", "mira",
    )  # fmt: skip


def test_work_that_was_ended_is_over_at_once_and_only_once(tx: Connection) -> None:
    number = work(tx, "all")
    ends = [quiet.end_work(tx, one, now=NOW) for one in (number, number, 4711)]
    assert ends == [True, False, False]
    assert quiet.works(tx, now=NOW) == []


def test_a_cut_group_is_remembered_until_it_is_told_in_full(tx: Connection) -> None:
    quiet.cut(tx, [("am", "a"), ("am", "b"), ("other", "a")], now=NOW)
    quiet.cut(tx, [], now=NOW)
    assert quiet.truncated_groups(tx) == {("am", "a"), ("am", "b"), ("other", "a")}
    quiet.whole(tx, "am", ["a", "c"])
    quiet.whole(tx, "am", [])
    assert quiet.truncated_groups(tx) == {("am", "b"), ("other", "a")}


def test_an_end_in_microseconds_is_exact(tx: Connection) -> None:
    one = replace(silence("s1"), ends_at=NOW + timedelta(microseconds=1))
    quiet.put_silence(tx, one)
    assert quiet.silences(tx, now=NOW) == [one]
    assert quiet.silences(tx, now=one.ends_at) == []
