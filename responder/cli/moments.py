"""Times and spans as options of the command line."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from alerts.moments import read_moment
from probes.durations import read_duration

F = TypeVar("F", bound=Callable[..., Any])


def time_option(*names: str, says: str) -> Callable[[F], F]:
    """An option for a time such as 2026-11-21T22:00:00Z; without a zone it is UTC."""
    return click.option(*names, callback=read_time, metavar="TIME", help=says)


def span_option(*names: str, says: str, default: str | None = None) -> Callable[[F], F]:
    """An option for a span of time such as 30m or 1h30m."""
    return click.option(
        *names, callback=_span, metavar="SPAN", default=default, show_default=True, help=says
    )


def read_time(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    """A time as a person writes it, for options and arguments."""
    if value is None:
        return None
    try:
        found = read_moment(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if found is None:
        raise click.BadParameter("there was no such time")
    return found


def _span(_: click.Context, __: click.Parameter, value: str | None) -> timedelta | None:
    try:
        return None if value is None else read_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
