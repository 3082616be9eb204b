"""Short messages: what they cost, what is cut, and what is never cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Priority
from playbooks.ports import PageEvent
from responder.paging.sms import compose, plainly, segments
from responder.paging.texts import short_text

# Letters that look like others are what is tried here.
# ruff: noqa: RUF001
LINK = "https://responder.example.net/a/WzEyMzQsMSwiYW5hIiwxNzYzNzgwNDAwXQ.abcdefghijklmnopqrstuvwx"


def short(title: str, **told: object) -> str:
    facts = {"event": PageEvent.OPENED, "priority": Priority.CRITICAL, "server": "web1"}
    return short_text(title=title, **(facts | {"link": LINK} | told))  # type: ignore[arg-type]


def test_it_says_how_bad_what_where_and_how_to_answer() -> None:
    assert short("web1 does not answer") == f"CRITICAL: web1 does not answer\n{LINK}"
    assert short("disk full") == f"CRITICAL: web1: disk full\n{LINK}"


def test_what_else_waits_is_counted() -> None:
    assert short("web1 is down", others=3) == f"CRITICAL: web1 is down (+3 more)\n{LINK}"


def test_a_drill_says_so() -> None:
    assert short("web1 is down", drill=True).startswith("DRILL CRITICAL: ")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # each takes two septets
        ("€" * 81, 2),
        ("[" * 81, 2),
        ("ő" * 70, 1),
        ("ő" * 71, 2),
        ("a" * 69 + "ő", 1),
        ("a" * 70 + "ő", 2),
        ("🔥" * 35, 1),  # each takes two UTF-16 units
        ("🔥" * 36, 2),
        ("ő" * 134, 2),
        ("ő" * 135, 3),
    ],
)
def test_segments_are_counted_as_the_telephone_company_does(text: str, count: int) -> None:
    assert segments(text) == count


def test_a_long_title_is_cut_to_one_message() -> None:
    told = short("HTTP 500 from 12 of 14 sites on web1 since 03:07, and the disk of its database")
    assert segments(told) == 1
    assert told.startswith("CRITICAL: HTTP 500 from 12 of 14 sites on web1 since 03")
    assert told.endswith(f"...\n{LINK}")


def test_a_long_link_leaves_room_for_words_in_a_second_message() -> None:
    link = LINK + "x" * 50
    told = short("HTTP 500 from 12 of 14 sites on web1 since 03:07, and the disk of its", link=link)
    assert segments(told) == 2
    assert told.startswith("CRITICAL: HTTP 500 from 12 of 14 sites on web1")
    assert told.endswith(f"\n{link}")


def test_a_link_that_leaves_no_room_is_left_out_and_never_cut() -> None:
    told = short("web1 is down", link=LINK * 4)
    assert told == "CRITICAL: web1 is down"


def test_letters_that_double_the_price_are_written_plainly_where_that_saves() -> None:
    dear = "Siófok – „minden” lassú, gőzerővel"
    assert segments(f"CRITICAL: web1: {dear}\n{LINK}") > 2
    told = short(dear)
    assert told == f'CRITICAL: web1: Siofok - "minden" lassu, gozerovel\n{LINK}'
    assert segments(told) == 1


def test_letters_stay_as_they_are_where_nothing_is_saved() -> None:
    told = short("gőz", link="")
    assert told == "CRITICAL: web1: gőz"
    assert segments(told) == 1


def test_what_is_illegible_in_plain_letters_stays_as_it_is() -> None:
    told = short("サーバーが応答しません。すぐに確認してください。")
    assert "サーバーが応答しません" in told
    assert segments(told) == 2


@pytest.mark.parametrize(
    ("told", "plain"),
    [
        ("Zürich à Ørsted ß", "Zürich à Ørsted ß"),
        ("a – b — c", "a - b - c"),
        ("„x“ ‚y‘ …", "\"x\" 'y' ..."),
        ("ő ű č ñ", "o u c ñ"),
        ("a\u0301", "a"),
        ("東京 x 🔥", "? x ?"),
        ("ﬁ ½ ①", "fi 1/2 1"),
    ],
)
def test_plain_letters_are_the_nearest(told: str, plain: str) -> None:
    assert plainly(told) == plain


def test_every_event_has_a_short_text() -> None:
    for event in PageEvent:
        assert short("x", event=event).endswith(f"x\n{LINK}")


words = st.text(max_size=500)
links = st.integers(0, 400).map(lambda size: f"https://r.example/a/{'x' * size}")


@given(words, links, st.integers(0, 50))
def test_whatever_is_told_it_fits_two_messages_and_the_link_is_whole_or_absent(
    title: str, link: str, others: int
) -> None:
    told = compose(f"CRITICAL: {title}", link, others=others)
    assert segments(told) <= 2
    assert told.encode()
    head, _, last = told.partition("\n")
    assert last in ("", link)
    assert len(link) > 240 or last == link
    assert head.startswith("CRITICAL")
    assert not others or f"(+{others} more)" in head
