"""Looks written out for Prometheus, as blackbox_exporter writes them."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from math import isfinite, isnan

from probes.help import help_of
from probes.model import Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(samples: Iterable[Sample]) -> str:
    """What one look answers: families by name, each with its HELP and TYPE, all of them gauges."""
    parts: list[str] = []
    for family, members in groupby(sorted(samples), key=lambda sample: sample[0]):
        parts.append(header(family))
        parts += (_line(family, labels, value) for _, labels, value in members)
    return "".join(parts)


@lru_cache(maxsize=1024)
def header(family: str) -> str:
    """The two lines that stand above a family."""
    return f"# HELP {family} {help_of(family)}\n# TYPE {family} gauge\n"


def _line(family: str, labels: str, value: float) -> str:
    return f"{family}{{{labels}}} {number(value)}\n" if labels else f"{family} {number(value)}\n"


def number(value: float) -> str:
    """A value as Go's strconv writes it ('g', shortest): 200, 0.25, 8.633e-06, 3.668918509e+09."""
    if -1e6 < value < 1e6:
        whole = int(value)
        if whole == value:
            return str(whole)
        if not -1e-4 < value < 1e-4:
            return repr(float(value))
    return _scientific(float(value)) if isfinite(value) else _no_number(value)


def _scientific(value: float) -> str:
    """Python's repr has the same shortest digits, but another idea of when to write an exponent."""
    digits, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = digits.partition(".")
    figures = (whole + fraction).lstrip("0")
    power = int(exponent or 0) + len(figures) - len(fraction) - 1
    first, rest = figures[0], figures[1:].rstrip("0")
    return f"{'-' if value < 0 else ''}{first}{'.' if rest else ''}{rest}e{power:+03d}"


def _no_number(value: float) -> str:
    return "NaN" if isnan(value) else "+Inf" if value > 0 else "-Inf"
