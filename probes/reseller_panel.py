"""What WHM's books say of one reseller; what is the same for his neighbours is asked once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from probes import units
from probes import whm_shapes as shapes
from probes.kept import kept_of
from probes.net import Net
from probes.panel_trouble import PanelTrouble
from probes.reseller_facts import Counts, Restores, SiteCertificate, Stats
from probes.settings import Json
from probes.whm_client import Read, Whm
from probes.whm_shapes import Account

_HOUR, _SOON = 3600.0, 30.0  # seconds that shared answers stay good
_DAY, _WEEK, _MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=31)
_COLUMNS = (
    *("user", "domain", "owner", "ip", "plan", "suspended", "suspendreason", "is_locked"),
    *("backup", "outgoing_mail_suspended", "outgoing_mail_hold", "unix_startdate"),
)
Value = TypeVar("Value")
Certificates = Mapping[str, tuple[SiteCertificate, ...]]  # by user


@dataclass(frozen=True, slots=True)
class Addresses:
    """The server's addresses: `public` says where the world finds each (NAT)."""

    public: Mapping[str, str] = field(default_factory=dict)
    main: str = ""
    dedicated: frozenset[str] = frozenset()

    def outside(self, ip: str) -> str:
        """How the world reaches this address of the panel's."""
        return self.public.get(ip, ip)


@dataclass(frozen=True, slots=True)
class Books:
    """All that the panel says. `alone`: addresses that no other reseller shares."""

    own: Account | None
    accounts: tuple[Account, ...]
    stats: Stats
    counts: Counts
    addresses: Addresses
    alone: frozenset[str]
    certificates: tuple[SiteCertificate, ...]
    restores: Restores | None
    stopped: frozenset[str]
    """Services of the server that ought to run."""


async def read_books(whm: Whm, reseller: str, net: Net) -> Books:
    """Raises PanelTrouble when the account itself can't be read; whatever else the token may not
    see is left out.
    """
    rows = await _accounts(whm, "owner", reseller)
    own = next(iter(await _accounts(whm, "user", reseller)), None)
    addresses = await _shared(whm, net, Read.IPS, _addresses, Addresses())
    none: Certificates = MappingProxyType({})
    certificates = await _shared(whm, net, Read.CERTIFICATES, _certificates, none)
    accounts = tuple(one for one in rows if one.user != reseller)
    users = {reseller, *(one.user for one in accounts if not one.suspended)}
    return Books(
        own=own,
        accounts=accounts,
        stats=_stats(await whm.read(Read.RESELLER, user=reseller, filter_deleted="1")),
        counts=_counts(await whm.read(Read.COUNTS, user=reseller)),
        addresses=addresses,
        alone=await _alone(whm, reseller, addresses, (*_given(own), *accounts)),
        certificates=tuple(
            one for user, held in certificates.items() if user in users for one in held
        ),
        restores=await _restores(whm, net),
        stopped=await _shared(whm, net, Read.SERVICES, _stopped, frozenset(), seconds=_SOON),
    )


async def _accounts(whm: Whm, kind: str, name: str) -> tuple[Account, ...]:
    """The search of WHM is by expression unless told otherwise; the answer is searched again."""
    cut = {"api.columns.enable": "1"}
    cut |= {f"api.columns.{chr(97 + n)}": column for n, column in enumerate(_COLUMNS)}
    query = {"searchtype": kind, "searchmethod": "exact", "search": name, **cut}
    found = shapes.accounts(await whm.pages(Read.ACCOUNTS, **query))
    return tuple(one for one in found if getattr(one, kind) == name)


async def _shared(
    whm: Whm,
    net: Net,
    function: Read,
    shape: Callable[[Mapping[str, Json]], Value],
    otherwise: Value,
    *,
    seconds: float = _HOUR,
) -> Value:
    """One answer for all resellers of the panel, in its small shape; `otherwise` when refused.
    A sick panel goes on as it is.
    """

    async def ask() -> Value:
        return shape(await whm.read(function))

    async def kept() -> Value:
        key = (whm.panel.url, whm.panel.user, function, shape)
        return await kept_of(net).get(key, ask, seconds=seconds)

    return await _unless_refused(kept, otherwise)


async def _unless_refused(ask: Callable[[], Awaitable[Value]], otherwise: Value) -> Value:
    try:
        return await ask()
    except PanelTrouble as trouble:
        if trouble.sick:
            raise
        return otherwise


