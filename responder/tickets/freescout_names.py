"""Numbers for the names of users and mailboxes in FreeScout, asked once."""

from playbooks.outside import OutsideError
from responder.tickets.freescout_rest import WHAT, Rest
from responder.tickets.freescout_settings import FreeScoutTickets


class Names:
    """What was asked before is not asked again; an unknown mailbox has the list read anew."""

    def __init__(self, rest: Rest, settings: FreeScoutTickets) -> None:
        self._rest = rest
        self._settings = settings
        self._users: dict[str, int] = {}
        self._boxes: dict[str, int] = {}
        self._addresses: dict[int, str] = {}

    async def me(self) -> int:
        """The user in whose name we act; the key of the API belongs to nobody."""
        return await self.user(self._settings.user)

    async def user(self, email: str) -> int:
        """The number of a user. Raises OutsideError where FreeScout has none."""
        if email not in self._users:
            found = await self._rest.user(email)
            if found is None:
                raise OutsideError(f"{WHAT} has no user {email}", transient=False)
            self._users[email] = found.id
        return self._users[email]

    async def mailbox(self, name: str) -> int | None:
        """The number of a mailbox; None where there is none of this name."""
        if name not in self._boxes:
            await self._look()
        return self._boxes.get(name)

    async def queue(self, number: int) -> str:
        """Our queue of a mailbox."""
        if number not in self._addresses:
            await self._look()
        names = {known: name for name, known in self._boxes.items()}
        return self._settings.queue_here(names.get(number, str(number)))

    async def address(self, number: int) -> str:
        """To whom customers of a mailbox write."""
        if number not in self._addresses:
            await self._look()
        return self._addresses.get(number, "")

    async def _look(self) -> None:
        boxes = await self._rest.mailboxes()
        self._boxes = {one.name: one.id for one in boxes}
        self._addresses = {one.id: one.email for one in boxes}
