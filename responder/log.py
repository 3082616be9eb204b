"""How we log: one record, one line, no secret; JSON in service, colours on a terminal."""

import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from itertools import islice
from math import isfinite
from threading import Lock
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typing_extensions import override

from probes.redaction import MASK, scrub

_LONGEST = 2048  # characters of one field
_LONGEST_TRACE = 16_384
_MOST_ITEMS = 100
_DEEPEST = 8
_FIRST = ("timestamp", "level", "event")
_SECRET_NAME = re.compile(
    r"(pass(word|wd)?|token|secret|api[_-]?key|authorization|cookie|pin)s?$", re.IGNORECASE
)
# Controls, line and paragraph separators, what turns the direction of writing, what can't be seen.
_UNSAFE = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def configure(*, json: bool, level: str, fd: int = 1) -> "Sink":
    """Sends our own records from `level` on, and those of libraries from warning on, to `fd`.

    May be called again, with another level for instance. The sink counts the lines that were lost.
    """
    _hold_standard_files()
    sink = Sink(fd)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            tidy,  # after format_exc_info: a traceback may hold a secret as well
            *_renderers(json=json, fd=fd),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: sink,
    )
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
    sys.excepthook = _last_words
    return sink


def tidy(_: WrappedLogger, __: str, event: EventDict) -> MutableMapping[str, Any]:
    """The record without secrets and without anything that could forge another line.

    Hostile text stands in labels, tickets and answers; each field is cut to 2,048 characters.
    """
    ordered = {**{key: event[key] for key in _FIRST if key in event}, **event}
    return {_line(str(key)): _field(str(key), value, 0) for key, value in ordered.items()}


def _field(name: str, value: object, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_NAME.search(name):
        return MASK
    if name == "exception":
        return _trace(str(value))
    if isinstance(value, int | float) and isfinite(value):
        return value if scrub(str(value)) == str(value) else MASK
    if depth < _DEEPEST and isinstance(value, Mapping):
        inner = islice(value.items(), _MOST_ITEMS)
        return {_line(str(key)): _field(str(key), one, depth + 1) for key, one in inner}
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_field(name, one, depth + 1) for one in islice(value, _MOST_ITEMS)]
    return _line(str(value) or repr(value))


def _line(text: str) -> str:
    told = _UNSAFE.sub(_escaped, scrub(text, limit=_LONGEST))[:_LONGEST]
    return told if len(text) <= _LONGEST else f"{told}... ({len(text)} characters)"


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def _trace(text: str) -> str:
    """A traceback keeps its lines, and its end when it is long: there the error stands."""
    lines = text.split("\n")[-_LONGEST_TRACE // 40 :]
    return "\n".join(map(_line, lines))[-_LONGEST_TRACE:]


def _renderers(*, json: bool, fd: int) -> Iterable[Processor]:
    if json:
        return (structlog.processors.JSONRenderer(),)
    console = structlog.dev.ConsoleRenderer(
        colors=os.isatty(fd) and "NO_COLOR" not in os.environ,
        exception_formatter=structlog.dev.plain_traceback,
    )
    return (_indent, console)


def _indent(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """On a terminal a traceback is several lines: none of them may look like a record."""
    if "exception" in event:
        event["exception"] = "    " + event["exception"].replace("\n", "\n    ")
    return event


class Sink:
    """Where the lines go. The daemon goes on when its pipe is closed or its disk is full (F95).

    Written past sys.stdout, whose buffer would keep a lost line and fail again at the exit.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = Lock()
        self._torn = False
        self.lost = 0

    def msg(self, line: str) -> None:
        """Writes one line, or loses it and counts it."""
        with self._lock:
            whole = ("\n" * self._torn + line + "\n").encode(errors="backslashreplace")
            left = self._write(whole)
            if left < len(whole):
                self._torn = left > 0
            self.lost += left > 0

    debug = info = warning = error = critical = msg

    def _write(self, data: bytes) -> int:
        """How many bytes could not be written."""
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            return len(data)
        return 0


class _Forward(logging.Handler):
    """Brings what libraries log the usual way into the same stream."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger().bind(logger=record.name)
        error = record.exc_info[1] if record.exc_info else None
        if _is_malformed_request(error):
            # Its traceback and its text hold the header as it came, the token with it.
            log.info("request_malformed", said=_message(record), error=type(error).__name__)
            return
        level = max(logging.DEBUG, min(record.levelno // 10 * 10, logging.CRITICAL))
        log.log(level, _message(record), exc_info=error)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # the library's own format does not fit
        return str(record.msg)


def _is_malformed_request(error: BaseException | None) -> bool:
    """Did aiohttp's parser refuse the bytes? By name, for importing aiohttp takes half a second."""
    for _ in range(_DEEPEST):
        if type(error).__module__ == "aiohttp.http_exceptions":
            return True
        error = error and (error.__cause__ or error.__context__)
    return False


def _last_words(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """What ends the process is logged as everything else, without secrets."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        structlog.get_logger().critical("crashed", exc_info=error)


def _hold_standard_files() -> None:
    """Started with a closed stdout, our first socket would become number 1, and get the log."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
