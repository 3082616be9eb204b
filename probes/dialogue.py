"""What is said and heard on a connection, step by step: blackbox_exporter's `query_response`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Self

from pydantic import Field, PlainSerializer, model_validator

from probes.expand import expanded
from probes.labels import written
from probes.model import Phase
from probes.patterns import Found, read_pattern
from probes.reasons import Failed
from probes.settings import Piece, Regexp
from probes.sight import Sight
from probes.wire import Wire

LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Raw = Annotated[
    bytes, PlainSerializer(lambda raw: raw.decode(errors="backslashreplace"), return_type=str)
]
"""Text or bytes that go over the wire as they are."""


class Label(Piece):
    """One label of `probe_expect_info`; its value may hold `${1}` of the step's expression."""

    name: LabelName
    value: str = ""


class Step(Piece):
    """One step: lines are skipped until one fits `expect`, then `send` goes out with a newline."""

    expect: Regexp | None = None
    expect_bytes: Raw = b""
    labels: tuple[Label, ...] = ()
    send: Raw = b""
    starttls: bool = False

    @model_validator(mode="after")
    def _expects_one_thing(self) -> Self:
        if self.expect is not None and self.expect_bytes:
            raise ValueError("expect and expect_bytes are mutually exclusive")
        return self


class Dialogue:
    """One run through the steps. `by_regex` and `by_bytes` say which kind of step failed it."""

    def __init__(self, wire: Wire, sight: Sight, secure: Callable[[], Awaitable[None]]) -> None:
        self.by_regex = False
        self.by_bytes = False
        self._wire = wire
        self._sight = sight
        self._secure = secure

    async def run(self, steps: Sequence[Step]) -> None:
        """Raises Failed at the first step that does not go as it must."""
        self._sight.phase = Phase.BANNER
        for number, step in enumerate(steps):
            self._sight.say("Processing query response entry", entry_number=number)
            await self._step(step)

    async def _step(self, step: Step) -> None:
        send = step.send
        if step.expect is not None:
            found = await self._line_that_fits(step.expect)
            send = expanded(send, found)
            self._show(step.labels, found)
        if step.expect_bytes:
            await self._bytes_that_fit(step.expect_bytes)
        if send:
            self._sight.phase = Phase.COMMAND
            self._sight.say("Sending line", line=quoted(send))
            self._wire.send(send + b"\n")
        if step.starttls:
            await self._secure()
            self._sight.phase = Phase.COMMAND

    async def _line_that_fits(self, expect: str) -> Found:
        self._sight.awaited = f"line that fits {expect}"
        pattern, last = read_pattern(expect), None
        while (line := await self._wire.line()) is not None:
            last = line
            self._sight.say("Read line", line=quoted(line))
            if (found := pattern.search(line)) is not None:
                self._sight.say("Regexp matched", regexp=expect, line=quoted(line))
                return found
        self.by_regex = True
        self._sight.say("Regexp did not match", regexp=expect, line=quoted(last or b""))
        said = "without a word" if last is None else f"and its last line was {quoted(last)}"
        raise Failed(
            self._sight.phase, f"the other side hung up {said}; no line that fits {expect}"
        )

    async def _bytes_that_fit(self, wanted: bytes) -> None:
        self._sight.awaited = f"{len(wanted)} bytes"
        came = await self._wire.exactly(len(wanted))
        if came != wanted:
            self.by_bytes = True
            raise Failed(self._sight.phase, f"the answer was {quoted(came)}, not {quoted(wanted)}")

    def _show(self, labels: Sequence[Label], found: Found) -> None:
        if labels:
            values = {one.name: _text(expanded(one.value.encode(), found)) for one in labels}
            self._sight.gauge("probe_expect_info", 1.0, written(values))


def quoted(raw: bytes) -> str:
    """What somebody said, for people: at most 80 characters, nothing that moves a terminal."""
    shown = _text(raw[:400])
    shown = "".join(char if char.isprintable() else "." for char in shown)
    return f'"{shown[:80]}..."' if len(shown) > 80 else f'"{shown}"'


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
