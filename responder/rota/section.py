"""The section `rotas:` of the configuration: shifts, who takes turns at them, who stands in."""

from collections.abc import Iterator
from datetime import time
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from typing_extensions import override

from responder.parts import Name, Part
from responder.problems import ConfigProblems, Loc
from responder.rota.model import Rota
from responder.rota.moments import ClockTime, Day, Moment, begins_at, ends_at
from responder.rota.turns import Hours, Layer, Rotate
from responder.rota_values import Override, Span
from responder.staff import Zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60  # minutes


def _several(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


_ONE_OR_SEVERAL = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
}
CrewPart = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(_several),
    WithJsonSchema(_ONE_OR_SEVERAL),
]


class ShiftPart(Part):
    """When it begins and ends by the wall clock, on each of these days of the week."""

    begin: ClockTime = Field(alias="from", description="HH:MM")
    end: ClockTime = Field(alias="to", description="HH:MM; of the next day unless later")
    days: tuple[Weekday, ...] = Field(WEEK, min_length=1, description="On which days it begins")

    def hours(self) -> Hours:
        return Hours(self.begin, self.end, frozenset(map(WEEK.index, self.days)))

    def spans(self) -> Iterator[tuple[int, int]]:
        """From when to when it lasts, in minutes of the week."""
        lasts = (_minutes(self.end) - _minutes(self.begin)) % _DAY or _DAY
        for day in set(self.days):
            starts = WEEK.index(day) * _DAY + _minutes(self.begin)
            yield starts, starts + lasts

    @override
    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


class LayerPart(Part):
    """People who follow each other through the same shifts."""

    name: Name | None = None
    people: tuple[CrewPart, ...] = Field(
        min_length=1, description="In the order of their turns; [a, b] are on call together"
    )
    begins: Day = Field(
        description="The date of the first turn; its weekday is that of a hand-over"
    )
    shifts: tuple[ShiftPart, ...] = Field(
        (ShiftPart(begin=time(), end=time()),), min_length=1, description="By default the whole day"
    )
    rotate: Rotate = Field(Rotate.WEEK, description="What one turn is")
    every: int = Field(1, ge=1, le=366, description="How many of these are one turn")
    adds: bool = Field(False, description="Its people come on top of those of the other layers")

    @model_validator(mode="after")
    def _never_overlap(self) -> "LayerPart":
        if problems := list(self._overlapping()):
            raise ConfigProblems(problems)
        return self

    def layer(self, number: int, zone: ZoneInfo) -> Layer:
        """As it is reckoned with; `number` counts from 1."""
        return Layer(
            self.name or f"layer-{number}",
            zone,
            tuple(tuple(dict.fromkeys(crew)) for crew in self.people),
            self.begins,
            tuple(sorted((one.hours() for one in self.shifts), key=lambda one: one.begins)),
            self.rotate,
            self.every,
            self.adds,
        )

    def _overlapping(self) -> Iterator[tuple[Loc, str]]:
        week = sorted(
            (starts, ends, place)
            for place, shift in enumerate(self.shifts)
            for starts, ends in shift.spans()
        )
        starts, ends, place = week[0]
        again = (starts + len(WEEK) * _DAY, ends + len(WEEK) * _DAY, place)
        found = {
            (two, one)
            for (_, ends, one), (starts, _, two) in pairwise([*week, again])
            if starts < ends
        }
        for two, one in sorted(found):
            shifts = f"{self.shifts[one]} and {self.shifts[two]}"
            yield (
                ("shifts", two),
                f"{shifts} overlap: what adds people is a layer of its own (adds)",
            )


class OverridePart(Part):
    """Somebody stands in, once."""

    begin: Moment = Field(
        alias="from", description="With a time; in the rota's zone unless it says"
    )
    end: Moment = Field(alias="to")
    person: str
    instead_of: str | None = Field(None, description="Whose place it is; everybody's by default")
    reason: str = ""

    def span(self, zone: ZoneInfo) -> Span:
        return Span(begins_at(self.begin, zone), ends_at(self.end, zone))


class RotaPart(Part):
    """Who is on call when. A later layer stands above the earlier ones, unless it adds."""

    zone: Zone = Field("UTC", description="By whose clocks shifts begin and end")
    team: str | None = Field(None, description="Who is called while nobody is on call")
    layers: tuple[LayerPart, ...] = Field(min_length=1)
    overrides: tuple[OverridePart, ...] = ()
    promise: Literal["always", "layers"] = Field(
        "always", description="Is there somebody at every moment, or where a layer has a shift?"
    )

    @model_validator(mode="after")
    def _make_sense(self) -> "RotaPart":
        if problems := [*self._backwards(), *self._alike()]:
            raise ConfigProblems(problems)
        return self

    @cached_property
    def place(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def rota(self, name: str) -> Rota:
        """As it is reckoned with."""
        layers = (layer.layer(number, self.place) for number, layer in enumerate(self.layers, 1))
        own = tuple(
            Override(0, name, one.person, one.span(self.place), one.instead_of, reason=one.reason)
            for one in self.overrides
        )
        return Rota(name, self.place, tuple(layers), own, self.promise == "always", self.team)

    def named(self) -> Iterator[tuple[Loc, str]]:
        """Every person whom it names, and where."""
        for number, layer in enumerate(self.layers):
            for place, crew in enumerate(layer.people):
                for seat, person in enumerate(crew):
                    yield ("layers", number, "people", place, seat), person
        for number, one in enumerate(self.overrides):
            yield ("overrides", number, "person"), one.person
            if one.instead_of is not None:
                yield ("overrides", number, "instead_of"), one.instead_of

    def _backwards(self) -> Iterator[tuple[Loc, str]]:
        for number, one in enumerate(self.overrides):
            span = one.span(self.place)
            if span.ends <= span.starts:
                yield ("overrides", number, "to"), "must be later than from"

    def _alike(self) -> Iterator[tuple[Loc, str]]:
        names: set[str] = set()
        for number, layer in enumerate(self.layers):
            name = layer.layer(number + 1, self.place).name
            if name in names:
                yield ("layers", number, "name"), f'two layers are called "{name}"'
            names.add(name)


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
