"""The KPI families by name: what each means, its labels, and the closed set of each label."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from alerts.model import Category
from responder.desk.levels import AUTOMATION, LEVELS, QUEUES
from responder.desk_values import Target
from responder.kpi.figures import ANSWERS, CHANNELS, PERSON, PRIORITIES, SCORES, Name

OTHER: Final = "other"  # for whatever is in no closed set

# DESIGN 10. Changing an edge later breaks every long range: they stay.
TICKET_EDGES: Final = (
    30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 259200,
)  # fmt: skip
ACK_EDGES: Final = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)

# No ticket, person or server, and a brand on votes alone: 20 brands on one histogram of 5 levels
# and 4 priorities were 6,400 series and 123 ms a scrape, 200 of them 64,000 and 1.7 s.
WORDS: Final[Mapping[str, Sequence[str]]] = {
    "priority": PRIORITIES,
    "level": (*QUEUES, AUTOMATION, OTHER),
    "by": (PERSON, AUTOMATION),
    "category": tuple(str(category) for category in Category),
    "channel": CHANNELS,
    "from_level": LEVELS,
    "to_level": LEVELS,
    "score": SCORES,
    "target": tuple(str(target) for target in Target),
    "solution": ANSWERS,
    "article": ANSWERS,
}
# What the configuration adds to; `know` tells which there are.
OPEN: Final = ("brand", "topic")
# What the words behind the slash of `Figure.figure` are.
TOLD: Final[Mapping[Name, Sequence[str]]] = {
    Name.OPENED: ("category", "channel"),
    Name.ESCALATED: ("from_level", "to_level"),
    Name.HANDBACK: ("from_level", "solution"),
    Name.VOTE: ("score", "brand"),
    Name.TOPIC: ("topic",),
    Name.KB_LINKED: ("article",),
    Name.SLA_BREACH: ("target",),
}


@dataclass(frozen=True, slots=True)
class Family:
    """A counter, or a histogram when it has edges (in seconds)."""

    name: str
    meaning: str
    labels: Sequence[str] = ()
    edges: Sequence[float] = ()

    def sets(self, opened: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
        """Every set of labels that it may have; `opened` are the words of the open labels."""
        words = {**WORDS, **opened}
        for one in product(*(words[label] for label in self.labels)):
            if "to_level" not in self.labels or one[0] < one[1]:
                yield one


_TICKET = ("priority", "level")
FAMILIES: Final[Mapping[Name, Family]] = {
    Name.REACTION: Family(
        "responder_ticket_reaction_seconds",
        "From detection to the first act",
        (*_TICKET, "by"),
        TICKET_EDGES,
    ),
    Name.FIRST_REPLY: Family(
        "responder_ticket_first_reply_seconds",
        "From detection to the first public words of a person",
        _TICKET,
        TICKET_EDGES,
    ),
    Name.USEFUL: Family(
        "responder_ticket_useful_response_seconds",
        "From detection to the first reply that helped",
        _TICKET,
        TICKET_EDGES,
    ),
    Name.RESOLUTION: Family(
        "responder_ticket_resolution_seconds",
        "From detection to the solving that held for a day",
        _TICKET,
        TICKET_EDGES,
    ),
    Name.WAIT: Family(
        "responder_ticket_requester_wait_seconds",
        "How long a requester waited for us in all",
        _TICKET,
        TICKET_EDGES,
    ),
    Name.OPENED: Family(
        "responder_tickets_opened_total", "Tickets opened", ("category", "channel", "priority")
    ),
    Name.SOLVED: Family(
        "responder_tickets_solved_total", "Tickets solved, by the highest owner", ("level",)
    ),
    Name.ESCALATED: Family(
        "responder_tickets_escalated_total",
        "Tickets moved to a higher level",
        ("from_level", "to_level"),
    ),
    Name.HANDBACK: Family(
        "responder_tickets_handed_back_total",
        "Tickets moved to a lower level, with or without the solution",
        ("from_level", "solution"),
    ),
    Name.ONE_TOUCH: Family(
        "responder_tickets_one_touch_total",
        "Tickets that one reply of a person solved for good",
    ),
    Name.MISSCOPED: Family(
        "responder_tickets_misscoped_total",
        "Tickets that a person moved to another desk within ten minutes",
    ),
    Name.REPEAT: Family(
        "responder_repeat_seconds",
        "Resolution of tickets of a kind that was seen before",
        ("priority",),
        TICKET_EDGES,
    ),
    Name.TOPIC: Family(
        "responder_tickets_topics_total", "Tickets opened, by task of the scope lists", ("topic",)
    ),
    Name.KB_LINKED: Family(
        "responder_article_closes_total",
        "Tickets that level 1 closed, with an article for the customer or none",
        ("article",),
    ),
    Name.SLA_BREACH: Family(
        "responder_sla_breaches_total",
        "Promises broken, at the moment the time was over",
        ("target", "priority"),
    ),
    Name.REOPENED: Family(
        "responder_tickets_reopened_total", "Solved tickets that a customer reopened"
    ),
    Name.VOTE: Family("responder_csat_answers_total", "Votes on tickets", ("brand", "score")),
    Name.ACK: Family(
        "responder_incident_ack_seconds",
        "From detection to the first acknowledgement",
        ("priority",),
        ACK_EDGES,
    ),
    Name.RECOVERY: Family(
        "responder_incident_recovery_seconds",
        "From detection to the end of all alerts",
        ("priority",),
        TICKET_EDGES,
    ),
    Name.FIRST_ACTION: Family(
        "responder_first_action_seconds",
        "From detection to the first step of a playbook",
        ("priority",),
        ACK_EDGES,
    ),
}
