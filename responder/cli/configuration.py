"""Which configuration a verb works with, and what can be read of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.exits import Unusable

if TYPE_CHECKING:
    from responder.config import Config
    from responder.configfile import Loaded

PLACES = (Path("responder.yaml"), Path("/etc/responder/responder.yaml"))

config_option = click.option(
    "-c",
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="RESPONDER_CONFIG",
    help="The configuration file.",
)


def chosen(file: Path | None) -> Path:
    """The file that was named, or the first one in its usual places. Raises Unusable."""
    found = file or next(filter(_is_there, PLACES), None)
    if found is None:
        raise Unusable("no configuration: give -c FILE, or write one with `responder init`")
    return found


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True  # reading it will say so


def loaded(file: Path | None) -> "Loaded[Config]":
    """The configuration with what is unwise in it. Raises Unusable with every problem."""
    from responder.configfile import load
    from responder.findings import Examined
    from responder.problems import BadConfig

    try:
        return load(chosen(file), Examined)
    except BadConfig as bad:
        raise Unusable(str(bad), bad.problems) from None


def written(file: Path) -> dict[str, Any]:
    """The file as it is written, unchecked: for verbs that must work while it has a slip."""
    from responder.includes import gather
    from responder.problems import BadConfig

    try:
        plain: dict[str, Any] = gather(file).root.plain
    except BadConfig as bad:
        raise Unusable(str(bad), bad.problems) from None
    return plain


def store_url(file: Path) -> str:
    """The store that this file names; Unusable when the file can't be read at all."""
    daemon = written(file).get("daemon")
    named = daemon.get("store") if isinstance(daemon, dict) else None
    return named if isinstance(named, str) else "sqlite:///responder.db"
