"""What the API says and takes about major incidents, links between incidents, and the look back."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from probes.durations import Duration
from responder.customers.wording import Language
from responder.majors.drafts import Drafts
from responder.majors.graph import Graph
from responder.majors.life import Wish
from responder.store.incident_links import Relation
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Order, Single, Words

LATEST = timedelta(days=7)


class MajorOrder(Order):
    """Declare it, or change how it is led; what is not said stays, or is chosen."""

    lead: Name | None = Field(None, description="Who leads it")
    communication: Name | None = Field(None, description="Who writes to customers")
    every: Duration | None = Field(None, description="They hear so often; 5m to 24h")
    causes: tuple[Name, ...] | None = Field(None, max_length=20, description="All that are known")

    def wish(self) -> Wish:
        """The same for the rooms that decide."""
        return Wish(self.lead, self.communication, self.every, self.causes)


class LinkOrder(Order):
    """Two incidents have to do with each other."""

    other: Name
    kind: Relation = Relation.RELATED
    note: Words = ""


class DraftQuery(Order):
    """Which drafts are wanted; a time to come only where a person gives one."""

    brand: Annotated[Name | None, Single] = None
    language: Annotated[Language | None, Single] = None
    next_update: Annotated[Duration | None, Single] = Field(
        None, description="When customers hear again, such as 30m: you promise it"
    )

    def due(self, now: datetime) -> datetime | None:
        """The moment that is promised, None without a promise. Raises ValueError."""
        if self.next_update is None:
            return None
        if not timedelta(0) < self.next_update <= LATEST:
            raise ValueError("the next message must come within 7 days")
        return now + self.next_update


class GraphQuery(Order):
    """In which shape."""

    format: Annotated[Literal["json", "dot"], Single] = "json"


class ReviewQuery(Order):
    """In which shape."""

    format: Annotated[Literal["json", "markdown"], Single] = "json"


class DraftAnswer(Answer):
    """Words that may go out as they are, and the letter that they make."""

    brand: str
    language: str
    words: str = Field(description="For `tell`")
    subject: str
    text: str
    customers: int = Field(description="Who would read it now")
    doubts: tuple[str, ...] = Field(description="Why it should not go out so")


class DraftsAnswer(Answer):
    """One draft for each brand and language; `every_seconds` may be offered as the next promise."""

    drafts: tuple[DraftAnswer, ...]
    every_seconds: int
    next_update_at: Moment | None = Field(description="The promise that stands in these letters")


class NodeAnswer(Answer):
    """One incident of a graph."""

    id: str
    title: str
    priority: str
    state: str
    opened_at: Moment


class EdgeAnswer(Answer):
    """`from` is part of, related to, or was caused by `to`."""

    begins: str = Field(alias="from")
    ends: str = Field(alias="to")
    kind: Literal["part_of", "related", "caused_by"]
    by: str
    at: Moment | None


class GraphAnswer(Answer):
    """Everything that hangs together; `whole` says that nothing was left out."""

    incidents: tuple[NodeAnswer, ...]
    links: tuple[EdgeAnswer, ...]
    whole: bool


class ReviewAnswer(Answer):
    """The look back at an incident, for people to finish."""

    incident: str
    markdown: str


def drafts_answer(found: Drafts) -> DraftsAnswer:
    """All of them."""
    return DraftsAnswer(
        drafts=tuple(
            DraftAnswer(
                brand=one.brand,
                language=one.language,
                words=one.words,
                subject=one.letter.subject,
                text=one.letter.text,
                customers=one.customers,
                doubts=one.doubts,
            )
            for one in found.drafts
        ),
        every_seconds=int(found.every.total_seconds()),
        next_update_at=found.next_update,
    )


def graph_answer(graph: Graph) -> GraphAnswer:
    """For programs."""
    edges = (
        {
            "from": str(one.begins),
            "to": str(one.ends),
            "kind": one.kind,
            "by": one.by,
            "at": one.at,
        }
        for one in graph.edges
    )
    return GraphAnswer(
        incidents=tuple(
            NodeAnswer(
                id=str(one.id),
                title=one.title,
                priority=one.priority,
                state=one.state,
                opened_at=one.opened_at,
            )
            for one in graph.incidents
        ),
        links=tuple(map(EdgeAnswer.model_validate, edges)),
        whole=graph.whole,
    )
