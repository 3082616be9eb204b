"""Spans of time: joined, cut out of each other, counted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `began` until just before `ended`, in UTC."""

    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        return (self.ended - self.began).total_seconds()


def read_month(text: str) -> Span:
    """The month `2026-11` in UTC, which knows no daylight saving. ValueError in plain words."""
    told = _MONTH.fullmatch(text)
    if told is None or told[1] in ("0000", "9999"):
        raise ValueError(f'"{text}" is no month such as 2026-11')
    year, month = int(told[1]), int(told[2])
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return Span(datetime(year, month, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC))


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in order, each moment once, and nothing that is empty."""
    whole: list[Span] = []
    for span in sorted(span for span in spans if span.began < span.ended):
        if whole and span.began <= whole[-1].ended:
            whole[-1] = Span(whole[-1].began, max(whole[-1].ended, span.ended))
        else:
            whole.append(span)
    return tuple(whole)


def within(spans: Iterable[Span], whole: Span) -> tuple[Span, ...]:
    """What of this time lies in the whole."""
    return joined(
        Span(max(span.began, whole.began), min(span.ended, whole.ended)) for span in spans
    )


def without(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """This time less what is taken out of it."""
    left: list[Span] = []
    holes = joined(taken)
    first = 0
    for span in joined(spans):
        began = span.began
        while first < len(holes) and holes[first].ended <= began:
            first += 1
        index = first
        while index < len(holes) and holes[index].began < span.ended:
            left.append(Span(began, holes[index].began))
            began = holes[index].ended
            index += 1
        left.append(Span(began, span.ended))
    return joined(left)


def total(spans: Sequence[Span]) -> float:
    """Seconds in all; the spans must be joined."""
    return sum(span.seconds for span in spans)
