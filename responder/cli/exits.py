"""How a verb ends: the exit codes, and the clear line on stderr before them."""

from collections.abc import Sequence
from enum import IntEnum
from typing import IO, TYPE_CHECKING, Any

import click
from typing_extensions import override

if TYPE_CHECKING:
    from responder.problems import Problem


class Exit(IntEnum):
    """The contract with scripts and service managers (2, wrong usage, is click's own)."""

    FINE = 0
    FAILED = 1
    FINDINGS = 3
    CONFIGURATION = 78  # EX_CONFIG of sysexits.h; the systemd unit does not start us again


class Failed(click.ClickException):
    """The operation failed; the message says what was tried and what to do."""

    exit_code = Exit.FAILED


class Unusable(click.ClickException):
    """There is no configuration that can be used: each reason stands on a line of its own."""

    exit_code = Exit.CONFIGURATION

    def __init__(self, message: str, problems: Sequence["Problem"] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        """As they are: `file:line:column: message` is what editors look for."""
        click.echo(self.message, file=file, err=True)


def end(code: Exit) -> click.exceptions.Exit:
    """To be raised by a verb that has said all it has to say."""
    return click.exceptions.Exit(code)
