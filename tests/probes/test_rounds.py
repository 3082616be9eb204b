"""Is everything looked at in its time, evenly, within bounds, and never twice at once?"""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from probes.limits import Limits
from probes.model import Phase, Verdict, down
from probes.rounds import MOST_DISCARDS
from probes.wheel import place
from tests.probes.rounds_room import Answering, Room, look

DOWN = down(Phase.CONNECT, "connection refused")


async def test_each_look_comes_once_in_its_interval_at_its_own_moment() -> None:
    room = Room()
    room.rounds.plan([look(f"web{number}/tcp") for number in range(50)])
    await room.passes(180)
    assert set(Counter(room.keys()).values()) == {3}
    for number in range(50):
        first, second, third = room.moments(f"web{number}/tcp")
        assert (second - first, third - second) == pytest.approx((60, 60), abs=0.06)
        assert first % 60 == pytest.approx(place(f"web{number}/tcp", 60), abs=0.11)


async def test_new_targets_begin_spread_over_their_interval() -> None:
    room = Room()
    room.rounds.plan([look(f"web{number}/tcp") for number in range(6000)])
    begun = []
    for _ in range(60):
        before = room.rounds.figures().started
        await room.passes(1)
        begun.append(room.rounds.figures().started - before)
    assert 5900 < sum(begun) <= 6000
    assert max(begun) < 150
    assert min(begun) > 60


async def test_a_wish_for_a_sooner_look_counts_from_the_begin_of_the_last() -> None:
    room = Room(wish=20.0)
    room.rounds.plan([look()])
    await room.passes(60)
    first = room.moments("web1/tcp")[0]
    room.wish = None
    await room.passes(60)
    assert room.moments("web1/tcp")[1] - first == pytest.approx(20, abs=0.06)
    await room.passes(60)
    last = room.moments("web1/tcp")[-1]
    assert last % 60 == pytest.approx(place("web1/tcp", 60), abs=0.11), "it has lost its place"


async def test_a_slow_look_that_wished_for_another_gets_it_at_once() -> None:
    room, held = Room(wish=20.0), asyncio.Event()
    room.rounds.plan([look(probe=(probe := Answering(held=held)))])
    await room.passes(60)
    room.rounds.hasten(["web1/tcp"])
    assert probe.begun == 1
    await room.passes(30)
    held.set()
    await room.passes(0.2)
    assert probe.begun == 2


async def test_a_new_plan_keeps_the_place_of_whoever_is_known() -> None:
    room = Room()
    room.rounds.plan([look("a"), look("b")])
    await room.passes(60)
    changed = Answering()
    room.rounds.plan([look("a", changed), look("c")])
    await room.passes(60)
    first, second = room.moments("a")
    assert second - first == pytest.approx(60, abs=0.06)
    assert changed.begun == 1
    assert (len(room.moments("b")), len(room.moments("c"))) == (1, 1)
    assert room.rounds.figures().known == 2


async def test_another_interval_takes_effect_within_one_of_the_new() -> None:
    room = Room()
    slow = look("a", interval=3600.0)
    room.rounds.plan([slow])
    room.rounds.plan([replace(slow, patience=replace(slow.patience, interval=30.0))])
    await room.passes(31)
    assert 1 <= len(room.moments("a")) <= 2


async def test_the_same_plan_again_and_again_starves_nobody() -> None:
    room = Room()
    looks = [look(f"web{number}/tcp") for number in range(20)]
    for _ in range(12):
        room.rounds.plan(looks)
        await room.passes(5)
    assert Counter(room.keys()) == {one.key: 1 for one in looks}


async def test_nothing_is_told_of_a_look_that_is_planned_no_longer() -> None:
    room, probe = Room(), Answering(held=asyncio.Event())
    room.rounds.plan([look(probe=probe)])
    await room.passes(60)
    assert probe.running == 1
    room.rounds.plan([])
    await room.passes(1)
    assert (probe.running, room.seen, room.rounds.figures().running) == (0, [], 0)


