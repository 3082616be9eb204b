"""The commands that playbooks may call by name, as the configuration writes them."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from probes.durations import Duration
from probes.settings import FilePath, Piece


class Repeat(StrEnum):
    """May it be done a second time when nobody knows whether the first one happened?"""

    SAFE = "safe"
    NEVER = "never"


def _one_line(word: str) -> str:
    if not word.isprintable():
        raise ValueError("holds a character that can't be printed, such as a new line")
    return word


Word = Annotated[str, AfterValidator(_one_line)]
Argv = Annotated[tuple[Word, ...], Field(min_length=1, max_length=100)]
"""A program and its arguments. No shell of ours ever reads them."""


def _quotable(path: FilePath) -> FilePath:
    """ssh reads the values of its options word by word, between quotation marks."""
    if not str(path).isprintable() or '"' in str(path):
        raise ValueError("the path holds a quotation mark or a character that can't be printed")
    return path


SshFile = Annotated[FilePath, AfterValidator(_quotable)]


class SshLogin(Piece):
    """How to come to the servers. Both files are read by the system's ssh itself."""

    user: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,31}$")
    key_file: SshFile = Field(description="The private key, without a passphrase, mode 0600")
    known_hosts_file: SshFile = Field(description="A server that is not in it is not spoken to")
    port: int = Field(22, ge=1, le=65535)


class Command(Piece):
    """One named command: over ssh on the server of the incident, else on our own machine."""

    argv: Argv = Field(description="May hold lookups, though not in the first word")
    ssh: SshLogin | None = None
    timeout: Duration = timedelta(minutes=1)
    repeat: Repeat = Field(Repeat.NEVER, description="safe: it only reads, or may be done twice")

    @field_validator("argv")
    @classmethod
    def _is_a_program(cls, argv: tuple[str, ...]) -> tuple[str, ...]:
        return program(argv)


def program(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The same, when its first word is fixed by whoever wrote the file. Raises ValueError."""
    if "{{" in argv[0]:
        raise ValueError("a lookup may stand in an argument, not in the program")
    if not argv[0] or argv[0].startswith("-"):
        raise ValueError(f'"{argv[0]}" is no program')
    return argv
