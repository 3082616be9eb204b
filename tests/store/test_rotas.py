"""Are people's changes of the rotas kept, found when they matter, and taken back whole?"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from responder.rota_values import Absence, Override, Span
from responder.store import rotas
from tests.store.samples import MINUTE, NOW

HOUR = timedelta(hours=1)
TODAY = Span(NOW, NOW + 12 * HOUR)


def wish(person: str = "bob", **more: object) -> Override:
    told = {"rota": "rr", "span": TODAY, "instead_of": "ana", "reason": "dentist", "by": "mira"}
    return Override(0, person=person, **{**told, **more})  # type: ignore[arg-type]


def test_a_wish_comes_back_as_it_was_with_a_number(tx: Connection) -> None:
    kept = rotas.add(tx, wish(), now=NOW)
    assert kept.id > 0
    assert replace(kept, id=0) == wish()
    assert rotas.by_id(tx, kept.id) == kept
    assert rotas.changes(tx, now=NOW).overrides == (kept,)


def test_the_order_is_that_of_the_wishes(tx: Connection) -> None:
    ones = [rotas.add(tx, wish(person), now=NOW) for person in ("bob", "carl", "bob")]
    assert list(rotas.changes(tx, now=NOW).overrides) == ones


def test_only_what_touches_the_time_asked_for_is_found(tx: Connection) -> None:
    rotas.add(tx, wish(span=Span(NOW - 2 * HOUR, NOW)), now=NOW)
    rotas.add(tx, wish(span=Span(NOW + rotas.AHEAD, NOW + rotas.AHEAD + HOUR)), now=NOW)
    running = rotas.add(tx, wish(span=Span(NOW - HOUR, NOW + MINUTE)), now=NOW)
    coming = rotas.add(tx, wish(span=Span(NOW + 5 * HOUR, NOW + 6 * HOUR)), now=NOW)
    assert rotas.changes(tx, now=NOW).overrides == (running, coming)


def test_a_wish_can_be_taken_back(tx: Connection) -> None:
    kept = rotas.add(tx, wish(), now=NOW)
    assert rotas.end(tx, kept, by="ana", now=NOW) == 1
    assert (rotas.by_id(tx, kept.id), rotas.changes(tx, now=NOW).overrides) == (None, ())
    assert rotas.end(tx, kept, by="ana", now=NOW) == 0


def test_what_was_until_then_was(tx: Connection) -> None:
    kept = rotas.add(tx, wish(), now=NOW)
    assert rotas.end(tx, kept, by="ana", now=NOW + HOUR) == 1
    (left,) = rotas.within(tx, TODAY).overrides
    assert left == replace(kept, span=Span(NOW, NOW + HOUR))
    assert rotas.changes(tx, now=NOW + HOUR).overrides == ()


def test_a_swap_is_taken_back_with_both_halves(tx: Connection) -> None:
    first = rotas.add(tx, wish(swap="s1"), now=NOW)
    rotas.add(tx, wish("ana", instead_of="bob", swap="s1"), now=NOW)
    other = rotas.add(tx, wish("carl", swap="s2"), now=NOW)
    assert rotas.end(tx, first, by="mira", now=NOW) == 2
    assert rotas.changes(tx, now=NOW).overrides == (other,)


def test_the_half_of_a_swap_that_is_over_stays(tx: Connection) -> None:
    over = rotas.add(tx, wish(swap="s1", span=Span(NOW - 2 * HOUR, NOW)), now=NOW)
    coming = rotas.add(tx, wish("ana", instead_of="bob", swap="s1"), now=NOW)
    assert rotas.end(tx, coming, by="mira", now=NOW) == 1
    assert rotas.within(tx, Span(NOW - 3 * HOUR, NOW + 3 * HOUR)).overrides == (over,)


def test_a_calendar_is_replaced_as_a_whole(tx: Connection) -> None:
    def away(uid: str, source: str) -> Absence:
        return Absence("ana", TODAY, "holidays", source, uid)

    rotas.absent(tx, "ana.ics", [away("1", "ana.ics"), away("2", "ana.ics")])
    rotas.absent(tx, "bob.ics", [away("1", "bob.ics")])
    assert rotas.absent(tx, "ana.ics", [away("3", "ana.ics")]) == 1
    told = rotas.changes(tx, now=NOW).absences
    assert [(one.source, one.uid, one.person, one.why) for one in told] == [
        ("bob.ics", "1", "ana", "holidays"), ("ana.ics", "3", "ana", "holidays"),
    ]  # fmt: skip
    assert rotas.calendars(tx) == {"ana.ics", "bob.ics"}
    assert [one.uid for one in rotas.absences(tx, "ana.ics")] == ["3"]
