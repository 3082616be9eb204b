"""Names for the numbers by which Zammad calls its users, asked once."""

from playbooks.outside import OutsideError
from responder.tickets.zammad_rest import Rest
from responder.tickets.zammad_rows import UserRow


class Names:
    """What was asked before is not asked again: a renamed user is learnt at the next start."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._me: UserRow | None = None
        self._users: dict[int, UserRow] = {}

    async def me(self) -> UserRow:
        """The user that our token belongs to, so that our own acts are not a person's."""
        self._me = self._me or await self._rest.user("me")
        return self._me

    async def user(self, number: int) -> UserRow:
        """A user or customer by his number; the number is the name of one who was deleted, or whom
        Zammad hides from us: what he did is told all the same.
        """
        if number not in self._users:
            self._users[number] = await self._sought(number)
        return self._users[number]

    async def _sought(self, number: int) -> UserRow:
        try:
            return await self._rest.user(number)
        except OutsideError as error:
            if error.transient:
                raise
            return UserRow(id=number, login=str(number))
