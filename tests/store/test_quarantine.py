"""Is what nobody can read kept once, counted each time, and bounded?"""

import pytest
from sqlalchemy import Connection, select

from alerts.alertmanager import Refused
from responder.store import quarantine
from responder.store.tables import intake
from tests.store.samples import MINUTE, NOW


def keep(tx: Connection, body: bytes, *, minutes: float = 0) -> bool:
    return quarantine.keep_body(tx, "am", body, reason="no JSON", now=NOW + minutes * MINUTE)


def test_a_body_is_kept_byte_for_byte(tx: Connection) -> None:
    body = b"\x00\xff\xed\xa0\x80 not json"
    assert keep(tx, body)
    row = tx.execute(select(intake)).one()
    assert (bytes(row.body), row.sender, row.reason, row.times) == (body, "am", "no JSON", 1)


def test_the_same_body_stands_there_once_and_is_counted(tx: Connection) -> None:
    assert [keep(tx, b"x", minutes=minutes) for minutes in (0, 1, 2)] == [True, False, False]
    row = tx.execute(select(intake)).one()
    assert (row.times, row.first_at, row.last_at) == (3, NOW, NOW + 2 * MINUTE)
    assert quarantine.count(tx) == 1


def test_the_parts_that_could_not_be_read_are_kept_each(tx: Connection) -> None:
    refused = [Refused('{"status": 7}', "no status"), Refused("\ud800", "odd")]
    quarantine.keep(tx, "am", refused, now=NOW)
    quarantine.keep(tx, "am", refused[:1], now=NOW)
    assert {row["reason"]: row["times"] for row in quarantine.listed(tx)} == {
        "no status": 2, "odd": 1,
    }  # fmt: skip


def test_the_list_is_newest_first_and_without_the_bytes(tx: Connection) -> None:
    for minutes, body in enumerate((b"a", b"b", b"c")):
        keep(tx, body, minutes=minutes)
    keep(tx, b"a", minutes=9)
    listed = quarantine.listed(tx, limit=2)
    assert [row["last_at"] for row in listed] == [NOW + 9 * MINUTE, NOW + 2 * MINUTE]
    assert all("body" not in row for row in listed)


def test_a_sender_that_goes_wild_fills_no_disk(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT", 3)
    assert [keep(tx, b"%d" % number) for number in range(5)] == [True, True, True, False, False]
    assert not keep(tx, b"1")
    assert quarantine.count(tx) == 3


def test_large_bodies_leave_less_room_for_others(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_BYTES", 10)
    assert [keep(tx, body) for body in (b"a" * 6, b"b" * 5, b"c" * 4, b"d")] == [
        True, False, True, False,
    ]  # fmt: skip
