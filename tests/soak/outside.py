"""The outside of a soak: mail server, pager and ticket system, which outlive every kill."""

import random
import re
from types import TracebackType
from typing import Self

from responder.emulators.pager import Mode, PagerEmulator
from responder.emulators.ticket_faults import Fault
from responder.emulators.tickets import TicketEmulator
from tests.real.smtp import Mailbox, Trouble

# Of the calls that write: 30 % go wrong, most of them after they were accepted.
FAULTS = {Fault.UNAVAILABLE: 0.10, Fault.HANG: 0.10, Fault.LATE: 0.05, Fault.RESET: 0.05}
SERVER = r"host-\d{6}"
LATEST_SECONDS = 1.0  # a late call is done within this time
# How pager and mail server feel during one life of the daemon. What a mail server takes and then
# fails to confirm is repeated by right (tests/responder/paging/test_smtp.py), so it is not here.
PAGER_MOODS = (*[Mode.ACCEPT] * 4, Mode.UNAVAILABLE, Mode.RESET_AFTER_ACCEPT)
MAIL_MOODS = (*[Trouble.NONE] * 5, Trouble.REFUSE_451)


class Outside:
    """All that the daemon calls."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._mailed: set[str] = set()
        self._rung: set[str] = set()
        self._mails = self._rings = 0  # how many of each have been looked at
        self.mailbox = Mailbox()
        self.pager = PagerEmulator()
        # Without Request Tracker's own help against doubles: ours must do.
        self.tickets = TicketEmulator(unique_keys=False)
        self.tickets.faults.dice = dice
        self.tickets.faults.hang_seconds = 1.2
        self.tickets.faults.late_seconds = (0.5, LATEST_SECONDS)
        self.tickets.faults.chances = FAULTS

    async def __aenter__(self) -> Self:
        await self.mailbox.start()
        await self.pager.start()
        await self.tickets.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.tickets.stop()
        await self.pager.stop()
        await self.mailbox.stop()

    def change_mood(self) -> None:
        """Another life of the daemon finds the outside in another mood."""
        self.pager.mode = self._dice.choice(PAGER_MOODS)
        self.mailbox.trouble = self._dice.choice(MAIL_MOODS)

    def behave(self) -> None:
        """From now on everything is well."""
        self.pager.mode = Mode.ACCEPT
        self.mailbox.trouble = Trouble.NONE
        self.tickets.faults.chances = {}

    def told(self, server: str) -> bool:
        """Has everybody been paged about this server?"""
        for mail in self.mailbox.messages[self._mails :]:
            self._mailed.update(re.findall(SERVER, mail["Subject"]))
        for ring in self.pager.rings[self._rings :]:
            self._rung.update(re.findall(SERVER, ring["payload"]["summary"]))
        self._mails, self._rings = len(self.mailbox.messages), len(self.pager.rings)
        return server in self._mailed and server in self._rung
