"""Names for the numbers by which Zendesk calls users, groups and itself, asked once."""

from collections.abc import Collection, Mapping

from playbooks.outside import OutsideError
from responder.tickets.zendesk_rest import PAGE, WHAT, Rest
from responder.tickets.zendesk_rows import UserRow
from responder.tickets.zendesk_settings import ZendeskTickets


class Names:
    """What was asked before is not asked again, but for what is missing in it."""

    def __init__(self, rest: Rest, settings: ZendeskTickets) -> None:
        self._rest = rest
        self._settings = settings
        self._me: UserRow | None = None
        self._users: dict[str, UserRow] = {}
        self._strangers: set[str] = set()
        self._groups: Mapping[str, str] = {}

    async def me(self) -> UserRow:
        """The user of our token, so that our own acts are not a person's."""
        if self._me is None:
            self._me = await self._rest.me()
        return self._me

    async def users(self, numbers: Collection[str]) -> Mapping[str, UserRow]:
        """Users by number; one who was deleted is missing, and not asked for again."""
        wanted = {one for one in numbers if one.isdecimal()}
        missing = sorted(wanted - self._users.keys() - self._strangers)
        for start in range(0, len(missing), PAGE):
            found = await self._rest.users(missing[start : start + PAGE])
            self._users |= {row.id: row for row in found}
        self._strangers |= set(missing) - self._users.keys()
        return self._users

    async def agent(self, name: str) -> str:
        """The number of somebody of the staff. Raises OutsideError for a stranger."""
        if number := await self.sought(name):
            return number
        address = self._settings.address(name)
        raise OutsideError(f"{WHAT} has no agent {address}", transient=False)

    async def sought(self, name: str) -> str:
        """The number of somebody of the staff, "" for a stranger."""
        address = self._settings.address(name)
        found = await self._rest.users_called(address)
        staff = (row for row in found if row.role != "end-user")
        return next((row.id for row in staff if row.email == address), "")

    async def groups(self, numbers: Collection[str]) -> Mapping[str, str]:
        """All groups by number, asked anew when one of these is not among them."""
        missing = set(numbers) - self._groups.keys() - self._strangers
        if missing or not self._groups:
            self._groups = {one.id: one.name for one in await self._rest.groups()}
            self._strangers |= missing - self._groups.keys() - {""}
        return self._groups

    async def group(self, name: str) -> str:
        """The number of a group. Raises OutsideError where there is none of this name."""
        for asked in ((), {""}):  # the second time anew
            groups = await self.groups(asked)
            found = [number for number, told in groups.items() if told == name]
            if found:
                return found[0]
        raise OutsideError(f"{WHAT} has no group {name}", transient=False)
