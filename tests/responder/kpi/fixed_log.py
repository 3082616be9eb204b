"""How a fixed log of tickets is told, and its odd tickets; the others stand in fixed_week.py."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from alerts.model import DAEMON, Actor, Priority
from playbooks.ports import Change, TicketRef
from responder.values import TicketRecord
from tests.responder.desk.tickets import ANA, BOB, DANA, JOHN, ROBOT, change, minutes, ticket

WHO: Final[Mapping[str, Actor]] = {
    "ana": ANA, "bob": BOB, "dana": DANA, "john": JOHN, "RT": ROBOT, "bot": DAEMON,
}  # fmt: skip
DATA: Final = {
    "takes": ("owner", "owner"),
    "moves": ("queue", "queue"),
    "hands": ("queue", "queue"),  # with the solution
    "sets": ("state", "state"),
    "votes": ("vote", "score"),
    "merges": ("merged", "into"),
}
FIX: Final = "The disk was full: I have moved the logs away."


@dataclass(frozen=True)
class Story:
    """One ticket, opened `begins` minutes after the first ones: what happened, minute by minute,
    and its figures in minutes.
    """

    number: int
    log: str
    figures: Mapping[str, float]
    opening: Mapping[str, Any]
    begins: int = 0

    def ticket(self) -> TicketRecord:
        """As it was opened."""
        names = {"id": self.number, "key": f"k{self.number}", "ref": str(self.number)}
        at = minutes(self.begins)
        times = {"opened_at": at, "detected_at": at}
        told: dict[str, Any] = {**names, **times, "brand": "acme", **self.opening}
        return ticket(**told)

    def changes(self) -> Iterator[Change]:
        """What happened, line by line: minute, who, verb, and the rest."""
        for number, told in enumerate(self.log.strip().replace("; ", "\n").splitlines()):
            at, who, verb, *rest = told.split(maxsplit=3)
            one = _change(verb, " ".join(rest), who=who, at=self.begins + float(at))
            ref = TicketRef("rt", str(self.number))
            yield replace(one, id=f"{self.number:03}-{number:03}", ticket=ref)


def _change(verb: str, rest: str, *, who: str, at: float) -> Change:
    if verb in DATA:
        kind, name = DATA[verb]
        told = {name: who if verb == "takes" else rest}
        text = FIX if verb == "hands" else ""
        return change(kind, WHO[who], at=at, text=text, **told)
    kind, _, mark = verb.partition(":")
    words = FIX if rest == "fix" else rest
    marked = {"useful": mark} if mark else {}
    return change({"says": "customer"}.get(kind, kind), WHO[who], at=at, text=words, **marked)


def story(number: int, log: str, figures: str = "", *, begins: int = 0, **opening: Any) -> Story:
    """`figures`: what a person worked out, as name=minutes."""
    worked_out = (figure.rpartition("=") for figure in figures.split())
    told = {name: float(at) for name, _, at in worked_out}
    return Story(number, log, told, opening, begins)


# Judged seven days after the first opening; figures in minutes since the opening.
ODD: Final = (
    story(
        1,
        """
        5 ana takes
        10 ana reply fix
        20 ana sets solved
        """,
        "reaction=5 first_reply=10 useful_response=10 solved=20 resolution=20 one_touch=20",
    ),
    story(
        2,
        """
        1 bot note The alert fires.
        1 RT sets open
        15 dana takes
        20 dana reply We are on it.
        25 dana moves level-2
        60 bob reply fix
        61 bob moves level-1
        70 ana sets solved
        """,
        "reaction=15 first_reply=20 escalated/level-1/level-2=25 useful_response=60 solved=70"
        " handback/level-2/no=61 resolution=70",
    ),
    story(3, "30 bot sets solved", "reaction/automation=30 solved=30 resolution=30"),
    story(
        4,
        """
        10 ana reply I have restarted it.
        12 ana sets solved
        100 john sets open
        200 ana sets solved
        """,
        "reaction=10 first_reply=10 useful_response=10 solved=12 reopened=100 resolution=200",
    ),
    story(5, "3 john says Is anybody there?"),
    story(
        6,
        """
        30 bob reply Your invoice is attached.
        31 bob sets solved
        """,
        "reaction=30 first_reply=30 useful_response=30 solved=31 resolution=31 one_touch=31",
        queue="sales-billing",
    ),
    story(
        7,
        """
        1 ana takes
        2 ana sets solved
        """,
        drill=True,
    ),
    story(
        8,
        """
        1 ana takes
        2 ana merges 1
        """,
    ),
    story(
        9,
        """
        5 ana reply:no It is the cache.
        50 ana reply:yes On it.
        """,
        "reaction=5 first_reply=5 useful_response=50",
    ),
    story(
        10,
        """
        10 ana reply Which of your sites is it?
        10 ana sets waiting-customer
        40 john says shop.example
        40 RT sets open
        55 ana reply fix
        60 ana sets solved
        70 john votes 5
        80 john votes 4
        """,
        "reaction=10 first_reply=10 useful_response=10 solved=60 resolution=60 requester_wait=30"
        " csat/5/acme=70 csat/4/acme=80",
        channel="phone",
    ),
    story(
        11,
        """
        2 ana takes
        30 ana sets solved
        """,
        "reaction=2 solved=30 resolution=30",
        queue="rapid-response",
        priority=Priority.CRITICAL,
    ),
    story(
        12,
        """
        10 ana takes
        20 ana moves level-3
        30 dana sets solved
        40 john votes 2
        """,
        "reaction=10 escalated/level-1/level-3=20 solved=30 resolution=30 csat/2/acme=40",
    ),
    story(
        13,
        """
        30 ana takes
        9000 ana sets solved
        """,
        "reaction=30 solved=9000",
    ),
    story(
        14,
        """
        5 RT note Automatic reply sent.
        6 RT reply Your ticket has been received.
        9 john sets closed
        """,
    ),
)