async def test_a_hastened_look_runs_now_once_and_keeps_its_place() -> None:
    room, probe = Room(), Answering(held=asyncio.Event())
    room.rounds.plan([look(probe=probe), look("b")])
    room.rounds.hasten(["web1/tcp", "web1/tcp", "nobody"])
    await room.turn()
    room.rounds.hasten(["web1/tcp"])
    await room.turn()
    assert (probe.begun, probe.running) == (1, 1)
    assert probe.held is not None
    probe.held.set()
    await room.passes(120)
    assert probe.begun == 3
    assert {round(at % 60 - place("web1/tcp", 60), 1) for at in room.moments("web1/tcp")[1:]} <= {
        0.0, 0.1
    }  # fmt: skip


async def test_at_one_host_there_are_two_at_a_time_and_others_pass() -> None:
    room, busy, other = Room(), Answering(held=asyncio.Event()), Answering()
    looks = [look(f"web1/{number}", busy, host="web1") for number in range(5)]
    room.rounds.plan([*looks, look("web2/tcp", other)])
    room.rounds.hasten([*(one.key for one in looks), "web2/tcp"])
    await room.turn()
    figures = room.rounds.figures()
    assert (busy.running, figures.waiting, other.begun) == (2, 3, 1)
    assert busy.held is not None
    busy.held.set()
    for _ in range(20):
        await asyncio.sleep(0)  # each that ends lets the next one in: no turn is needed
    assert (busy.begun, busy.most, room.rounds.figures().waiting) == (5, 2, 0)
    assert room.keys() == ["web2/tcp", *(one.key for one in looks)]


async def test_the_overall_limit_holds_and_who_waits_is_served_in_order() -> None:
    room = Room(Limits(overall=3))
    held = asyncio.Event()
    looks = [look(f"w{number}", Answering(held=held)) for number in range(8)]
    room.rounds.plan(looks)
    room.rounds.hasten([one.key for one in looks])
    await room.turn()
    assert (room.rounds.figures().running, room.rounds.figures().waiting) == (3, 5)
    held.set()
    for _ in range(4):
        await room.turn()
    assert room.keys() == [one.key for one in looks]


async def test_other_limits_hold_for_whoever_begins_next() -> None:
    room, held = Room(Limits(overall=1)), asyncio.Event()
    looks = [look(f"w{number}", Answering(held=held)) for number in range(5)]
    room.rounds.plan(looks)
    room.rounds.hasten([one.key for one in looks])
    await room.turn()
    room.rounds.allow(Limits(overall=3))
    await room.turn()
    assert room.rounds.figures().running == 3
    room.rounds.allow(Limits(overall=1))
    await room.turn()
    assert (room.rounds.figures().running, room.rounds.figures().waiting) == (3, 2)
    held.set()
    for _ in range(4):
        await room.turn()
    assert len(room.seen) == 5


async def test_tls_and_programs_have_limits_of_their_own() -> None:
    room = Room(Limits(overall=20, tls=2, command=1))
    held = asyncio.Event()
    tls, program = Answering(kind="tls", held=held), Answering(kind="command", held=held)
    plain, web = Answering(held=held), Answering(kind="http", held=held)
    looks = [
        *(look(f"tls{number}", tls) for number in range(3)),
        *(look(f"command{number}", program) for number in range(3)),
        *(look(f"https{number}", web, address="https://web1/") for number in range(3)),
        *(look(f"tcp{number}", plain) for number in range(3)),
    ]
    room.rounds.plan(looks)
    room.rounds.hasten([one.key for one in looks])
    await room.turn()
    assert (tls.running + web.running, program.running, plain.running) == (2, 1, 3)
    held.set()
    for _ in range(4):
        await room.turn()
    assert len(room.seen) == len(looks)


async def test_a_look_that_went_while_it_waited_is_not_looked_at() -> None:
    room, probe = Room(Limits(overall=1)), Answering(held=asyncio.Event())
    gone = Answering()
    room.rounds.plan([look("a", probe), look("b", gone)])
    room.rounds.hasten(["a", "b"])
    await room.turn()
    room.rounds.plan([look("a", probe)])
    assert probe.held is not None
    probe.held.set()
    await room.passes(1)
    assert (gone.begun, room.rounds.figures().waiting) == (0, 0)


async def test_who_waits_for_its_host_is_not_forgotten_when_others_go() -> None:
    room, busy, last = Room(), Answering(held=asyncio.Event()), Answering()
    looks = [look(f"web1/{number}", busy, host="web1") for number in range(4)]
    room.rounds.plan([*looks, (kept := look("web1/last", last, host="web1"))])
    room.rounds.hasten([*(one.key for one in looks), "web1/last"])
    await room.turn()
    room.rounds.plan([kept])
    await room.passes(0.2)
    assert (last.begun, room.rounds.figures().waiting) == (1, 0)


