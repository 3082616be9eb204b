"""What is one way to a person, and for how long is it proved?"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playbooks.ports import PageEvent
from responder.paging.ntfy import NtfyMethod
from responder.paging.proving import Way, mark_of, page_of_test, ways
from responder.paging.smtp import EmailMethod
from responder.secrets import Origin, Secret
from responder.store.proofs import Proof

NOW = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
ANA = EmailMethod(kind="email", to="ana@example.net")


def ntfy(topic: str, token: Path) -> NtfyMethod:
    return NtfyMethod(kind="ntfy", topic=topic, token_file=Secret(Origin.FILE, str(token)))


def test_another_address_is_another_way(tmp_path: Path) -> None:
    marks = {
        mark_of(ANA),
        mark_of(EmailMethod(kind="email", to="ben@example.net")),
        mark_of(ntfy("a", tmp_path / "token")),
        mark_of(ntfy("b", tmp_path / "token")),
    }
    assert len(marks) == 4
    assert {mark.partition(":")[0] for mark in marks} == {"email", "ntfy"}
    assert mark_of(ANA) == mark_of(EmailMethod(kind="email", to="ana@example.net"))


def test_a_secret_that_is_changed_in_its_place_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("old")
    before = mark_of(ntfy("a", tmp_path / "token"))
    (tmp_path / "token").write_text("new")
    assert mark_of(ntfy("a", tmp_path / "token")) == before
    assert mark_of(ntfy("a", tmp_path / "moved")) != before


@pytest.mark.parametrize(
    ("age", "proved"), [(None, False), (0, True), (29.99, True), (30, False), (400, False)]
)
def test_a_proof_holds_for_thirty_days(age: float | None, proved: bool) -> None:
    told = None if age is None else NOW - timedelta(days=age)
    way = Way("ana", 1, "email", "email:1", Proof("ana", "email:1", NOW, told))
    assert way.proved(NOW) is proved


def test_what_was_never_tried_is_not_proved() -> None:
    assert not Way("ana", 1, "email", "email:1").proved(NOW)


def test_every_method_is_told_in_the_order_of_its_person() -> None:
    hook = EmailMethod(kind="email", to="ana@other.example")
    proof = Proof("ana", mark_of(hook), NOW, NOW)
    found = ways({"ana": [ANA, hook], "ben": [], "cid": [ANA]}, {("ana", mark_of(hook)): proof})
    told = [(one.person, one.place, one.proved(NOW)) for one in found]
    assert told == [("ana", 1, False), ("ana", 2, True), ("cid", 1, False)]


def test_the_proof_of_a_method_that_was_changed_counts_for_nobody() -> None:
    old = Proof("ana", "email:of-long-ago", NOW, NOW)
    [way] = ways({"ana": [ANA]}, {("ana", old.method): old})
    assert not way.proved(NOW)


def test_the_page_asks_whether_it_came() -> None:
    page = page_of_test("ana", 2, code="c1", link="https://r.example.net/t/x", now=NOW)
    assert page.event is PageEvent.TEST
    assert page.title == "TEST: Test of method 2 of ana"
    assert page.text.startswith("Confirm: https://r.example.net/t/x\n")
    assert page.short == "TEST: Test of method 2 of ana\nhttps://r.example.net/t/x"
    assert page.key == page.thread == "test/ana/2/c1"
