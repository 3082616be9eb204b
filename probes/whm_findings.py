"""What is wrong with a WHM server that answers: values in, issues out."""

from collections.abc import Collection, Iterable
from datetime import datetime

from probes.model import Issue, Severity
from probes.whm_shapes import BackupConfig, Partition, Service, Token

# Views of other mounts, and images that are full by nature.
_NEVER_FILL = ("/home/virtfs/", "/snap/", "/var/lib/snapd/", "/proc/", "/sys/", "/run/")
_TOKEN_DAYS = ((1, Severity.ERROR), (7, Severity.WARNING), (30, Severity.INFO))


def stopped(services: Iterable[Service], ignored: Collection[str]) -> list[Issue]:
    """What chkservd watches and can't keep alive."""
    return [
        Issue(
            "SERVICE_STOPPED",
            Severity.ERROR,
            f"the service {one.name} is enabled and monitored, and does not run",
            one.name,
        )
        for one in services
        if one.wanted and not one.running and one.name not in ignored
    ]


def loaded(five: float, *, cores: int, warning: float, error: float) -> list[Issue]:
    """The load of five minutes per core; without the number of cores it says nothing."""
    share = five / cores if cores else 0.0
    if share < warning:
        return []
    severity = Severity.ERROR if share >= error else Severity.WARNING
    text = f"load {five:g} over 5 minutes on {cores} cores: {share:.1f} per core"
    return [Issue("LOAD_HIGH", severity, text, labels={"queue": "level-2"})]


def filled(
    partitions: Iterable[Partition], ignored: Collection[str], *, warning: float, error: float
) -> list[Issue]:
    """Full mounts, by room and by inodes."""
    found: list[Issue] = []
    for one in partitions:
        if one.mount in ignored or one.mount.startswith(_NEVER_FILL):
            continue
        kinds = (
            ("DISK_FULL", "its room", one.used),
            ("INODES_FULL", "its inodes", one.inodes_used),
        )
        for code, what, share in kinds:
            if share >= warning:
                severity = Severity.ERROR if share >= error else Severity.WARNING
                text = f"{one.mount} has {share * 100:.0f} % of {what} in use"
                found.append(Issue(code, severity, text, one.mount))
    return found


def unprotected(config: BackupConfig) -> list[Issue]:
    """Backups that are switched off as a whole, or never come round."""
    if config.enabled and (config.daily or config.weekly or config.monthly):
        return []
    what = "have no schedule" if config.enabled else "are switched off"
    return [Issue("BACKUPS_OFF", Severity.WARNING, f"the backups of the whole server {what}")]


def expiring(tokens: Iterable[Token], name: str, now: datetime) -> list[Issue]:
    """API tokens near their end: ours, or each one when we don't know what ours is called. Those
    that ended long ago are left in the list by WHM.
    """
    found: list[Issue] = []
    for token in tokens:
        if token.expires is None or (name and token.name != name):
            continue
        days = (token.expires - now).total_seconds() / 86400
        for most, severity in _TOKEN_DAYS:
            if -1 <= days <= most:
                when = f"{token.expires:%Y-%m-%d %H:%M} UTC"
                text = f"the API token {token.name} ends at {when}; looks will stop then"
                found.append(Issue("TOKEN_EXPIRES", severity, text, token.name))
                break
    return found
