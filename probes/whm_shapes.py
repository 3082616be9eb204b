"""What WHM's answers hold, as values: whatever is missing or odd in them is said as such."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from probes import units
from probes.net import literal
from probes.panel_trouble import Outcome, PanelTrouble, one_line
from probes.settings import Json
from probes.whm_client import listed

_MOST = 500  # services, partitions and tokens of one server
_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Service:
    """One daemon as chkservd sees it."""

    name: str
    wanted: bool
    """Enabled, installed and monitored."""
    running: bool


@dataclass(frozen=True, slots=True)
class Partition:
    """One mount; shares from 0 to 1."""

    mount: str
    used: float
    inodes_used: float


@dataclass(frozen=True, slots=True)
class Account:
    """One account of `listaccts`."""

    user: str
    domain: str
    owner: str
    ip: str
    plan: str
    suspended: bool
    suspend_reason: str
    locked: bool
    backup: bool
    mail_suspended: bool
    mail_held: bool
    created: datetime | None


@dataclass(frozen=True, slots=True)
class Token:
    """One API token; `expires` None = never."""

    name: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class BackupConfig:
    """Is there a backup at all, and how often."""

    enabled: bool
    daily: bool
    weekly: bool
    monthly: bool


def load(data: Mapping[str, Json]) -> tuple[float, float, float]:
    """The averages of 1, 5 and 15 minutes: strings on the wire."""
    found = [units.number(data.get(name)) for name in ("one", "five", "fifteen")]
    one, five, fifteen = found
    if one is None or five is None or fifteen is None:
        raise PanelTrouble(Outcome.SHAPE_UNEXPECTED, "WHM's load averages are no numbers")
    return one, five, fifteen


def services(data: Mapping[str, Json]) -> tuple[Service, ...]:
    """chkservd's view; names of two rows of one service are one."""
    found = {
        name: Service(
            name,
            all(units.flag(row.get(key)) for key in ("enabled", "installed", "monitored")),
            units.flag(row.get("running")),
        )
        for row in rows(data, "service")
        if (name := _text(row, "name"))
    }
    return tuple(found.values())[:_MOST]


def partitions(data: Mapping[str, Json]) -> tuple[Partition, ...]:
    """Every mount with a readable figure."""
    found = {
        mount: Partition(mount, _filled(row, ""), _filled(row, "inodes_"))
        for row in rows(data, "partition")
        if (mount := _text(row, "mount"))
    }
    return tuple(found.values())[:_MOST]


def account(row: Mapping[str, Json]) -> Account:
    """One row of `listaccts` or `accountsummary`."""
    return Account(
        user=_text(row, "user"),
        domain=domain(row.get("domain")),
        owner=_text(row, "owner"),
        ip=address(row.get("ip")),
        plan=_text(row, "plan"),
        suspended=units.flag(row.get("suspended")),
        suspend_reason=_text(row, "suspendreason"),
        locked=units.flag(row.get("is_locked")),
        backup=units.flag(row.get("backup", 1)),
        mail_suspended=units.flag(row.get("outgoing_mail_suspended")),
        mail_held=units.flag(row.get("outgoing_mail_hold")),
        created=units.moment(row.get("unix_startdate")),
    )


def accounts(found: list[Json]) -> tuple[Account, ...]:
    """Each user once, whatever pages were sent twice."""
    read = [account(row) for row in found if isinstance(row, dict)]
    return tuple({one.user: one for one in read if one.user}.values())


def backup_config(data: Mapping[str, Json]) -> BackupConfig:
    """`backup_config_get`."""
    config = data.get("backup_config")
    if not isinstance(config, dict):
        raise PanelTrouble(Outcome.SHAPE_UNEXPECTED, "WHM's backup_config is no object")
    every = {
        span: units.flag(config.get(f"backup_{span}_enable"))
        for span in ("daily", "weekly", "monthly")
    }
    return BackupConfig(units.flag(config.get("backupenable")), **every)


def tokens(data: Mapping[str, Json]) -> tuple[Token, ...]:
    """`api_token_list` keeps them by name, and the expired ones too."""
    held = data.get("tokens")
    pairs = held.items() if isinstance(held, dict) else ()
    read = [
        Token(one_line(name, most=80), units.moment(row.get("expires_at")))
        for name, row in pairs
        if isinstance(row, dict)
    ]
    return tuple(read)[:_MOST]


def rows(data: Mapping[str, Json], field: str) -> Iterator[Mapping[str, Json]]:
    """The objects of a list. Raises PanelTrouble when there is no list."""
    return (row for row in listed(data, field) if isinstance(row, dict))


def domain(told: Json) -> str:
    """A domain in lower case, fit for a URL and a header; empty when it is none."""
    name = told.lower().rstrip(".") if isinstance(told, str) else ""
    return name if _DOMAIN.fullmatch(name) else ""


def address(told: Json) -> str:
    """An address, never a name that would have to be resolved; empty when it is none."""
    return told if isinstance(told, str) and literal(told) is not None else ""


def _text(row: Mapping[str, Json], name: str) -> str:
    told = row.get(name)
    return one_line(told, most=255) if isinstance(told, str) and told != "*unknown*" else ""


def _filled(row: Mapping[str, Json], prefix: str) -> float:
    """The panel's own percentage, or what its figures make."""
    told = row.get("inodes_ipercentage" if prefix else "percentage")
    percent = units.number(told.rstrip("%") if isinstance(told, str) else told)
    if percent is not None:
        return percent / 100
    return units.share(*(units.number(row.get(f"{prefix}{name}")) for name in ("used", "total")))
