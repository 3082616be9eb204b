"""What there is to look at, for verbs: the configuration, and what the store knows of panels."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from responder.cli.configuration import chosen

if TYPE_CHECKING:
    from probes.discovery import PanelMap
    from responder.config import Config
    from responder.probing.targets import Estate


def estate(file: Path | None, config: "Config") -> "Estate":
    """Everything that looks can be made of, as a running daemon would see it."""
    from responder.eyes.estate import estate_of, patterns
    from responder.probing.filesd import Files

    return estate_of(config, maps=known_maps(file, config), files=Files().read(patterns(config)))


def known_maps(file: Path | None, config: "Config") -> "Mapping[str, PanelMap]":
    """What the panels last said, if there is a store that can be read: without one no more is known
    than stands in the file.
    """
    from responder.eyes.discovery import maps_of
    from responder.store import StoreUnavailable, probes
    from responder.store.looking import looking

    if not any(server.panel for server in config.servers.values()):
        return {}
    try:
        store = config.daemon.store
        with looking(store, beside=chosen(file).parent) as engine, engine.connect() as tx:
            return maps_of(probes.maps(tx))
    except (FileNotFoundError, ValueError, StoreUnavailable):
        return {}
