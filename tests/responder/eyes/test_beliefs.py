"""Do looks become what we believe, and is nothing of it lost while the store is away?"""

from alerts.observed import NEVER, Standing, State
from probes.model import Finding, Patience, Phase, Severity, Verdict, down, unknown
from responder.eyes import beliefs as room
from responder.eyes.beliefs import severity_of_label
from tests.responder.eyes.made import UP, at, believing, fail, full, look, works

HTTP, PING, LISTS = look(kind="http"), look(kind="ping"), look(kind="dnsbl")
SITE = look(kind="http", domain="blue.example")


def test_three_failing_looks_are_an_outage_and_two_good_ones_end_it() -> None:
    beliefs = believing(HTTP)
    works(beliefs, [HTTP])
    fail(beliefs, HTTP, 60, 80)
    assert beliefs.standing(HTTP.key).state is State.SUSPECT
    fail(beliefs, HTTP, 100)
    assert beliefs.standing(HTTP.key).hard
    works(beliefs, [HTTP], second=120)
    assert beliefs.standing(HTTP.key).state is State.RECOVERING
    works(beliefs, [HTTP], second=140)
    assert beliefs.standing(HTTP.key).state is State.OK


def test_each_change_stands_in_the_history_with_its_moment() -> None:
    beliefs = believing(HTTP)
    fail(beliefs, HTTP, 0, 20, 40)
    fail(beliefs, HTTP, 60, finding=unknown(Phase.TLS, "no token"))
    beliefs.take(HTTP, Finding(Verdict.DOWN, Phase.TLS, "certificate expired"), began=at(80))
    told = [(one.state, one.reason[:11], moment) for _, one, moment in beliefs.history]
    assert told == [
        (State.SUSPECT, "connection ", at(0)),
        (State.DOWN, "connection ", at(40)),
        (State.DOWN, "certificate", at(80)),
    ]


def test_a_host_is_judged_anew_when_a_state_or_an_issue_of_it_changes() -> None:
    beliefs = believing(HTTP, PING)
    works(beliefs, [HTTP, PING])
    beliefs.dirty = set()
    works(beliefs, [HTTP, PING], second=60)
    assert beliefs.dirty == set()
    beliefs.take(HTTP, full(), began=at(120))
    assert beliefs.dirty == {"web1"}


def test_a_host_is_judged_anew_when_its_trouble_has_another_reason() -> None:
    beliefs = believing(HTTP)
    fail(beliefs, HTTP, 0, 20, 40)
    beliefs.dirty = set()
    fail(beliefs, HTTP, 100)
    assert beliefs.dirty == set()
    fail(beliefs, HTTP, 160, finding=down(Phase.CONNECT, "no connection within 5 s"))
    assert beliefs.dirty == {"web1"}


def test_what_the_store_took_waits_no_longer_and_what_came_meanwhile_does() -> None:
    beliefs = believing(HTTP, PING)
    works(beliefs, [HTTP])
    told, lines = dict(beliefs.changed), len(beliefs.history)
    fail(beliefs, HTTP, 60)
    works(beliefs, [PING], second=60)
    beliefs.saved(told, history=lines)
    assert beliefs.changed.keys() == {HTTP.key, PING.key}
    assert [one.state for _, one, _ in beliefs.history] == [State.SUSPECT, State.OK]


def test_the_history_does_not_grow_for_ever_while_the_store_is_away() -> None:
    beliefs = believing(HTTP)
    for number in range(room.MOST_HISTORY):
        (fail if number % 2 else lambda *told: works(told[0], [told[1]], second=told[2]))(
            beliefs, HTTP, number
        )
    before = len(beliefs.history)
    fail(beliefs, HTTP, 10**6 + 1)
    assert before == room.MOST_HISTORY
    assert len(beliefs.history) == room.MOST_HISTORY
    assert beliefs.changed[HTTP.key] is beliefs.standing(HTTP.key)


