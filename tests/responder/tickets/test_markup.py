"""Do words come out of HTML whole, and in no more time than their length deserves?"""

import time

import pytest

from responder.tickets.markup import marked_up, plain


def test_the_words_come_out_line_by_line() -> None:
    assert plain("<p>The disk<br/>is <b>new</b></p><ul><li>sda &amp; sdb</li></ul>") == (
        "The disk\nis new\nsda & sdb"
    )


def test_words_that_look_like_html_come_back_as_they_went() -> None:
    words = "if a < b & c > d:\n  <b>run</b>"
    assert plain(marked_up(words)) == words


@pytest.mark.parametrize("poison", ["<", "<a ", "</", "<!--", "<br", "<br ", "&#1", "<a href='"])
def test_a_stranger_can_not_hold_us_up(poison: str) -> None:
    began = time.thread_time()
    plain(poison * (300_000 // len(poison)))
    assert time.thread_time() - began < 20
