"""What strangers say is kept: masked, clean, and not long."""

from hypothesis import given
from hypothesis import strategies as st

from playbooks.actions.model import Failed, Ok
from playbooks.actions.output import MOST, ended, in_line, kept
from playbooks.programs import Output
from probes import redaction

SECRET = "hunter2-hunter2"


def test_lines_stay_lines_and_nothing_obeys() -> None:
    assert kept("one\n\x1b[31mtwo\x07\r\nthree\u202e\n") == "one\n[31mtwo\nthree"


def test_what_is_long_is_cut_and_says_so() -> None:
    shown = kept("x" * 100_000)
    assert shown == f"{'x' * MOST}\n(cut here)"
    assert kept("x" * MOST) == "x" * MOST


@given(st.integers(0, 40), st.sampled_from(["", "\x1b", "\n"]))
def test_no_cut_leaves_half_a_secret(before: int, between: str) -> None:
    redaction.remember(SECRET)
    text = "x" * (MOST - before) + between + SECRET + " and more" * 2000
    assert "hunter" not in kept(text)
    assert "hunter" not in in_line("y" * (300 - before) + between + SECRET + "z" * 999)


@given(st.text())
def test_whatever_is_said_can_be_shown(text: str) -> None:
    shown = kept(text)
    assert len(shown) <= MOST + len("\n(cut here)")
    assert all(line.isprintable() for line in shown.split("\n"))
    assert in_line(text).isprintable()


def test_only_exit_code_0_is_well() -> None:
    assert ended(Output(0, "fine\n", ""), "df") == Ok(
        "df: fine", {"output": "fine", "exit_code": "0"}
    )
    assert ended(Output(0, "", ""), "df") == Ok(
        "df: done, and it said nothing", {"output": "", "exit_code": "0"}
    )
    assert ended(Output(3, "a\n", "b\nc"), "df") == Failed(
        "df ended with 3: a b c", {"output": "a\nb\nc", "exit_code": "3"}
    )
    assert ended(Output(-9, "", ""), "df") == Failed(
        "df was killed, signal 9", {"output": "", "exit_code": "-9"}
    )
