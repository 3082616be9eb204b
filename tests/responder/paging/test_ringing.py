"""Does a page that is on the wire count for the throttle before the ledger has it?"""

from datetime import UTC, datetime, timedelta

from responder.paging.ringing import Ringing
from responder.values import EffectKind, Job

NOW = datetime(2026, 11, 20, 3, 10, tzinfo=UTC)


def job(key: str, *, person: str = "ana", method: str = "voice") -> Job:
    return Job(
        id=1,
        key=key,
        kind=EffectKind.PAGE,
        incident=1,
        payload={"person": person, "method": method},
        attempts=1,
        ambiguous=0,
        fence=1,
        created_at=NOW,
    )


def test_what_is_being_sent_has_rung() -> None:
    ringing = Ringing()
    ringing.begin(job("a"), now=NOW)
    assert ringing.besides(job("b"), {}) == (NOW,)
    assert ringing.besides(job("b", person="bob"), {}) == ()
    assert ringing.besides(job("b", method="sms"), {}) == ()


def test_what_the_ledger_has_counts_once_and_a_page_is_not_in_its_own_way() -> None:
    ringing, later = Ringing(), NOW + timedelta(seconds=1)
    ringing.begin(job("a"), now=NOW)
    assert ringing.besides(job("b"), {"a": later}) == (later,)
    assert ringing.besides(job("a"), {"a": later}) == ()


def test_what_failed_rang_nobody() -> None:
    ringing = Ringing()
    ringing.fail(job("a"))
    ringing.begin(job("a"), now=NOW)
    ringing.fail(job("a"))
    assert ringing.besides(job("b"), {}) == ()


def test_what_was_begun_long_ago_is_forgotten() -> None:
    ringing, now = Ringing(), NOW + timedelta(minutes=2)
    ringing.begin(job("a"), now=NOW)
    ringing.begin(job("b"), now=now)
    assert ringing.besides(job("c"), {}) == (now,)