async def test_a_loop_that_stood_still_counts_no_failing_result() -> None:
    room = Room()
    probes = [Answering(DOWN, held=asyncio.Event()) for _ in range(3)]
    room.rounds.plan([look(f"w{number}", probe) for number, probe in enumerate(probes)])
    room.rounds.hasten(["w0", "w1", "w2"])
    await room.turn()
    room.stall(3.0)
    for probe in probes:
        assert probe.held is not None
        probe.held.set()
    for _ in range(6):
        await asyncio.sleep(0)  # the looks end before any turn can see the stall
    figures = room.rounds.figures()
    assert (room.seen, figures.discarded, figures.lag >= 2.9) == ([], 3, True)
    await room.passes(2)
    assert Counter(room.keys()) == {"w0": 1, "w1": 1, "w2": 1}, "they are run again and told"


async def test_what_answered_well_counts_however_late_we_were() -> None:
    room, probe = Room(), Answering(held=asyncio.Event())
    room.rounds.plan([look(probe=probe)])
    room.rounds.hasten(["web1/tcp"])
    await room.turn()
    room.stall(3.0)
    await room.turn()
    assert probe.held is not None
    probe.held.set()
    await room.turn()
    assert [one.verdict for _, _, one in room.seen] == [Verdict.UP]


async def test_a_failing_look_that_waited_too_long_for_its_turn_is_run_again() -> None:
    room = Room(Limits(overall=1))
    slow, failing = Answering(held=asyncio.Event()), Answering(DOWN)
    room.rounds.plan([look("a", slow), look("b", failing)])
    room.rounds.hasten(["a", "b"])
    await room.passes(3)  # more than half of 5 s
    assert slow.held is not None
    slow.held.set()
    await room.passes(0.2)
    assert (failing.begun, room.keys()) == (1, ["a"])
    await room.passes(1.1)
    assert (failing.begun, room.keys()) == (2, ["a", "b"])


async def test_a_stall_before_a_look_began_says_nothing_against_it() -> None:
    room = Room()
    room.rounds.plan([look(probe=Answering(DOWN))])
    await room.turn()
    room.stall(3.0)
    room.rounds.hasten(["web1/tcp"])
    await room.turn()
    assert [one.verdict for _, _, one in room.seen] == [Verdict.DOWN]


async def test_when_we_are_always_too_slow_we_say_that_we_cannot_know() -> None:
    room = Room()
    room.rounds.plan([look(probe=Answering(DOWN, held=(held := asyncio.Event())))])
    room.rounds.hasten(["web1/tcp"])
    for _ in range(MOST_DISCARDS + 1):
        held.clear()
        await room.passes(1.2)
        room.stall(3.0)
        held.set()
        await room.turn()
    (told,) = [one for _, _, one in room.seen]
    assert told.verdict is Verdict.UNKNOWN
    assert told.finding.reason.startswith("we are too slow to know")


async def test_a_probe_that_breaks_is_logged_told_as_unknown_and_looked_at_again() -> None:
    room = Room()
    room.rounds.plan([look(probe=Answering(breaks=KeyError("oops")))])
    with capture_logs() as logs:
        await room.passes(120)
    assert [one.verdict for _, _, one in room.seen] == [Verdict.UNKNOWN] * 2
    assert [(one["event"], one["look"]) for one in logs] == [("look_broke", "web1/tcp")] * 2
    assert room.rounds.figures().broken == 2


async def test_a_deadline_is_never_longer_than_the_interval() -> None:
    room = Room()
    room.rounds.plan([look(interval=2.0), look("usual", interval=60.0)])
    await room.passes(60)
    within = {key: one.within for _, key, one in room.seen}
    assert within == {"web1/tcp": 2.0, "usual": 5.0}


async def test_settling_ends_what_runs_and_tells_nothing() -> None:
    room, probe = Room(), Answering(held=asyncio.Event())
    room.rounds.plan([look(probe=probe)])
    room.rounds.hasten(["web1/tcp"])
    await room.turn()
    await room.rounds.settle()
    assert (probe.running, room.seen, room.rounds.figures().running) == (0, [], 0)
