"""What a data centre knows us by, whom it may ring, and how long and dear an order may be."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints

from playbooks.datacentre.hardware import Line
from probes.durations import Duration
from probes.settings import Piece, SecretFile


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone such as Europe/Berlin") from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]
Number = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()/.-]{2,30}$")]
"""A telephone number as people write it."""


class Authorised(Piece):
    """Who of us may order there."""

    name: Line
    pin_file: SecretFile | None = Field(
        None, description="Holds the PIN or pass phrase; read when an order is sent, kept nowhere"
    )


class Supervisor(Piece):
    """Whom to ring when an order is not done in time."""

    name: Line = ""
    number: Number


class Sla(Piece):
    """How long we wait before somebody rings."""

    ack_within: Duration = Field(timedelta(minutes=15), description="Then a person rings them")
    done_within: Duration = Field(timedelta(minutes=60), description="Then the supervisor is rung")


class Price(Piece):
    """What an order may cost."""

    ceiling: Line = Field("", description="The most that one order may cost: EUR 100")
    per_order: Line = ""
    free_per_month: int | None = Field(None, ge=0)


class Profile(Piece):
    """All that stands in every order to one data centre."""

    name: Line = Field("", description="What the site is called there; by default our own name")
    zone: Zone = "UTC"
    account: Line = Field("", description="Account number as they know it")
    contract: Line = ""
    authorised: Authorised | None = None
    call_back: tuple[Number, ...] = Field((), description="Our numbers that they have on file")
    languages: tuple[Line, ...] = ("English",)
    time_limit: Duration = Field(timedelta(minutes=30), description="For the work of one order")
    sla: Sla = Sla()
    price: Price = Price()
    supervisor: Supervisor | None = None

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)
