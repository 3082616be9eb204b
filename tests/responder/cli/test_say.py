"""Are answers a table on a terminal, plain in a pipe, JSON for programs, and harmless anywhere?"""

import contextlib
import io
import json

import pytest
from typing_extensions import override

from responder.cli.say import say_json, say_table

HEAD = ("id", "what")
ROWS = [("1", "[red]\x1b[2J\u202edisk"), ("22", None)]


class Terminal(io.StringIO):
    """A stdout that a person looks at."""

    @override
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_table_whose_words_are_nobodys_markup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """rich would take [red] for a colour, and the terminal the rest for an order."""
    for name, value in {"NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    with contextlib.redirect_stdout(terminal):
        say_table(HEAD, ROWS)
    shown = terminal.getvalue()
    assert "[red][2Jdisk" in shown
    assert "\x1b[2J" not in shown
    assert "\x1b[3" not in shown  # no colour
    assert "\u202e" not in shown


def test_a_pipe_gets_columns_without_boxes(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(HEAD, ROWS)
    assert capsys.readouterr().out == "ID  WHAT\n1   [red][2Jdisk\n22\n"


def test_a_table_of_nothing_is_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(HEAD, [])
    assert capsys.readouterr().out == "ID  WHAT\n"


def test_json_is_one_line_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"what": "\x1b[2J d\u00e9b\u00e2cle", "n": [1, 2]}
    say_json(told)
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 1
    assert "\x1b" not in shown
    assert json.loads(shown) == told
