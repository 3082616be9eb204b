"""What becomes of those whose turn it is once others stand in for them or are away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from responder.rota_values import Absence, Changes, Override, Span


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody on call in a layer, for a shift that began at `since`.

    `owner` is whose turn it is: whoever's the file says, or to whom a swap gave it. `instead_of` is
    whom a change has replaced; `layer` is "" where the file has nobody on call.
    """

    layer: str
    since: datetime
    person: str
    owner: str
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Relevant:
    """The changes that touch one rota, in the order in which they count: the newest last."""

    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()

    def edges(self) -> Iterator[datetime]:
        """The instants at which something may become different."""
        spans = [*(one.span for one in self.overrides), *(one.span for one in self.absences)]
        for span in spans:
            yield from (span.starts, span.ends)


def relevant(rota: str, own: tuple[Override, ...], changes: Changes, within: Span) -> Relevant:
    """Those of the file (`own`), then those that people made, as far as they touch this span."""
    later = sorted((one for one in changes.overrides if one.rota == rota), key=lambda one: one.id)
    return Relevant(
        tuple(one for one in (*own, *later) if touches(one.span, within)),
        tuple(one for one in changes.absences if touches(one.span, within)),
    )


def touches(one: Span, other: Span) -> bool:
    return one.starts < other.ends and other.starts < one.ends


def changed(posts: Iterable[Post], changes: Relevant, at: datetime) -> tuple[Post, ...]:
    """Who really is on call at this instant, nobody twice.

    Somebody who is away is taken out even where he stands in for another.
    """
    now = tuple(posts)
    for one in changes.overrides:
        if one.span.holds(at):
            now = _with_stand_in(now, one)
    away = {one.person for one in changes.absences if one.span.holds(at)}
    once: dict[str, Post] = {}
    for post in now:
        if post.person not in away:
            once.setdefault(post.person, post)
    return tuple(once.values())


def _with_stand_in(posts: tuple[Post, ...], one: Override) -> tuple[Post, ...]:
    if one.instead_of is not None:
        return tuple(
            _given(post, one) if one.instead_of in (post.person, post.owner) else post
            for post in posts
        )
    if posts:
        return (_given(posts[0], one),)
    return (Post("", one.span.starts, one.person, one.person),)


def _given(post: Post, one: Override) -> Post:
    """Who swaps gives his turn away; who is only stood in for may be stood in for by another."""
    scheduled = post.instead_of or post.person
    return replace(
        post,
        person=one.person,
        owner=one.person if one.swap else post.owner,
        instead_of=None if scheduled == one.person else scheduled,
    )
