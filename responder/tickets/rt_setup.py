"""What Request Tracker tells of its own set-up: queues, custom fields, users, its speed."""

import time
from typing import Final
from urllib.parse import quote

from pydantic import Field, RootModel

from playbooks.outside import OutsideError
from responder.tickets.rt_rest import PAGE, Rest
from responder.tickets.rt_rows import Id, Named, Number, Page, Text, Told

TICKETS: Final = "RT::Queue-RT::Ticket"
REPLIES: Final = "RT::Queue-RT::Ticket-RT::Transaction"


class Link(Told):
    """Something that our user may do with a thing: `create` a ticket, `comment`, `correspond`..."""

    ref: Text = ""
    name: Text = ""


class QueueSetup(Told):
    """A queue, the custom fields that are applied to it, and what our user may do in it."""

    name: Text = Field(default="", alias="Name")
    ticket_fields: tuple[Link, ...] = Field(default=(), alias="TicketCustomFields")
    reply_fields: tuple[Link, ...] = Field(default=(), alias="TicketTransactionCustomFields")
    links: tuple[Link, ...] = Field(default=(), alias="_hyperlinks")

    def may(self, what: str) -> bool:
        """May our user do this here?"""
        return any(link.ref == what for link in self.links)

    def has(self, field: str, lookup: str) -> bool:
        """Is this custom field applied to its tickets, or to what is written there?"""
        fields = self.ticket_fields if lookup == TICKETS else self.reply_fields
        return any(link.name == field for link in fields)


class FieldSetup(Told):
    """A custom field; only one of a list has `values`."""

    id: Id
    type: Text = Field(default="", alias="Type")
    most: Number = Field(default=0, alias="MaxValues")
    unique: Number = Field(default=0, alias="UniqueValues")
    values: tuple[str, ...] = Field(default=(), alias="Values")


class TicketSetup(Told):
    """What our user may do with a ticket."""

    links: tuple[Link, ...] = Field(default=(), alias="_hyperlinks")

    def may(self, what: str) -> bool:
        """May our user do this with it?"""
        return any(link.ref == what for link in self.links)


class _Said(RootModel[object]):
    """Whatever RT answers to a change."""


class Setup:
    """Questions about the set-up, and the changes that REST2 can make. All raise OutsideError."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def seconds(self) -> float:
        """How long RT takes for a question that is none: the check of our token, above all."""
        begun = time.monotonic()
        await self._rest.ask(_Said, "/rt")
        return time.monotonic() - begun

    async def queue(self, name: str) -> QueueSetup | None:
        """A queue that our user sees, by its name."""
        try:
            return await self._rest.ask(QueueSetup, f"/queue/{quote(name, safe='')}")
        except OutsideError as error:
            _pass(error)
            return None

    async def field(self, name: str, lookup: str) -> FieldSetup | None:
        """A custom field that our user sees and that is not disabled."""
        wanted = {"Name": name, "LookupType": lookup}
        asked = [{"field": one, "operator": "=", "value": told} for one, told in wanted.items()]
        params = {"fields": "Name", "per_page": str(PAGE)}
        page = await self._rest.ask(
            Page[Named], "/customfields", params=params, body=asked, method="POST"
        )
        if not page.items:
            return None
        return await self._rest.ask(FieldSetup, f"/customfield/{page.items[0].id}")

    async def knows(self, user: str) -> bool:
        """Is there a user of this name?"""
        try:
            return bool((await self._rest.ask(Named, f"/user/{quote(user, safe='')}")).name)
        except OutsideError as error:
            _pass(error)
            return False

    async def newest(self, query: str) -> TicketSetup | None:
        """The newest ticket that our user sees there."""
        params = {"query": query, "orderby": "id", "order": "DESC", "per_page": "1"}
        page = await self._rest.ask(Page[Named], "/tickets", params=params)
        if not page.items:
            return None
        return await self._rest.ask(TicketSetup, f"/ticket/{page.items[0].id}")

    async def make_queue(self, name: str) -> None:
        """Needs the right AdminQueue."""
        body = {"Name": name, "Description": "For the responder"}
        await self._rest.ask(_Said, "/queue", body=body, method="POST")

    async def make_field(self, name: str, *, select: bool, unique: bool) -> str:
        """A custom field for the tickets of every queue, its number. Needs AdminCustomField and
        AssignCustomFields; REST2 applies no field to replies, nor one that is there.
        """
        kind = "SelectSingle" if select else "FreeformSingle"
        body = {"Name": name, "Type": kind, "Queue": 0, "UniqueValues": int(unique)}
        return (await self._rest.ask(Named, "/customfield", body=body, method="POST")).id

    async def make_unique(self, field: str) -> None:
        """RT lets one ticket hold a value from now on."""
        path = f"/customfield/{field}"
        await self._rest.ask(_Said, path, body={"UniqueValues": 1}, method="PUT")

    async def make_value(self, field: str, value: str, *, place: int) -> None:
        """One more value to choose from."""
        path, body = f"/customfield/{field}/value", {"Name": value, "SortOrder": place}
        await self._rest.ask(_Said, path, body=body, method="POST")


def _pass(error: OutsideError) -> None:
    """Not there, or not for our eyes; everything else is trouble."""
    if error.transient:
        raise error
