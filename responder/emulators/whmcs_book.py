"""What the WHMCS emulator remembers, with the ways that its documents tell or leave open."""

import html
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

BOT: Final = "responder"
DEPARTMENTS: Final = {
    "1": "General Enquiries",
    "3": "level-1",
    "4": "level-2",
    "5": "level-3",
    "6": "rapid-response",
    "7": "sales-billing",
    "8": "abuse",
}
STAFF: Final = {
    "1": ("dana", "Dana", "Doe"),
    "2": ("bob", "Bob", "Smith"),
    "3": ("alice", "Alice", "O'Hara"),
    "14": (BOT, "Rapid", "Responder"),
}
_STATUSES: Final = ("Open", "Answered", "Customer-Reply", "On Hold", "In Progress", "Closed")
_URGENCIES: Final = ("Low", "Medium", "High")
_FIRST_TID: Final = 516_757


class Refused(Exception):
    """What the API says with `result=error`."""


@dataclass(slots=True)
class Word:
    """A reply or a note; `by` is a user name of the staff, "" for a customer."""

    id: int
    by: str
    text: str
    at: str
    email: str = ""
    public: bool = True
    rating: int = 0
    hidden: bool = False  # written, but not visible yet


@dataclass(slots=True)
class WhmcsTicket:
    """A ticket; `tid` is the number that people see."""

    id: int
    tid: str
    subject: str
    asked_subject: str
    department: str
    urgency: str
    name: str
    email: str
    at: str
    lastreply: str
    status: str = "Open"
    flag: str = "0"
    words: list[Word] = field(default_factory=list)


class WhmcsBook:
    """Tickets in memory. `deaf`: fields that are taken with a yes, and lost.

    `zone` is the one in which all times are told. `merges`: "yes", "no", or "closed" where a merged
    ticket stays to be seen: the documents do not say what becomes of it.
    """

    def __init__(self, *, zone: str = "Europe/Berlin") -> None:
        self.tickets: dict[int, WhmcsTicket] = {}
        self.deaf: set[str] = set()
        self.departments = dict(DEPARTMENTS)
        self.statuses = list(_STATUSES)
        self.merges = "yes"
        self.mails: list[tuple[str, str]] = []  # to whom, what
        self._zone = ZoneInfo(zone)
        self._tickets = self._words = 0

    def now(self) -> str:
        """The time as WHMCS writes it."""
        return datetime.now(UTC).astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def held(self, number: str) -> WhmcsTicket:
        """A ticket by its number, never by its tid."""
        ticket = self.tickets.get(int(number)) if number.isdecimal() else None
        if ticket is None:
            raise Refused("Ticket ID Not Found")
        return ticket

    def open(self, told: Mapping[str, str]) -> WhmcsTicket:
        """OpenTicket."""
        if told.get("deptid") not in self.departments:
            raise Refused("Department ID not found")
        for needed in ("subject", "message"):
            if not told.get(needed):
                raise Refused(f"{needed.capitalize()} is required")
        if not (told.get("clientid") or (told.get("name") and told.get("email"))):
            raise Refused("Name and email address are required if not a client")
        self._tickets += 1
        number, now = self._tickets, self.now()
        self.tickets[number] = ticket = WhmcsTicket(
            id=number,
            tid=str(_FIRST_TID + 7 * number),
            subject=html.escape(told["subject"]),
            asked_subject=told["subject"],
            department=told["deptid"],
            urgency="Medium" if "priority" in self.deaf else told.get("priority", "Medium"),
            name=told.get("name", ""),
            email=told.get("email", ""),
            at=now,
            lastreply=now,
        )
        ticket.words.append(Word(0, "", html.escape(told["message"]), now, ticket.email))
        if told.get("noemail") != "true":
            self.mails.append((ticket.email, told["subject"]))
        return ticket

    def reply(self, number: str, text: str, *, by: str = "", status: str = "") -> Word:
        """AddTicketReply: of the staff, else of the customer; the ticket's status follows."""
        ticket = self.held(number)
        if by and by not in {name for name, _, _ in STAFF.values()}:
            raise Refused("Admin Username not found")
        word = self._word(ticket, by, text, public=True)
        ticket.lastreply = word.at
        usual = "Answered" if by else "Customer-Reply"
        ticket.status = status if status in self.statuses else usual
        if by:
            self.mails.append((ticket.email, text))
        return word

    def note(self, number: str, text: str, *, by: str) -> Word:
        """AddTicketNote: nothing in the list of tickets tells of it."""
        return self._word(self.held(number), by, text, public=False)

    def update(self, number: str, told: Mapping[str, str]) -> None:
        """UpdateTicket: some wrong values are refused, others are taken and lost."""
        ticket = self.held(number)
        for field_, (valid, refusal) in self._valid().items():
            if field_ in told and told[field_] not in valid:
                raise Refused(refusal)
        flag = {"flag": told["flag"]} if told.get("flag") in STAFF else {}
        known = {name: value for name, value in told.items() if name != "flag"} | flag
        taken = {**known, "flag": "0"} if told.get("removeFlag") else known
        names = {"deptid": "department", "priority": "urgency", "status": "status", "flag": "flag"}
        for field_, name in names.items():
            if field_ in taken and field_ not in self.deaf:
                setattr(ticket, name, taken[field_])
        ticket.subject = html.escape(told.get("subject", html.unescape(ticket.subject)))

    def _valid(self) -> Mapping[str, tuple[Collection[str], str]]:
        states = f"Invalid Ticket Status. Valid statuses are: {','.join(self.statuses)}"
        urgencies = "Invalid Ticket Priority. Valid priorities are: Low,Medium,High"
        return {
            "deptid": (self.departments, "Department ID Not Found"),
            "status": (self.statuses, states),
            "priority": (_URGENCIES, urgencies),
        }

    def merge(self, into: str, losers: str) -> None:
        """MergeTicket: the words go over; what is left of the others is not documented."""
        target = self.held(into)
        if self.merges == "no":
            raise Refused("Invalid Ticket ID supplied for merge")
        for number in losers.split(","):
            loser = self.held(number)
            target.words += [word for word in loser.words if word.id]
            if self.merges == "yes":
                del self.tickets[loser.id]
            else:
                loser.status, loser.words = "Closed", loser.words[:1]

    def _word(self, ticket: WhmcsTicket, by: str, text: str, *, public: bool) -> Word:
        self._words += 1
        email = "" if by else ticket.email
        word = Word(self._words, by, html.escape(text), self.now(), email, public)
        ticket.words.append(word)
        return word
