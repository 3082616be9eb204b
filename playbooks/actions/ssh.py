"""Runs a named command on the server over ssh: the system's own, which knows the server's key."""

import re
import shlex
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import StringConstraints
from typing_extensions import override

from playbooks.actions.commands import Command, Repeat, SshLogin
from playbooks.actions.model import Action, Case, Crew, Failed, Ok, Outcome, Unsure
from playbooks.actions.once import once, within
from playbooks.actions.output import ended, in_line
from playbooks.lookups import Unresolved, fill
from playbooks.outside import OutsideError
from playbooks.programs import Output

_SPARE = timedelta(seconds=15)  # to come in
_FAILED = 255  # ssh's own trouble; the command's exit code otherwise
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})")
_TAME = re.compile(r"(?=.*[A-Za-z0-9])(?!.*\.\.)[A-Za-z0-9_/][A-Za-z0-9_.:@/+-]{0,254}")
_NOT_IN = re.compile(
    r"Host key verification failed|No .* host key is known|REMOTE HOST IDENTIFICATION|"
    r"Permission denied|Could not resolve hostname|Connection refused|No route to host|"
    r"Network is unreachable|Connection timed out|banner exchange|kex_exchange|"
    r"Too many authentication failures|no matching|Identity file .* not accessible|"
    r"Load key|Bad configuration|hostname contains invalid",
    re.IGNORECASE,
)


class SshRun(Action):
    """The command is one of the configuration (`playbooks.commands`): a playbook only names it."""

    uses: ClassVar[str] = "ssh.run"
    irreversible: ClassVar[bool] = True
    gives: ClassVar[tuple[str, ...]] = ("output", "exit_code")

    command: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]

    @override
    def lasts(self, crew: Crew) -> timedelta:
        return crew.command(self.command).timeout + _SPARE

    @property
    @override
    def interrupts(self) -> bool:
        """A machine that lets us in is not down, and which commands there are says its owner."""
        return False

    @override
    def gated(self, crew: Crew) -> bool:
        return crew.command(self.command).repeat is Repeat.NEVER

    @override
    def would(self, case: Case) -> str:
        return f"run the command {self.command} on {case.server} over ssh"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        try:
            command = crew.command(self.command)
            argv = _argv(command, case)
        except (OutsideError, ValueError) as error:
            return Failed(f"{self.command} was not run: {error}")
        if case.dry:
            return Ok(f"it would {self.would(case)}: {argv[-1]}")

        async def run() -> Outcome:
            what = f"{self.command} on {case.server}"
            seconds = within(case, crew, command.timeout.total_seconds())
            output = await crew.hands.programs.run(argv, what=what, within=seconds)
            return _judged(output, what, command.repeat)

        return await once(
            case, crew, run, verb=self.uses, repeat=command.repeat, command=self.command
        )


def _judged(output: Output, what: str, repeat: Repeat) -> Outcome:
    """255 is ssh's own trouble: before it came in nothing was done, afterwards nobody knows."""
    if output.code != _FAILED:
        return ended(output, what)
    told = f"{what}: ssh failed: {in_line(output.err) or 'it does not say why'}"
    if repeat is Repeat.SAFE or (_NOT_IN.search(output.err) and not output.out):
        return Failed(told)
    return Unsure(told)


def _argv(command: Command, case: Case) -> list[str]:
    """ssh with nothing of the user's or the system's own configuration. Raises ValueError."""
    if command.ssh is None:
        raise ValueError("it has no `ssh:`, so it is none for a server")
    return [*_options(command.ssh), "--", _host(case.address), remote(command.argv, case)]


def _options(login: SshLogin) -> list[str]:
    fixed = (
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={_quoted(login.known_hosts_file)}",
        "GlobalKnownHostsFile=/dev/null",
        "UpdateHostKeys=no",
        # As an option: with -i a file that is not there would mean the daemon's own keys.
        f"IdentityFile={_quoted(login.key_file)}",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "PasswordAuthentication=no",
        "KbdInteractiveAuthentication=no",
        "ProxyCommand=none",
        "PermitLocalCommand=no",
        "ControlMaster=no",
        "ControlPath=none",
        "ForwardAgent=no",
        "ForwardX11=no",
        "ClearAllForwardings=yes",
        "ConnectTimeout=10",
        "ServerAliveInterval=5",
        "ServerAliveCountMax=3",
        "LogLevel=ERROR",
    )
    options = [part for one in fixed for part in ("-o", one)]
    who = ("-p", str(login.port), "-l", login.user)
    return ["ssh", "-F", "/dev/null", "-T", *options, *who]


def _quoted(path: Path) -> str:
    """As ssh reads paths: in quotation marks, with its own lookups switched off."""
    return '"' + str(path).replace("%", "%%") + '"'


def _host(address: str) -> str:
    """An address or a name that ssh can't take for anything else. Raises ValueError."""
    try:
        return str(ip_address(re.sub(r"^\[(.*)\]$", r"\1", address)))
    except ValueError:
        if not _HOST.fullmatch(address):
            raise ValueError("the server's address is no host name for ssh") from None
        return address


def remote(argv: tuple[str, ...], case: Case) -> str:
    """The line for the far shell: every word quoted, and what was looked up tame even without.

    Raises ValueError, where a lookup finds anything but letters, digits and a few signs.
    """
    return shlex.join(fill(word, case.scope, _tame) for word in argv)


def _tame(value: str) -> str:
    if not _TAME.fullmatch(value):
        told = "letters, digits and _ . : @ / + - are all that may be looked up for a far shell"
        raise Unresolved(told)
    return value
