"""A customer's ticket as JSON and as orders: what he sees and what he sends."""

from typing import Annotated

from pydantic import Field

from responder.desk.pictures import MOST_OF_COMMENT
from responder.desk.tracking import Seen
from responder.store.attachments import File
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Order, Single, Words


class FileAnswer(Answer):
    """A picture that the customer sent."""

    id: str
    name: str
    kind: str
    size: int
    at: Moment


class FilesAnswer(Answer):
    """All of them."""

    files: tuple[FileAnswer, ...]


class SaidAnswer(Answer):
    """Public words: `by` is `you` (the customer) or `us`."""

    at: Moment
    by: str
    text: str
    files: tuple[FileAnswer, ...]


class SeenAnswer(Answer):
    """A ticket as its customer sees it; nothing of how we work."""

    reference: str
    brand: str
    language: str
    subject: str
    state: str = Field(
        description="received, understood, working, answering, your-turn, vendor, solved or closed"
    )
    words: str = Field(description="The same in plain words, in the brand's language")
    opened_at: Moment
    understood_at: Moment | None
    solved_at: Moment | None
    next_update: Moment | None = Field(description="By then he hears from us: a person promised it")
    can_vote_until: Moment | None
    messages: tuple[SaidAnswer, ...]


class OwnTicketAnswer(Answer):
    """One of an account's tickets."""

    id: str
    reference: str
    subject: str
    state: str
    words: str
    opened_at: Moment


class OwnTicketsAnswer(Answer):
    """The account's tickets, the newest first."""

    tickets: tuple[OwnTicketAnswer, ...]


class CommentOrder(Order):
    """What the customer says. `key`: the same words sent twice under one key are said once."""

    text: Words = ""
    files: tuple[Name, ...] = Field((), max_length=MOST_OF_COMMENT)
    key: Name | None = None
    complaint: bool = Field(False, description="He is not satisfied: to the supervisor (R86)")


class VoteOrder(Order):
    """How he found the help (R85)."""

    score: int = Field(ge=1, le=5)
    comment: Words = ""


class ChatOrder(Order):
    """He wants to talk. What is not quick becomes a ticket (R7)."""

    subject: Name
    text: Words = Field(min_length=1)
    complex: bool = Field(False, description="Not for a chat: open a ticket")


class ChatAnswer(Answer):
    """`open`: the chat goes on; else it ends with the reference of its ticket."""

    chat: str
    reference: str | None
    track: str | None


class PictureQuery(Order):
    """What the customer calls his picture."""

    name: Annotated[str, Single] = Field("", max_length=200)


def shown(seen: Seen, files: list[File]) -> SeenAnswer:
    """The whole as the API tells it."""
    known = {file.id: told_file(file) for file in files}
    return SeenAnswer(
        reference=seen.reference,
        brand=seen.brand,
        language=seen.language,
        subject=seen.subject,
        state=seen.state,
        words=seen.words,
        opened_at=seen.opened_at,
        understood_at=seen.understood_at,
        solved_at=seen.solved_at,
        next_update=seen.next_update,
        can_vote_until=seen.until,
        messages=tuple(
            SaidAnswer(
                at=one.at,
                by="you" if one.mine else "us",
                text=one.text,
                files=tuple(known[id_] for id_ in one.files if id_ in known),
            )
            for one in seen.said
        ),
    )


def told_file(file: File) -> FileAnswer:
    """A picture without its bytes."""
    return FileAnswer(id=file.id, name=file.name, kind=file.kind, size=file.size, at=file.at)
