"""A rota: who is on call when, as layers, and as people have changed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from responder.rota.changes import Post, Relevant, changed, relevant
from responder.rota.turns import Layer, Stretch
from responder.rota.walltime import wall_clock
from responder.rota_values import UNCHANGED, Changes, Override, Shift, Span

_A_WEEK = timedelta(days=7)
_WEEKS_AHEAD = 53  # as far as anybody looks for who comes next
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, eq=False)
class Rota:
    """One rota of the file. A Roster.

    A later layer stands above the earlier ones: where it has a shift it replaces them, unless it
    `adds`. `own` are the overrides of the file. `always`: somebody is promised at every moment,
    and not only where a layer has a shift. `team` stands behind it.
    """

    name: str
    zone: ZoneInfo
    layers: tuple[Layer, ...]
    own: tuple[Override, ...] = ()
    always: bool = True
    team: str | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whom the file may ever have on call, in its order."""
        named = [one for layer in self.layers for crew in layer.crews for one in crew]
        return tuple(dict.fromkeys([*named, *(one.person for one in self.own)]))

    def on_call(self, at: datetime, changes: Changes = UNCHANGED) -> tuple[str, ...]:
        """Who is on call at this moment, those of adding layers last; () in a gap."""
        moment = Span(at, at + _INSTANT)
        return tuple(post.person for post in self._posts(at, self._relevant(changes, moment)))

    def next_on_call(self, at: datetime, changes: Changes = UNCHANGED) -> tuple[str, ...]:
        """Who comes next, of those who are not on call now; () if nobody does within a year."""
        now = self.on_call(at, changes)
        others = (one.person for one in changes.overrides if one.rota == self.name)
        everybody = {*self.people, *others}
        weeks = range(_WEEKS_AHEAD) if everybody.difference(now) else ()
        for week in weeks:
            span = Span(at + week * _A_WEEK, at + (week + 1) * _A_WEEK)
            for _, posts in self._pieces(span, self._relevant(changes, span)):
                if coming := [post.person for post in posts if post.person not in now]:
                    return tuple(coming)
        return ()

    def shifts(self, within: Span, changes: Changes = UNCHANGED) -> tuple[Shift, ...]:
        """Who is on call from when until when, cut to this span, in order.

        A shift of which others have parts is several; neighbouring shifts of one person are not
        joined.
        """
        found: dict[Post, list[Span]] = {}
        for span, posts in self._pieces(within, self._relevant(changes, within)):
            for post in posts:
                _join(found.setdefault(post, []), span)
        told = (
            Shift(self.name, post.layer, post.person, span, post.instead_of)
            for post, spans in found.items()
            for span in spans
        )
        return tuple(sorted(told, key=lambda one: one.span.starts))

    def gaps(self, within: Span, changes: Changes = UNCHANGED) -> tuple[Span, ...]:
        """Where nobody is on call though the file promises somebody, in order."""
        found: list[Span] = []
        for span, posts in self._pieces(within, self._relevant(changes, within)):
            if not posts and (self.always or self._scheduled(span.starts)):
                _join(found, span)
        return tuple(found)

    def _relevant(self, changes: Changes, within: Span) -> Relevant:
        return relevant(self.name, self.own, changes, within)

    def _posts(self, at: datetime, changes: Relevant) -> tuple[Post, ...]:
        turns = (
            Post(stretch.layer, stretch.span.starts, person, person)
            for stretch in self._scheduled(at)
            for person in stretch.crew
        )
        return changed(turns, changes, at)

    def _scheduled(self, at: datetime) -> list[Stretch]:
        """The shifts that are on by the layers: the topmost, then those that add people."""
        today = wall_clock(at, self.zone).date()
        standing: list[Stretch] = []
        adding: list[Stretch] = []
        for layer in self.layers:
            stretch = layer.at(at, today)
            if stretch and layer.adds:
                adding.append(stretch)
            elif stretch:
                standing = [stretch]
        return standing + adding

    def _pieces(self, within: Span, changes: Relevant) -> Iterator[tuple[Span, tuple[Post, ...]]]:
        """The span cut wherever something may change, and who is on call in each piece."""
        cuts = {within.starts, within.ends, *changes.edges()}
        for layer in self.layers:
            for stretch in layer.between(within):
                cuts |= {stretch.span.starts, stretch.span.ends}
        inside = sorted(cut for cut in cuts if within.starts <= cut <= within.ends)
        for starts, ends in pairwise(inside):
            yield Span(starts, ends), self._posts(starts, changes)


def _join(spans: list[Span], one: Span) -> None:
    """Add this span, as the rest of the last one where it follows at once."""
    if spans and spans[-1].ends == one.starts:
        spans[-1] = Span(spans[-1].starts, one.ends)
    else:
        spans.append(one)
