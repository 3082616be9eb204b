"""Asks the server's own control panel: to restart a service, or the whole machine gracefully."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field
from typing_extensions import override

from playbooks.actions.model import Action, Case, Crew, Failed, Ok, Outcome
from playbooks.actions.once import once, within
from playbooks.outside import OutsideError
from playbooks.panels import Function, whm
from playbooks.plain import one_line

# Those of WHM that serve customers or staff; a list of our own, so that no alert can name another.
_OF_WEB = ("httpd", "apache_php_fpm", "cpanel_php_fpm", "mysql", "postgresql", "ftpd")
_OF_MAIL = ("exim", "imap", "pop", "spamd", "clamd", "mailman")
_OF_NAMES = ("named", "pdns", "dnsadmin", "nscd")
_OF_PANEL = ("cpsrvd", "cpdavd", "cpanellogd", "tailwatchd", "crond", "rsyslogd", "sshd")
SERVICES = frozenset(_OF_WEB + _OF_MAIL + _OF_NAMES + _OF_PANEL)
_TRIES = 4
_PAUSE = 3.0  # seconds; a database takes a while


def _known(service: str) -> str:
    if service not in SERVICES and "{{" not in service:
        raise ValueError(f"none of {', '.join(sorted(SERVICES))}")
    return service


class PanelRestartService(Action):
    """One service is restarted. To do so twice does no harm; that it runs is read back."""

    uses: ClassVar[str] = "panel.restart_service"

    service: Annotated[str, AfterValidator(_known)] = Field(description="httpd, exim, mysql ...")

    @override
    def would(self, case: Case) -> str:
        return f"ask the panel of {case.server} to restart {self.service}"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        if self.service not in SERVICES:
            return Failed(f'"{one_line(self.service, limit=60)}" is no service that WHM restarts')
        if case.dry:
            return Ok(f"it would {self.would(case)}")
        doubt = ""
        try:
            await self._ask(Function.RESTART, case, crew, most=60.0)
        except OutsideError as error:
            if not error.ambiguous:
                return Failed(str(error))
            doubt = str(error)
        return await self._read_back(case, crew, doubt)

    async def _read_back(self, case: Case, crew: Crew, doubt: str) -> Outcome:
        """What the panel says of the service now; where that can't be read, what it said before."""
        runs: bool | None = None
        for attempt in range(_TRIES):
            if attempt:
                await crew.pause(_PAUSE)
            try:
                runs = await self._runs(case, crew)
            except OutsideError as error:
                told = f"{self.service} was restarted, but its state can't be read: {error}"
                return Failed(doubt) if doubt else Ok(told)
            if runs is not False:
                break
        if runs is False:
            return Failed(f"{self.service} does not run after it was restarted")
        if doubt:
            return Ok(f"{self.service} runs, but: {doubt}") if runs else Failed(doubt)
        return Ok(f"{self.service} was restarted" + (", and runs" if runs else ""))

    async def _runs(self, case: Case, crew: Crew) -> bool | None:
        """None where the panel does not watch it."""
        rows = (await self._ask(Function.SERVICES, case, crew, most=15.0)).get("service")
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and row.get("name") == self.service:
                return row.get("running") in (1, "1")
        return None

    async def _ask(
        self, function: Function, case: Case, crew: Crew, *, most: float
    ) -> Mapping[str, Any]:
        seconds = within(case, crew, most)
        return await whm(crew.panel(), function, crew.hands, within=seconds, service=self.service)


class PanelReboot(Action):
    """The machine restarts itself, as its panel asks it to: gracefully, never by force (`force=1`
    may lose data). Before, the panel must show the name of the machine.
    """

    uses: ClassVar[str] = "panel.reboot"
    irreversible: ClassVar[bool] = True
    usual: ClassVar[timedelta] = timedelta(minutes=3)

    hostname: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.-]*$",  # no lookup: no alert says which machine is the right one
        description="What the panel must call itself; none: the server's name, with any domain",
    )

    @override
    def would(self, case: Case) -> str:
        return f"ask the panel of {case.server} to reboot the machine gracefully"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        if case.dry:
            return Ok(f"it would {self.would(case)}")
        if not case.open_intent and (trouble := await self._another(case, crew)):
            return Failed(trouble)

        async def reboot() -> Outcome:
            seconds = within(case, crew, 60.0)
            await whm(crew.panel(), Function.REBOOT, crew.hands, within=seconds, force="0")
            return Ok(f"the panel of {case.server} has begun to reboot the machine")

        return await once(case, crew, reboot, verb=self.uses, server=case.server)

    async def _another(self, case: Case, crew: Crew) -> str:
        """Why this is not the machine; "" when it is."""
        seconds = within(case, crew, 15.0)
        try:
            data = await whm(crew.panel(), Function.HOSTNAME, crew.hands, within=seconds)
        except OutsideError as error:
            return f"the panel does not say who it is: {error}"
        shown = one_line(str(data.get("hostname", ""))).lower().rstrip(".")
        wanted = (self.hostname or case.server).lower()
        if shown and (shown == wanted or shown.startswith(f"{wanted}.")):
            return ""
        return f'the panel calls itself "{shown}", not {wanted}: nothing was done'
