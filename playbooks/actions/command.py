"""Runs a program on our own machine: an argument list, and never a shell."""

from datetime import timedelta
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from playbooks.actions.commands import Argv, Command, Repeat, program
from playbooks.actions.model import Action, Case, Crew, Failed, Ok, Outcome
from playbooks.actions.once import once, within
from playbooks.actions.output import ended
from playbooks.lookups import argument
from playbooks.outside import OutsideError
from probes.durations import Duration

_SPARE = timedelta(seconds=15)


class CommandRun(Action):
    """A command of the configuration by its name, or the words themselves. Exit code 0 is well."""

    uses: ClassVar[str] = "command.run"
    irreversible: ClassVar[bool] = True
    gives: ClassVar[tuple[str, ...]] = ("output", "exit_code")
    raw: ClassVar[frozenset[str]] = frozenset({"argv"})

    command: str = Field("", pattern=r"^([a-z0-9][a-z0-9_-]{0,63})?$")
    argv: Argv | None = None
    timeout: Duration = timedelta(minutes=1)
    repeat: Repeat = Repeat.NEVER

    @field_validator("argv")
    @classmethod
    def _is_a_program(cls, argv: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return argv and program(argv)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if bool(self.command) is (self.argv is not None):
            raise ValueError("write either `command` (a name) or `argv` (a list of words)")
        if self.command and {"timeout", "repeat"} & self.model_fields_set:
            raise ValueError("`timeout` and `repeat` of a named command stand where it is named")
        return self

    @override
    def lasts(self, crew: Crew) -> timedelta:
        return self._command(crew).timeout + _SPARE

    @override
    def gated(self, crew: Crew) -> bool:
        return self._command(crew).repeat is Repeat.NEVER

    @override
    def would(self, case: Case) -> str:
        return f"run {self._name}"

    @property
    def _name(self) -> str:
        return self.command or (self.argv or ("",))[0]

    def _command(self, crew: Crew) -> Command:
        if self.argv is None:
            return crew.command(self.command)
        return Command(argv=self.argv, timeout=self.timeout, repeat=self.repeat)

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        try:
            command = self._command(crew)
            argv = _argv(command, case)
        except (OutsideError, ValueError) as error:
            return Failed(f"{self._name} was not run: {error}")
        if case.dry:
            return Ok(f"it would {self.would(case)}")

        async def run() -> Outcome:
            seconds = within(case, crew, command.timeout.total_seconds())
            output = await crew.hands.programs.run(argv, what=self._name, within=seconds)
            return ended(output, self._name)

        return await once(
            case, crew, run, verb=self.uses, repeat=command.repeat, command=self._name
        )


def _argv(command: Command, case: Case) -> list[str]:
    """The words with what they look up. Raises ValueError."""
    if command.ssh is not None:
        raise ValueError("it has `ssh:`, so that ssh.run must call it")
    return [argument(word, case.scope) for word in command.argv]
