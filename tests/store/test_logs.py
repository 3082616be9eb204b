"""Does the log prove itself: every edit shows, and erased words leave it provable?"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.exc import IntegrityError

from alerts.model import DAEMON, person
from responder.store import logs
from responder.store.logs import Tail
from responder.store.tables import incident_event, written
from responder.values import Entry
from tests.store.samples import MINUTE, NOW, stored

MIRA = person("mira")
BEGIN = Tail()
STORY = (
    Entry("opened", DAEMON, {"key": "server:web1", "n": 1, "list": ["a"], "none": None}),
    Entry("acknowledged", MIRA, {}, "on it"),
    Entry("note", person("Zoë"), {}, "disk 東京 replaced\nsee 4711"),
    Entry("resolved", MIRA, {}),
)


def write(tx: Connection, owner: int = 1, *, tail: Tail = BEGIN, entries: Any = STORY) -> Tail:
    tail, rows, texts = logs.chained("incident", owner, tail, entries, at=NOW)
    logs.add(tx, "incident", rows, texts)
    return tail


def faults(tx: Connection, tail: Tail, owner: int = 1) -> list[str]:
    return list(logs.broken(tx, "incident", [(owner, tail.seq, tail.head)]))


@pytest.fixture
def tail(tx: Connection) -> Tail:
    """The end of the story of incident 1."""
    stored(tx, 1, 2)
    return write(tx)


def test_a_log_reads_as_it_was_written(tx: Connection, tail: Tail) -> None:
    lines = logs.read(tx, "incident", 1)
    assert tail.seq == 4
    assert [(line.seq, line.kind, line.actor, line.words) for line in lines] == [
        (seq, entry.kind, entry.actor, entry.words) for seq, entry in enumerate(STORY, start=1)
    ]
    assert (lines[0].data, lines[0].at, lines[0].owner) == (STORY[0].data, NOW, 1)


def test_an_untouched_log_proves_itself(tx: Connection, tail: Tail) -> None:
    assert faults(tx, tail) == []


def test_a_log_goes_on_where_it_stopped(tx: Connection, tail: Tail) -> None:
    more = write(tx, tail=tail, entries=[Entry("closed", DAEMON)])
    assert (more.seq, faults(tx, more)) == (5, [])
    assert faults(tx, tail) == ["incident 1: it ends at line 5, but line 4 was written"]


def test_each_log_has_a_chain_of_its_own(tx: Connection, tail: Tail) -> None:
    other = write(tx, 2)
    assert other.head != tail.head
    assert faults(tx, tail) + faults(tx, other, 2) == []


EDITS: dict[str, Any] = {
    "at": NOW + MINUTE, "kind": "Opened", "actor_kind": "person", "actor": "eve",
    "data": {"key": "server:web2"}, "words": "00", "hash": "0" * 64,
}  # fmt: skip


@pytest.mark.parametrize("column", EDITS)
def test_every_edited_column_shows(tx: Connection, tail: Tail, column: str) -> None:
    changed = update(incident_event).where(incident_event.c.incident == 1)
    tx.execute(changed.where(incident_event.c.seq == 1).values({column: EDITS[column]}))
    assert "incident 1: line 1 was changed" in faults(tx, tail)


def test_one_byte_is_enough(tx: Connection, tail: Tail) -> None:
    """R53."""
    told = dict(STORY[0].data, n=2)
    tx.execute(update(incident_event).where(incident_event.c.seq == 1).values(data=told))
    assert faults(tx, tail) == ["incident 1: line 1 was changed"]


@pytest.mark.parametrize(
    ("seq", "fault"),
    [
        (1, "line 1 is missing"),
        (3, "line 3 is missing"),
        (4, "it ends at line 3, but line 4 was written"),
    ],
)
def test_a_removed_line_shows(tx: Connection, tail: Tail, seq: int, fault: str) -> None:
    tx.execute(delete(incident_event).where(incident_event.c.seq == seq))
    assert f"incident 1: {fault}" in faults(tx, tail)


def test_a_line_that_was_moved_up_shows(tx: Connection, tail: Tail) -> None:
    tx.execute(delete(incident_event).where(incident_event.c.seq == 3))
    tx.execute(update(incident_event).where(incident_event.c.seq == 4).values(seq=3))
    assert "incident 1: line 3 was changed" in faults(tx, tail)


def test_a_log_that_is_gone_shows(tx: Connection, tail: Tail) -> None:
    tx.execute(delete(incident_event))
    assert "incident 1: it ends at line 0, but line 4 was written" in faults(tx, tail)


@pytest.mark.parametrize("text", ["on it!", ""])
def test_altered_words_show(tx: Connection, tail: Tail, text: str) -> None:
    tx.execute(update(written).where(written.c.seq == 2).values(text=text))
    assert faults(tx, tail) == ["incident 1: the words of line 2 were changed"]


def test_removed_words_show(tx: Connection, tail: Tail) -> None:
    tx.execute(delete(written).where(written.c.seq == 2))
    assert faults(tx, tail) == ["incident 1: the words of line 2 are missing"]


def test_words_put_into_a_mouth_show(tx: Connection, tail: Tail) -> None:
    tx.execute(insert(written).values(log="incident", owner=1, seq=4, text="I did it"))
    assert faults(tx, tail) == ["incident 1: the words of line 4 were changed"]


def test_erased_words_leave_a_mark_and_a_provable_log(tx: Connection, tail: Tail) -> None:
    assert logs.erase(tx, "incident", 1, seq=2, by="dpo", now=NOW)
    lines = logs.read(tx, "incident", 1)
    assert lines[1].words == "[text erased on 2026-11-21 by dpo]"
    assert lines[2].words == STORY[2].words
    assert faults(tx, tail) == []


def test_words_are_erased_once_and_only_where_there_are_some(tx: Connection, tail: Tail) -> None:
    erased = [logs.erase(tx, "incident", 1, seq=seq, by="dpo", now=NOW) for seq in (2, 2, 1, 99)]
    assert erased == [True, False, False, False]


def test_other_words_in_the_place_of_erased_ones_show(tx: Connection, tail: Tail) -> None:
    logs.erase(tx, "incident", 1, seq=2, by="dpo", now=NOW)
    tx.execute(update(written).where(written.c.seq == 2).values(text="it was me"))
    assert faults(tx, tail) == ["incident 1: the words of line 2 were changed"]


def test_a_line_is_written_once(tx: Connection, tail: Tail) -> None:
    with pytest.raises(IntegrityError), tx.begin_nested():
        write(tx)


def test_text_that_no_database_takes_is_cleaned_before_it_is_chained(tx: Connection) -> None:
    stored(tx, 3)
    end = write(tx, 3, entries=[Entry("note", MIRA, {"said": "a\0\ud800"}, "a\0b\ud800")])
    assert logs.read(tx, "incident", 3)[0].words == "a\ufffdb\ufffd"
    assert faults(tx, end, 3) == []


def test_nothing_new_is_no_line() -> None:
    told: Callable[..., Any] = logs.chained
    assert told("incident", 1, Tail(3, "abc"), [], at=NOW) == (Tail(3, "abc"), [], [])
