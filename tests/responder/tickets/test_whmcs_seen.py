"""Does a cursor over WHMCS tell each word once, whatever becomes visible when?"""

from hypothesis import given
from hypothesis import strategies as st

from responder.tickets.whmcs_rows import ListedRow, TicketRow
from responder.tickets.whmcs_seen import Cursor, Seen, Words, read, written

SEEN = Seen("Open", "6", "High", "", "2026-01-15 12:00:00")


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60))
def test_a_word_that_shows_late_is_still_told_once(delays: list[int]) -> None:
    """Word n shows `delays[n]` words later than its number has it."""
    order = sorted(range(1, len(delays) + 1), key=lambda number: number + delays[number - 1])
    words, told = Words(), list[int]()
    for shown in range(1, len(order) + 1):
        visible = order[:shown]
        told += [number for number in visible if number not in words]
        words = words.with_(visible)
    assert sorted(told) == list(range(1, len(delays) + 1))


def test_what_is_known_does_not_grow_with_the_ticket() -> None:
    words = Words().with_(range(1, 1001))
    assert len(words.above) == 16
    assert all(number in words for number in range(1, 1001))
    assert 1001 not in words


def test_a_cursor_comes_back_as_it_was_written() -> None:
    words = Words().with_([3, 5, 4])
    seen = Seen(
        "In Progress", "6", "High", "1", "2026-01-15 12:00:00", 2, words, Words(9), ("4:5",)
    )
    cursor = Cursor(17, {"18": seen, "19": SEEN})
    assert read(written(cursor)) == cursor


def test_of_closed_tickets_the_last_answered_stay() -> None:
    closed = {
        str(number): Seen("Closed", "6", "High", "", f"2026-01-15 12:{number % 60:02}:00")
        for number in range(1, 301)
    }
    kept = Cursor(0, {**closed, "999": SEEN}).kept({"Closed"}).tickets
    assert len(kept) == 201
    assert "999" in kept
    gone = closed.keys() - kept.keys()
    assert max(closed[number].lastreply for number in gone) <= min(
        kept[number].lastreply for number in kept.keys() & closed.keys()
    )


def test_the_list_shows_a_change_of_anything_but_notes() -> None:
    told = {"id": 18, "status": "Open", "deptid": "6", "priority": "High", "flag": 0}
    row = ListedRow.model_validate({**told, "lastreply": "2026-01-15 12:00:00"})
    assert SEEN.same(row)
    for name in ("status", "deptid", "priority", "lastreply"):
        assert not SEEN.same(row.model_copy(update={name: "other"}))
    assert not SEEN.same(row.model_copy(update={"flag": "1"}))


def test_an_answer_is_read_in_each_of_the_shapes_that_php_gives_it() -> None:
    reply = {
        "replyid": "2",
        "date": "2026-01-15 12:00:00",
        "message": "a &lt; b\r\nc",
        "rating": "",
    }
    for replies in ({"reply": [reply]}, {"reply": reply}, [reply]):
        row = TicketRow.model_validate({"ticketid": "18", "replies": replies, "notes": ""})
        assert [(one.id, one.message, one.rating) for one in row.replies] == [(2, "a < b\nc", 0)]
        assert row.notes == ()
    assert TicketRow.model_validate({"ticketid": 18, "replies": None, "notes": []}).replies == ()
