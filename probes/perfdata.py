"""What a Monitoring plugin measured: the part of its text after the pipe sign."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from probes.labels import written
from probes.model import Sample

_MOST = 64  # figures of one plugin
_NAME = "probe_command_perfdata"
# 'label'=value[unit];[warn];[crit];[min];[max], a quote in the label doubled:
# www.monitoring-plugins.org/doc/guidelines.html
_FIGURE = re.compile(
    r"(?:'((?:[^']|'')+)'|([^\s'=]+))=(-?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)([^\s;]*)"
    r"((?:;[^\s;]*){0,4})",
    re.ASCII,
)
# A range's upper end: 10, 5:10, ~:10. `@` turns a range inside out, so it has no upper end.
_RANGE = re.compile(r"(?:(?:~|-?[0-9.]+)?:)?(-?[0-9]+(?:\.[0-9]*)?)", re.ASCII)
_THRESHOLDS = ("warning", "critical", "min", "max")


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured; `thresholds` are those that are plain numbers, by name."""

    label: str
    value: float
    unit: str
    thresholds: tuple[tuple[str, float], ...] = ()


def read_perfdata(text: str) -> tuple[Figure, ...]:
    """The figures of this text, each label once; what is none is left out."""
    found: dict[str, Figure] = {}
    for match in _FIGURE.finditer(text):
        quoted, bare, value, unit, rest = match.groups()
        label = (quoted or bare).replace("''", "'").strip()
        if len(found) < _MOST and label.isprintable() and unit.isprintable():
            found.setdefault(label, Figure(label, float(value), unit, tuple(_thresholds(rest))))
    return tuple(found.values())


def samples_of(figures: tuple[Figure, ...]) -> list[Sample]:
    """The series `probe_command_perfdata` and, where there are any, those of its thresholds."""
    samples: list[Sample] = []
    for figure in figures:
        labels = written({"label": figure.label, "unit": figure.unit})
        samples.append((_NAME, labels, figure.value))
        samples += ((f"{_NAME}_{name}", labels, value) for name, value in figure.thresholds)
    return samples


def _thresholds(rest: str) -> Iterator[tuple[str, float]]:
    for name, text in zip(_THRESHOLDS, rest.split(";")[1:], strict=False):
        if found := _RANGE.fullmatch(text):
            yield name, float(found[1])
