"""The people of the configuration: who can be reached how, in which teams, in which order."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from alerts.model import Priority
from probes.durations import Duration
from responder.calendars.section import AwayPart, CalendarPart, away_of
from responder.paging.kinds import AnyMethod, MethodKind
from responder.parts import Clock, Part
from responder.problems import did_you_mean
from responder.rota_values import Changes
from responder.secrets import Secret, SecretFile
from responder.totp import seed_of

PROGRESS = timedelta(hours=1)


def _of_a_seed(secret: Secret) -> Secret:
    """Tried while loading, so that a slip is found at the start and not at 3 a.m."""
    seed_of(secret.reveal())
    return secret


def zone_of(name: str) -> str:
    """A time zone by its name in the tz database. ValueError when there is none such."""
    known = available_timezones()
    if name not in known:
        raise ValueError(f'no time zone is called "{name}"{did_you_mean(name, known)}')
    ZoneInfo(name)
    return name


Zone = Annotated[str, AfterValidator(zone_of)]


class QuietHours(Part):
    """From when until when, by the wall clock; only what is not critical waits."""

    begin: Clock = Field(alias="from", description="HH:MM")
    end: Clock = Field(alias="to", description="HH:MM; of the next day if earlier")


class Person(Part):
    """Somebody who can be reached. `accounts` are his names in other systems: {rt: ana}."""

    name: str | None = None
    methods: tuple[AnyMethod, ...] = ()
    accounts: Mapping[str, str] = {}
    zone: Zone = Field("UTC", description="Where this person lives: quiet hours, hand-over times")
    quiet_hours: QuietHours | None = Field(
        None, description="When nothing that is not critical may ring"
    )
    away: tuple[AwayPart, ...] = Field((), description="When this person can't be on call")
    absences: CalendarPart | None = Field(None, description="A calendar that says the same")
    manager: bool = Field(
        False, description='One of the "manager" of escalations: the last to be called'
    )
    totp_file: Annotated[SecretFile, AfterValidator(_of_a_seed)] | None = Field(
        None, description="Seed of the codes of a second factor, base32"
    )


def away(people: Mapping[str, Person]) -> Changes:
    """What the file itself says of who is away."""
    named = people.items()
    found = [one for name, it in named for one in away_of(name, it.away, ZoneInfo(it.zone))]
    return Changes((), tuple(found))


class Team(Part):
    """People who stand in for each other."""

    members: tuple[str, ...]


class EscalationStep(Part):
    """These people, then a wait for an answer, so many times.

    Each of `notify` is a person, `team:NAME`, `rota:NAME` (who is on call then), `next:NAME` (who
    comes after them), `everyone` or `manager`. A bare name may be a person, a team or a rota.
    """

    notify: tuple[str, ...] = Field(min_length=1)
    wait: Duration = timedelta(minutes=5)
    repeat: int = Field(1, ge=1, le=100, description="How often, before the next step")
    by: MethodKind | None = Field(
        None, description="Over this kind of method, where a person has one; else over the first"
    )

    @model_validator(mode="after")
    def _take_a_breath(self) -> "EscalationStep":
        if self.wait < timedelta(seconds=1):
            raise ValueError("wait: a second at least, or the last step would page without end")
        return self


class Escalation(Part):
    """Who is paged about which priorities, step by step; the last step repeats."""

    priorities: tuple[Priority, ...] = (Priority.CRITICAL,)
    steps: tuple[EscalationStep, ...] = Field(min_length=1)
    progress: Duration | None = Field(
        PROGRESS,
        description="Whoever acknowledged must show a sign of work as often (null: never); "
        "without a word: an hour for critical ones, never for others",
    )

    @model_validator(mode="after")
    def _wait_for_work(self) -> "Escalation":
        if self.progress is not None and self.progress < timedelta(minutes=1):
            raise ValueError("progress: a minute at least")
        return self
