"""Do the figures of an hour add up, whatever the store does meanwhile?"""

from probes.model import UP, Observation, Phase, down, unknown
from responder.eyes.hours import Hours
from responder.store.probes import Hour
from tests.responder.eyes.made import at

GOOD = Observation(UP, 0.25, 5.0)
BAD = Observation(down(Phase.CONNECT, "no answer"), 2.0, 5.0)
DOUBTFUL = Observation(unknown(Phase.AUTH, "no token"), 0.5, 5.0)


def test_looks_are_counted_by_what_they_found() -> None:
    hours = Hours()
    for one in (GOOD, BAD, DOUBTFUL):
        hours.count("web1/http", one, now=at(61))
    assert hours.so_far() == [Hour("web1/http", at(0), 3, 1, 1, 2.75, 2.0)]


def test_each_hour_has_its_own_figures() -> None:
    hours = Hours()
    hours.count("web1/http", GOOD, now=at(3599))
    hours.count("web1/http", GOOD, now=at(3600))
    assert [one.hour for one in hours.so_far()] == [at(0), at(3600)]


def test_what_was_counted_while_the_store_was_writing_is_not_lost() -> None:
    hours = Hours()
    hours.count("web1/http", GOOD, now=at(0))
    stored = hours.so_far()
    hours.count("web1/http", BAD, now=at(1))
    hours.forget(stored)
    (left,) = hours.so_far()
    assert (left.looks, left.failed, left.seconds, left.longest) == (1, 1, 2.0, 2.0)


def test_figures_that_could_not_be_stored_come_again_with_the_next() -> None:
    hours = Hours()
    hours.count("web1/http", GOOD, now=at(0))
    assert hours.so_far() == hours.so_far()
    hours.count("web1/http", GOOD, now=at(1))
    (one,) = hours.so_far()
    hours.forget([one])
    assert (one.looks, hours.so_far()) == (2, [])
