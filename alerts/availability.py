"""How much of a month a server, a reseller or a brand was there, as the looks saw it.

1. Time in which we were blind is nobody's; planned work comes next: neither is up or down.
2. Down is when a look fails whose failing is an outage (`critical`); looks that fail at the same
   time count once. Where no look is critical, it is down while one fails and none is well.
3. The time until trouble is confirmed counts as what it turned out to be: a suspicion that became
   an outage was one from its first failing look, and an outage ended with the first good look.
4. Time without any sight is unknown. The ratio is up / (up + down).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest

from alerts.inventory import Inventory
from alerts.observed import State
from alerts.quiet import Maintenance
from alerts.spans import Span, joined, total, within, without


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which one look stood in one state; `ended` None = it lasts."""

    state: State
    began: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A look that tells of a server (`reseller` empty) or of one reseller account on it."""

    key: str
    server: str
    reseller: str = ""
    critical: bool = True


class Kind(StrEnum):
    """Of whom we tell."""

    BRAND = "brand"
    SERVER = "server"
    RESELLER = "reseller"


@dataclass(frozen=True, slots=True)
class Tally:
    """Seconds of a month; together they are the month up to now (a brand's: once per server)."""

    up: float = 0.0
    down: float = 0.0
    unknown: float = 0.0
    maintenance: float = 0.0
    blind: float = 0.0

    @property
    def ratio(self) -> float | None:
        """From 0 to 1; None when nothing was seen."""
        seen = self.up + self.down
        return self.up / seen if seen else None

    def plus(self, other: "Tally") -> "Tally":
        return Tally(
            self.up + other.up,
            self.down + other.down,
            self.unknown + other.unknown,
            self.maintenance + other.maintenance,
            self.blind + other.blind,
        )


@dataclass(frozen=True, slots=True)
class Availability:
    """What a month was for one of them."""

    kind: Kind
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Record:
    """All that is remembered of a month: `stretches` by key of look, in order of time, with those
    that began before it or end after it; planned work; when we were blind.
    """

    month: Span
    stretches: Mapping[str, Sequence[Stretch]]
    works: Sequence[Maintenance] = ()
    blind: Sequence[Span] = ()


def measure(
    sources: Iterable[Source], record: Record, *, inventory: Inventory, now: datetime
) -> tuple[Availability, ...]:
    """The month of each brand, server and reseller that a look tells of, sorted by name.

    A reseller is down with its server. A brand is the sum of its servers, and of its resellers on
    servers of other brands.
    """
    by_server: dict[str, list[Source]] = {}
    by_reseller: dict[str, list[Source]] = {}
    for source in sources:
        if source.reseller:
            by_reseller.setdefault(source.reseller, []).append(source)
        elif source.server:
            by_server.setdefault(source.server, []).append(source)
    servers = {
        name: _tally(looks, record, _works(f"server:{name}", record, inventory), now)
        for name, looks in by_server.items()
    }
    names = by_reseller.keys() | {
        reseller.name for reseller in inventory.resellers.values() if reseller.server in by_server
    }
    resellers = {
        name: _of_reseller(name, by_reseller.get(name, []), by_server, record, inventory, now)
        for name in names
    }
    return tuple(
        Availability(kind, name, tallies[name])
        for kind, tallies in (
            (Kind.BRAND, _brands(servers, resellers, inventory)),
            (Kind.SERVER, servers),
            (Kind.RESELLER, resellers),
        )
        for name in sorted(tallies)
    )


def tally(
    stretches: Iterable[Sequence[Stretch]],
    *,
    month: Span,
    works: Sequence[Span] = (),
    blind: Sequence[Span] = (),
    critical: bool = True,
    now: datetime,
) -> Tally:
    """The seconds of one thing in this month; each item of `stretches` is one look's, in order.

    `critical`: one failing look is enough; else one must fail and none be well.
    """
    whole = Span(month.began, max(month.began, min(month.ended, now)))
    ups, downs = list[Span](), list[Span]()
    for look in stretches:
        for stretch, meaning in _meant(look):
            span = Span(stretch.began, stretch.ended or whole.ended)
            (ups if meaning is State.OK else downs if meaning is State.DOWN else []).append(span)
    dark = within(blind, whole)
    work = without(within(works, whole), dark)
    aside = (*dark, *work)
    down = without(within(downs, whole), aside if critical else (*aside, *ups))
    up = without(within(ups, whole), (*aside, *down))
    unseen = without([whole], (*aside, *down, *up))
    return Tally(total(up), total(down), total(unseen), total(work), total(dark))


def _meant(look: Sequence[Stretch]) -> Iterator[tuple[Stretch, State]]:
    """Each stretch and what it turned out to be: OK, DOWN or UNKNOWN."""
    for stretch, following in zip_longest(look, look[1:]):
        yield stretch, _meaning(stretch.state, following.state if following else None)


def _meaning(state: State, following: State | None) -> State:
    match state:
        case State.SUSPECT:
            return following if following in (State.DOWN, State.UNKNOWN) else State.OK
        case State.RECOVERING:
            return State.OK if following is State.OK else State.DOWN
        case State.PENDING:
            return State.UNKNOWN
        case _:
            return state


def _tally(looks: Sequence[Source], record: Record, works: Sequence[Span], now: datetime) -> Tally:
    critical = [look for look in looks if look.critical]
    return tally(
        (record.stretches.get(look.key, ()) for look in critical or looks),
        month=record.month,
        works=works,
        blind=record.blind,
        critical=bool(critical),
        now=now,
    )


def _of_reseller(
    name: str,
    own: Sequence[Source],
    by_server: Mapping[str, Sequence[Source]],
    record: Record,
    inventory: Inventory,
    now: datetime,
) -> Tally:
    known = inventory.resellers.get(name)
    server = (known.server if known is not None else None) or (own[0].server if own else "")
    works = (
        *_works(f"reseller:{name}", record, inventory),
        *_works(f"server:{server}", record, inventory),
    )
    return _tally([*own, *by_server.get(server, ())], record, works, now)


def _works(key: str, record: Record, inventory: Inventory) -> tuple[Span, ...]:
    return joined(
        Span(work.starts_at, work.ends_at)
        for work in record.works
        if inventory.within(key, work.scope)
    )


def _brands(
    servers: Mapping[str, Tally], resellers: Mapping[str, Tally], inventory: Inventory
) -> dict[str, Tally]:
    sums: dict[str, Tally] = {}
    for name, one in servers.items():
        machine = inventory.servers.get(name)
        if machine is not None and machine.brand:
            sums[machine.brand] = sums.get(machine.brand, Tally()).plus(one)
    for name, one in resellers.items():
        known = inventory.resellers.get(name)
        if known is None or not known.brand:
            continue
        host = inventory.servers.get(known.server or "")
        if host is None or host.brand != known.brand:
            sums[known.brand] = sums.get(known.brand, Tally()).plus(one)
    return sums
