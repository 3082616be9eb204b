"""Names for the numbers by which Request Tracker calls users, queues and fields, asked once."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from playbooks.outside import OutsideError
from responder.tickets.rt_rest import WHAT, Rest
from responder.tickets.rt_settings import RtTickets

NOBODY: Final = "Nobody"  # the owner of a ticket that nobody owns


class Names:
    """What was asked before is not asked again: a renamed user is learnt at the next start."""

    def __init__(self, rest: Rest, settings: RtTickets) -> None:
        self._rest = rest
        self._settings = settings
        self._users: dict[str, str] = {}
        self._queues: Mapping[str, str] = {}
        self._addresses: Mapping[str, str] = {}
        self._votes: frozenset[str] = frozenset()

    async def me(self) -> str:
        """The name of the user that our token belongs to, so that our own acts are not a person's.

        REST2 has no word for "who am I", but RT::AuthToken writes the user's number into the token
        (`1-<user>-<secret>`). Raises OutsideError where it does not.
        """
        number = re.fullmatch(r"1-(\d+)-\w+", self._settings.token_file.reveal())
        name = await self._name(number[1]) if number else ""
        if not name:
            message = f"{WHAT}: token_file holds no token of RT::AuthToken (1-NUMBER-SECRET)"
            raise OutsideError(message, transient=False)
        return name

    async def user(self, number: str) -> str:
        """The name of a user; the number where RT has no name for us."""
        return await self._name(number) or number

    async def queues(self, numbers: Collection[str]) -> Mapping[str, str]:
        """RT's names of all queues, read anew when one of these is not among them."""
        if not self._queues.keys() >= set(numbers):
            rows = await self._rest.queues()
            self._queues = {row.id: row.name for row in rows}
            self._addresses = {row.id: row.address for row in rows}
        return self._queues

    async def address(self, queue: str) -> str:
        """To which the customers of a queue write, "" where RT does not say."""
        await self.queues({queue})
        return self._addresses.get(queue, "")

    async def votes(self) -> frozenset[str]:
        """The numbers of the fields that hold a customer's vote."""
        self._votes = self._votes or await self._rest.fields(self._settings.vote_field)
        return self._votes

    async def _name(self, number: str) -> str:
        if number not in self._users and (name := await self._rest.user(number)):
            self._users[number] = name
        return self._users.get(number, "")
