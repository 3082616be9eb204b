"""A small configuration model with a bit of everything, for the tests of reading files."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from responder.configfile import ConfigProblems, Loaded, load, loading
from responder.problems import did_you_mean
from responder.secrets import SecretFile, SecretText


class Part(BaseModel):
    """Every part of the sample is closed and frozen, as those of the product."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Colour(StrEnum):
    """A closed list of words."""

    AMBER = "amber"
    GREEN = "green"


class Tcp(Part):
    """A look of one kind."""

    kind: Literal["tcp"] = "tcp"
    port: int


class Http(Part):
    """A look of another kind."""

    kind: Literal["http"] = "http"
    url: str
    share: float = 1.0


Look = Annotated[Tcp | Http, Field(discriminator="kind")]


class Server(Part):
    """A named thing with looks of both kinds in it."""

    address: str
    tags: tuple[str, ...] = ()
    looks: tuple[Look, ...] = ()
    main: Look | None = None
    colour: Colour = Colour.GREEN


class Person(Part):
    """Somebody with a phone number, which is text."""

    phone: str = ""
    awake: bool = True
    zone: ZoneInfo = ZoneInfo("UTC")


class Mail(Part):
    """Something with secrets."""

    sender: str = Field("", alias="from")
    password: SecretText | None = None
    token_file: SecretFile | None = None


class Sample(Part):
    """The whole file."""

    servers: Mapping[str, Server] = {}
    people: Mapping[str, Person] = {}
    teams: Mapping[str, tuple[str, ...]] = {}
    notes: tuple[str, ...] = ()
    mail: Mail = Mail()

    @model_validator(mode="after")
    def check_members(self, info: ValidationInfo) -> "Sample":
        """Cross references: every member of a team is somebody; a team of one is unwise."""
        wrong = [
            (("teams", team, number), f'nobody is called "{name}"{did_you_mean(name, self.people)}')
            for team, names in self.teams.items()
            for number, name in enumerate(names)
            if name not in self.people
        ]
        if wrong:
            raise ConfigProblems(wrong)
        for team, names in self.teams.items():
            if len(names) == 1:
                loading(info).find(("teams", team), "a team of one person")
        return self


def read(folder: Path, text: str, **more: str) -> Loaded[Sample]:
    """Loads `text` as sample.yaml in this folder; `more` are further files by their stem."""
    for name, content in {"sample": text, **more}.items():
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    return load(folder / "sample.yaml", Sample)
