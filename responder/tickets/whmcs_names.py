"""Names for the numbers by which WHMCS calls staff and departments, asked once."""

from collections.abc import Collection, Mapping, Sequence

from playbooks.outside import OutsideError
from responder.tickets.whmcs_api import WHAT, Api
from responder.tickets.whmcs_rows import Admin, Me


class Names:
    """What was asked before is not asked again, but for what is missing in it."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._me: Me | None = None
        self._staff: Sequence[Admin] = ()
        self._strangers: set[str] = set()
        self._departments: Mapping[str, str] = {}

    async def me(self) -> Me:
        """The admin user of our credentials, so that our own words are not a person's."""
        if self._me is None:
            self._me, _ = await self._api.me()
        return self._me

    async def my_user(self) -> str:
        """Our user name, under which we answer customers."""
        number = (await self.me()).id
        staff = await self.staff(numbers={number})
        return next((one.username for one in staff if one.id == number), "")

    async def staff(
        self, *, names: Collection[str] = (), numbers: Collection[str] = ()
    ) -> Sequence[Admin]:
        """The staff, asked anew when one of these is not among them: once for who was deleted."""
        wanted = {*names, *numbers}
        if not self._staff or not wanted <= self._known():
            self._staff = await self._api.admins()
            self._strangers |= wanted - self._known()
        return self._staff

    def _known(self) -> set[str]:
        staff = {word for one in self._staff for word in (one.id, one.name)}
        return staff | self._strangers

    async def number_of(self, user: str) -> str:
        """The number of a user name. Raises OutsideError for a stranger."""
        if number := await self.sought(user):
            return number
        raise OutsideError(f"{WHAT} has no admin user {user}", transient=False)

    async def sought(self, user: str) -> str:
        """The number of a user name among those who still work there, "" for a stranger."""
        staff = await self._api.admins()
        return next((one.id for one in staff if one.username == user and not one.off), "")

    async def departments(self, numbers: Collection[str]) -> Mapping[str, str]:
        """All departments by number, asked anew when one of these is not among them."""
        if not self._departments.keys() >= set(numbers):
            told = await self._api.departments()
            self._departments = {one.id: one.name for one in told}
        return self._departments

    async def department(self, name: str) -> str:
        """The number of a department. Raises OutsideError where there is none of this name."""
        for asked in ((), {""}):  # the second time anew
            departments = await self.departments(asked)
            found = [number for number, told in departments.items() if told == name]
            if found:
                return found[0]
        raise OutsideError(f"{WHAT} has no department {name}", transient=False)
