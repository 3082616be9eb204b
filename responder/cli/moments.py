"""Times and spans as people type them on the command line."""

from datetime import datetime, timedelta
from typing import Any

import click
from typing_extensions import override

from alerts.moments import read_moment


class MomentType(click.ParamType[datetime]):
    """A time such as 2026-11-21T22:00:00Z; without a zone it is UTC."""

    name = "time"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = read_moment(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return moment or self.fail("there was no such time", param, ctx)


class SpanType(click.ParamType[timedelta]):
    """A span of time such as 30m or 1h30m."""

    name = "span"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        from alerts.durations import read_duration

        try:
            return read_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


MOMENT = MomentType()
SPAN = SpanType()