async def _alone(
    whm: Whm, reseller: str, addresses: Addresses, accounts: tuple[Account, ...]
) -> frozenset[str]:
    """Addresses delegated to him, when that is not simply all of them, and dedicated ones."""
    none: Mapping[str, Json] = MappingProxyType({})
    data = await _unless_refused(partial(whm.read, Read.RESELLER_IPS, user=reseller), none)
    told = data.get("ip")
    delegated = {shapes.address(one) for one in told} if isinstance(told, list) else set()
    if units.flag(data.get("all")):
        delegated = set()
    dedicated = {one.ip for one in accounts} & addresses.dedicated
    return frozenset((delegated | dedicated) - {addresses.main, ""})


async def _restores(whm: Whm, net: Net) -> Restores | None:
    """None when backups are off as a whole, which is told of the server, or can't be read."""
    config = await _shared(whm, net, Read.BACKUP_CONFIG, shapes.backup_config, None)
    if config is None or not config.enabled:
        return None
    spans = ((config.daily, _DAY), (config.weekly, _WEEK), (config.monthly, _MONTH))
    period = next((span for on, span in spans if on), None)
    newest = await _shared(whm, net, Read.BACKUPS, _newest, None)
    return Restores(period, newest) if period is not None and newest is not None else None


def _newest(data: Mapping[str, Json]) -> Mapping[str, datetime]:
    """The newest restore point of each user. A day without a time counts from its end."""
    held = data.get("backup_set")
    found: dict[str, datetime] = {}
    for user, points in held.items() if isinstance(held, dict) else ():
        rows = points if isinstance(points, list) else []
        times = [_point(row.get("when") if isinstance(row, dict) else row) for row in rows]
        if known := [time for time in times if time is not None]:
            found[str(user)] = max(known)
    return found


def _point(told: Json) -> datetime | None:
    time = units.moment(told)
    bare = time is not None and not (time.hour or time.minute or time.second)
    return time + _DAY if time is not None and bare else time


def _stats(data: Mapping[str, Json]) -> Stats:
    row = data.get("reseller")
    told = row if isinstance(row, dict) else {}
    return Stats(
        disk_used=units.megabytes(told.get("diskused")),
        disk_limit=units.limit(told.get("diskquota")),
        disk_promised=units.megabytes(told.get("totaldiskalloc")),
        traffic_used=units.megabytes(told.get("totalbwused")),
        traffic_limit=units.limit(told.get("bandwidthlimit")),
    )


def _counts(data: Mapping[str, Json]) -> Counts:
    row = data.get("reseller")
    told = row if isinstance(row, dict) else {}
    return Counts(
        units.count(told.get("active")) or 0,
        units.count(told.get("suspended")) or 0,
        units.limit(told.get("limit")),
    )


def _addresses(data: Mapping[str, Json]) -> Addresses:
    rows = [row for row in shapes.rows(data, "ip") if shapes.address(row.get("ip"))]
    return Addresses(
        public={row["ip"]: shapes.address(row.get("public_ip")) or row["ip"] for row in rows},
        main=next((row["ip"] for row in rows if units.flag(row.get("mainaddr"))), ""),
        dedicated=frozenset(row["ip"] for row in rows if units.flag(row.get("dedicated"))),
    )


def _stopped(data: Mapping[str, Json]) -> frozenset[str]:
    return frozenset(one.name for one in shapes.services(data) if one.wanted and not one.running)


def _certificates(data: Mapping[str, Json]) -> Certificates:
    """By user; a few numbers of each, not the certificate."""
    found: dict[str, list[SiteCertificate]] = {}
    for row in shapes.rows(data, "vhosts"):
        if one := _certificate(shapes.domain(row.get("servername")), row.get("crt")):
            found.setdefault(str(row.get("user") or ""), []).append(one)
    return {user: tuple(held) for user, held in found.items()}


def _certificate(site: str, crt: Json) -> SiteCertificate | None:
    ends = units.moment(crt.get("not_after")) if isinstance(crt, dict) else None
    if ends is None or not site:
        return None
    names = crt.get("domains")
    covers = not isinstance(names, list) or any(_fits(site, str(name)) for name in names)
    return SiteCertificate(site, ends, covers)


def _fits(site: str, name: str) -> bool:
    """A star stands for one label (RFC 6125)."""
    name = name.lower()
    return name == site or (name.startswith("*.") and site.partition(".")[2] == name[2:])


def _given(own: Account | None) -> tuple[Account, ...]:
    return (own,) if own is not None else ()
