"""The scope catalogue: which level a kind of task needs at least, and whether credentials (pure).

The lists are those of the three levels of the support procedure (R60, R61, R62).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from responder.desk.levels import LEVELS
from responder.desk.section import Desk, Scope

MANY_ACCOUNTS: Final = 20  # more of them are scheduled with the accounts team (R62)
ACCOUNTS: Final = "accounts"
_MIGRATIONS: Final = ("migrate-one", "migrate-many")

_Level = Literal["level-1", "level-2", "level-3", "accounts", "abuse", "sales-billing"]


def _of(level: _Level, *tasks: str, login: bool = False) -> dict[str, Scope]:
    return {task: Scope(level=level, login=login) for task in tasks}


CATALOGUE: Final[Mapping[str, Scope]] = MappingProxyType(
    {
        # R60: what needs no login, or the customer's own control panel
        **_of(
            "level-1",
            "company-policy",
            "mail-setup",
            "mail-forwarder",
            "mail-delivery",
            "domain-setup",  # subdomains, parked domains, redirects
            "client-config",  # mail and FTP programs
            "ftp-account",
            "quota",
            "php-version",
            "ssl-certificate",
            "password-reset",  # routed and logged alone: nobody here resets one (R63)
            "monitoring-reaction",
            "first-setup",
            "sales-question",
        ),
        # R61: what needs credentials of an account or a server, about one account
        **_of(
            "level-2",
            "dns-zone",
            "apache-domain",
            "htaccess",
            "deep-mail",
            "firewall-unblock",
            "panel-admin",
            "migrate-one",
            "restore-account",
            "server-load",
            login=True,
        ),
        # R62: what changes a system
        **_of(
            "level-3",
            "system-change",
            "software-rebuild",
            "software-install",
            "performance",
            "panel-upgrade",
            "migrate-many",
            "hardware",
            "blacklist-removal",
            login=True,
        ),
        **_of("abuse", "abuse-report"),
        **_of("sales-billing", "billing-question", "order"),
    }
)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a task belongs. `known`: it stands in the catalogue; else level 1 looks at it, with a
    flag.
    """

    task: str
    queue: str
    login: bool
    playbook: str | None
    known: bool


def placed(task: str, desk: Desk, *, accounts: int = 1) -> Placed:
    """The level that a task needs at least; `accounts`: of so many customers at once."""
    scope = desk.scope.get(task) or CATALOGUE.get(task)
    if scope is None:
        return Placed(task, "level-1", login=False, playbook=None, known=False)
    queue: str = scope.level
    if task in _MIGRATIONS and accounts > 1:
        queue = ACCOUNTS if accounts > MANY_ACCOUNTS else "level-3"
    return Placed(task, queue, scope.login, scope.playbook, known=True)


def lowest(queue: str, task: str, desk: Desk, *, accounts: int = 1) -> str:
    """Where a ticket goes that would go to `queue`: higher, if its task needs it."""
    if queue not in LEVELS or not task:
        return queue
    needed = placed(task, desk, accounts=accounts).queue
    if needed not in LEVELS:
        return needed
    return max(queue, needed, key=LEVELS.index)


def catalogue(desk: Desk) -> list[Placed]:
    """Every known task, with the desk's own ones."""
    return [placed(task, desk) for task in sorted({*CATALOGUE, *desk.scope})]
