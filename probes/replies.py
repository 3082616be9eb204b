"""Answers that begin with three digits, as SMTP and FTP give them."""

import re
from dataclasses import dataclass

from probes.lines import Call
from probes.words import refusal

_LINE = re.compile(r"([1-5][0-9]{2})(?:([ -])(.*))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, however many lines it had; `lines` are its words without the code."""

    code: int
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"{self.code} {' '.join(self.lines)}".strip()


async def reply(call: Call, what: str, *wanted: int) -> Reply:
    """The next answer. Where codes are wanted and it has none of them the look ends: down, or
    unknown when the server's words are about us.
    """
    lines = [await call.hear(what)]
    first = _LINE.fullmatch(lines[0])
    if first is None:
        raise call.failed(_unwanted(call, what, lines[0], wanted))
    code, mark, words = first.groups("")
    told = [words]
    while mark == "-":
        words, mark = _next(call, what, await call.hear(what), code)
        told.append(words)
    answer = Reply(int(code), tuple(told))
    if wanted and answer.code not in wanted:
        reason = _unwanted(call, what, answer.words, wanted)
        raise refusal(call.sight.phase, reason, answer.words)
    return answer


async def ask(call: Call, command: str, what: str, *wanted: int) -> Reply:
    """Send a command and take its answer."""
    call.say(command)
    return await reply(call, f"answer to {what}", *wanted)


def _next(call: Call, what: str, line: str, code: str) -> tuple[str, str]:
    """The words of a further line, and "-" unless it is the last one.

    RFC 959 4.2 lets lines between the first and the last be anything but a last line.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        return line, "-"
    if found[1] != code:
        raise call.failed(f"the {what} changed from {code} to {call.quoted(line)} halfway")
    return found[3] or "", found[2] or " "


def _unwanted(call: Call, what: str, said: str, wanted: tuple[int, ...]) -> str:
    codes = " or ".join(map(str, wanted))
    return f"{what} was {call.quoted(said)}, not {codes or 'a three-digit code'}"
