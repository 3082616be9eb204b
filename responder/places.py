"""Where a daemon keeps what it makes by itself: beside its store."""

from pathlib import Path

SOCKET = "responder.sock"
KEY = "responder.key"
KILL_SWITCH = "kill-switch"  # while it lies there no machine is switched

_SQLITE = "sqlite:///"


def store_file(url: str, *, beside: Path) -> Path | None:
    """SQLite's file, relative to the configuration's folder `beside`; None on PostgreSQL."""
    if not url.startswith(_SQLITE):
        return None
    return Path(beside, url.removeprefix(_SQLITE).partition("?")[0])


def home(url: str, *, beside: Path) -> Path:
    """The folder of the store; on PostgreSQL that of the configuration."""
    file = store_file(url, beside=beside)
    return beside if file is None else file.parent
