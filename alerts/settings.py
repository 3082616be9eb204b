"""How alerts are read, judged and held back: the `alerts` part of the configuration."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from probes.durations import Duration

Word = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]


class Storm(BaseModel):
    """When servers newly down become one site incident (DESIGN 15.1)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    servers: int = Field(5, ge=1, description="At least so many servers newly down")
    percent: float = Field(
        10.0, ge=0, le=100, description="and at least this share of the data centre"
    )
    within: Duration = Field(timedelta(minutes=5), description="newly = within this time")


class Flapping(BaseModel):
    """When an incident counts as unstable: Icinga's maths over the last 20 minutes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: float = Field(
        30.0, ge=0, le=100, description="Unstable from this percentage of change on"
    )
    stop: float = Field(25.0, ge=0, le=100, description="and until it falls below this one")


class AlertSettings(BaseModel):
    """The `alerts` key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ignore_labels: tuple[str, ...] = Field(
        ("replica", "prometheus_replica", "__replica__"),
        description="Labels in which copies of one alert differ; they are no part of its identity",
    )
    server_labels: tuple[str, ...] = Field(
        ("server", "host", "instance", "node", "nodename", "target"),
        description="Labels that name a server, in this order",
    )
    critical_severities: tuple[Word, ...] = Field(
        ("critical", "page", "disaster"), description="Values of the label severity that page"
    )
    storm: Storm | Literal["off"] = Field(default_factory=Storm)
    flapping: Flapping | Literal["off"] = Field(default_factory=Flapping)
    watch: Duration = Field(
        timedelta(minutes=5), description="How long all must be well before an incident is resolved"
    )
    reopen: Duration = Field(
        timedelta(hours=24),
        description="How long a resolved incident may come back before it is closed",
    )
    resolve_after: Duration = Field(
        timedelta(minutes=5),
        description="When an alert posted without endsAt to /api/v2/alerts ends by itself",
    )