def test_a_new_plan_keeps_what_is_believed_and_forgets_what_is_gone() -> None:
    beliefs = believing(HTTP, PING)
    fail(beliefs, HTTP, 0, 20, 40)
    fail(beliefs, PING, 0)
    known = Standing(State.DOWN, at(-60), hard_since=at(-60))
    new = look("web2", "tcp")
    beliefs.plan([HTTP, new], {HTTP.key: NEVER, new.key: known})
    assert beliefs.standing(HTTP.key).hard
    assert beliefs.standing(new.key) is known
    assert beliefs.standing(PING.key) is NEVER
    assert beliefs.latest(PING.key) == (None, None)
    assert PING.key not in beliefs.changed
    assert beliefs.dirty == {"web1", "web2"}


def test_a_look_that_ends_after_it_was_given_up_is_not_believed() -> None:
    beliefs = believing(HTTP)
    beliefs.plan([], {})
    assert beliefs.take(HTTP, UP, began=at(0)) is NEVER
    assert (beliefs.changed, beliefs.history) == ({}, [])


def test_kinds_that_all_fail_since_share_the_suspicion() -> None:
    beliefs = believing(HTTP, PING)
    works(beliefs, [HTTP, PING])
    fail(beliefs, HTTP, 60)
    assert not beliefs.agree(HTTP, ())  # the ping is from before
    fail(beliefs, PING, 61)
    assert beliefs.agree(HTTP, ())
    assert not beliefs.agree(HTTP, ())  # once is enough
    fail(beliefs, HTTP, 75)
    assert beliefs.standing(HTTP.key).hard


def test_one_kind_that_is_well_is_reason_to_wait() -> None:
    beliefs = believing(HTTP, PING)
    fail(beliefs, HTTP, 60)
    works(beliefs, [PING], second=61)
    assert not beliefs.agree(HTTP, ())
    assert beliefs.agree(HTTP, [Verdict.DOWN])  # a vantage point sees it too


def test_lists_and_single_sites_have_no_say_in_whether_the_machine_fails() -> None:
    beliefs = believing(HTTP, PING, LISTS, SITE)
    works(beliefs, [HTTP, PING, LISTS, SITE])
    assert list(beliefs.opinions_of("web1")) == [HTTP.key, PING.key]
    fail(beliefs, HTTP, 60)
    fail(beliefs, PING, 61)
    assert beliefs.agree(HTTP, ())


def test_what_was_only_suspected_is_forgotten_when_sight_changes() -> None:
    beliefs = believing(HTTP, PING)
    fail(beliefs, HTTP, 0)
    fail(beliefs, PING, 0, 20, 40)
    beliefs.forget_suspicions(now=at(50))
    assert beliefs.standing(HTTP.key).state is State.UNKNOWN
    assert beliefs.standing(PING.key).hard


def test_trouble_is_undecided_while_another_look_at_its_host_is_only_suspicious() -> None:
    beliefs = believing(HTTP, PING)
    fail(beliefs, HTTP, 0, 20, 40)
    assert not beliefs.undecided()
    fail(beliefs, PING, 40)
    assert beliefs.undecided()
    fail(beliefs, PING, 60, 80)
    assert not beliefs.undecided()


def test_hosts_are_uneasy_while_a_look_can_not_tell() -> None:
    beliefs = believing(HTTP, look("web2", "tcp"))
    assert beliefs.uneasy() == set()
    works(beliefs, [HTTP])
    fail(beliefs, look("web2", "tcp"), 0)
    assert beliefs.uneasy() == set()
    fail(beliefs, look("web2", "tcp"), 20, finding=unknown(Phase.AUTH, "no token"))
    assert beliefs.uneasy() == {"web2"}
    assert beliefs.counts()[State.OK] == beliefs.counts()[State.SUSPECT] == 1


def test_the_file_says_how_bad_it_is_in_a_label() -> None:
    assert severity_of_label(look(severity="info")) is Severity.INFO
    assert severity_of_label(look(severity="dreadful")) is None
    assert severity_of_label(look()) is None


def test_one_failing_look_is_enough_where_the_file_says_so() -> None:
    one = look(patience=Patience(interval=60, retry=20, attempts=1))
    beliefs = believing(one)
    fail(beliefs, one, 0)
    assert beliefs.standing(one.key).hard
