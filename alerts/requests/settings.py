"""The rules as they are written in a file: words, facts made of words, and the rules themselves."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from alerts.model import Category, Priority
from alerts.requests.phrases import phrases
from probes.patterns import read_pattern

Queue = Literal[
    "level-1",
    "level-2",
    "level-3",
    "rapid-response",
    "sales-billing",
    "abuse",
    "supervisor",
    "accounts",
]
Language = Literal["en", "de", "es", "fr", "it", "pt", "nl", "pl", "bg", "ru"]
_WITHIN: Final = 12


def _readable(text: str) -> str:
    for _ in phrases(text):
        pass
    return text


def _compiles(text: str) -> str:
    read_pattern(text)
    return text


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}/[a-z0-9-]{1,40}$")]
Term = Annotated[str, StringConstraints(pattern=r"^!?[a-z][a-z0-9-]*(\|[a-z][a-z0-9-]*)*$")]
Phrases = Annotated[str, AfterValidator(_readable)]
Expression = Annotated[str, StringConstraints(min_length=1), AfterValidator(_compiles)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class When(_Frozen):
    """One way to fit: everything that stands here must hold.

    A term names a concept or a fact; `a|b` is one of them, `!a` none of it. `clause`: all near
    each other in one clause; `sentence`: in the sentence of that clause; `then`: later, or in the
    rest of the clause; `text`: anywhere; `subject`: in the subject. `heavier`, `lighter`: the sum
    of the `weights` of every concept and fact that the text holds.
    """

    clause: tuple[Term, ...] = ()
    sentence: tuple[Term, ...] = ()
    then: tuple[Term, ...] = ()
    text: tuple[Term, ...] = ()
    subject: tuple[Term, ...] = ()
    within: int = Field(_WITHIN, ge=1, le=40, description="so many words from first to last")
    question: bool | None = None
    shorter: int = Field(0, ge=0, description="the whole text has at most so many words; 0 = any")
    matches: Expression | None = Field(None, description="RE2, in the folded subject and body")
    heavier: float | None = Field(None, description="all that is said weighs at least so much")
    lighter: float | None = Field(None, description="all that is said weighs less")

    @property
    def terms(self) -> Iterator[str]:
        """Every concept that is named here."""
        for term in (*self.clause, *self.sentence, *self.then, *self.text, *self.subject):
            yield from term.lstrip("!").split("|")


class Fact(_Frozen):
    """A concept made of others, such as an outage; true where one `when` holds and no `unless`."""

    when: tuple[When, ...] = Field(min_length=1)
    unless: tuple[When, ...] = ()


class Rule(_Frozen):
    """The first rule whose `when` holds, and no `unless`, decides."""

    id: RuleId
    category: Category
    priority: Priority | None = None
    queue: Queue | None = None
    task: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,60}$")] = ""
    when: tuple[When, ...] = Field(min_length=1)
    unless: tuple[When, ...] = ()


class RulesFile(_Frozen):
    """A file of rules: the shipped ones are written the same way as those of a hoster."""

    version: str = Field("", max_length=40)
    words: Mapping[Language, Mapping[Name, Phrases]] = Field(default_factory=dict)
    facts: Mapping[Name, Fact] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    off: tuple[RuleId, ...] = Field((), description="shipped rules that are not wanted")
    loans: tuple[Name, ...] = Field(
        (), description="concepts whose English words count in every language"
    )
    soft: tuple[Name, ...] = Field(
        (), description="concepts whose phrases do not hide shorter ones inside them"
    )
    mended: tuple[Name, ...] = Field(
        (), description="concepts whose long words are known with one letter wrong"
    )
    parts: tuple[Name, ...] = Field(
        (), description="things that a clause which speaks of everything does not take over"
    )
    wholes: tuple[Name, ...] = Field(
        (), description="concepts of a clause that speaks of everything"
    )
    weights: Mapping[Name, float] = Field(
        default_factory=dict, description="what a concept speaks for an outage, or against it"
    )
    things: tuple[Name, ...] = Field(
        (), description="concepts that a clause without one takes over from the clause before"
    )


PRIORITIES: Final[Mapping[Category, Priority]] = {
    Category.CRITICAL: Priority.CRITICAL,
    Category.HOSTING: Priority.MEDIUM,
    Category.SALES: Priority.LOW,
    Category.BILLING: Priority.MEDIUM,
    Category.ABUSE: Priority.HIGH,
    Category.OUT_OF_SCOPE: Priority.LOW,
    Category.ONBOARDING: Priority.MEDIUM,
    Category.FEATURE_REQUEST: Priority.LOW,
}
QUEUES: Final[Mapping[Category, str]] = {
    Category.CRITICAL: "rapid-response",
    Category.SALES: "sales-billing",
    Category.BILLING: "sales-billing",
    Category.ABUSE: "abuse",
}
DEFAULT_QUEUE: Final = "level-1"
NAMES: Final = re.compile(r"[a-z][a-z0-9-]*")
