"""What a PromQL expression speaks of: its metrics, the labels asked of them, and its limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser

_CHILDREN = ("lhs", "rhs", "expr", "args", "vector_selector")
_RATES = ("rate", "irate", "increase")
_LIMITS = ("==", "!=", ">", "<", ">=", "<=")


@dataclass(frozen=True, slots=True)
class Use:
    """One metric in an expression: every label that is asked of it, and whether it stands in a
    rate.
    """

    metric: str
    labels: frozenset[str]
    rated: bool


def filled(expression: str, *, rate: str = "5m", shown: str = "1h") -> str:
    """The expression with values in the place of Grafana's variables."""
    values = {"$__rate_interval": rate, "$__range": shown, "$job": ".+"}
    for name, value in values.items():
        expression = expression.replace(name, value)
    return expression


def uses(expression: str) -> list[Use]:
    """Every metric in it. ValueError when it is no PromQL."""
    return list(_uses(promql_parser.parse(filled(expression)), frozenset(), rated=False))


def measured(expression: str) -> list[str]:
    """What an alert measures: its expression without the limits and conditions, each side of an
    `or` for itself.
    """
    return [str(node.prettify()) for node in _measured(promql_parser.parse(expression))]


def _uses(node: Any, asked: frozenset[str], *, rated: bool) -> Iterator[Use]:
    if isinstance(node, promql_parser.VectorSelector):
        matched = {matcher.name for matcher in node.matchers.matchers}
        yield Use(node.name or "", asked | matched, rated)
        return
    rated = rated or (isinstance(node, promql_parser.Call) and node.func.name in _RATES)
    for child in _children(node):
        yield from _uses(child, asked | _grouped(node), rated=rated)


def _grouped(node: Any) -> frozenset[str]:
    """The labels by which it aggregates or matches."""
    modifier = getattr(node, "modifier", None)
    named = getattr(modifier, "matching", modifier)
    return frozenset(named.labels if named else ())


def _children(node: Any) -> Iterator[Any]:
    for name in _CHILDREN:
        found = getattr(node, name, None)
        if found is not None:
            yield from found if isinstance(found, list) else [found]


def _measured(node: Any) -> Iterator[Any]:
    if isinstance(node, promql_parser.ParenExpr):
        yield from _measured(node.expr)
    elif not isinstance(node, promql_parser.BinaryExpr):
        yield node
    elif str(node.op) in (*_LIMITS, "and", "unless"):
        yield from _measured(node.lhs)
    elif str(node.op) == "or":
        yield from _measured(node.lhs)
        yield from _measured(node.rhs)
    else:
        yield node
