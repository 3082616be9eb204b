"""What there is to look at: from the configuration, the maps of panels and files of targets."""

from collections.abc import Mapping
from pathlib import Path

from alerts.inventory import Inventory
from probes.discovery import PanelMap
from responder.compile import inventory
from responder.config import Config
from responder.probing.filesd import Group
from responder.probing.targets import Estate


def estate_of(
    config: Config, *, maps: Mapping[str, PanelMap], files: Mapping[str, tuple[Group, ...]]
) -> Estate:
    """Everything that looks can be made of; `files` are the targets that stand in files."""
    return Estate(
        inventory=inventory(config, maps),
        modules=config.probes.named(),
        panels={
            name: part.panel.panel(part.address or name)
            for name, part in config.servers.items()
            if part.panel is not None
        },
        maps=maps,
        files=files,
        references={name: one.address for name, one in config.references.items()},
    )


def patterns(config: Config) -> list[Path]:
    """The files of targets that it names."""
    return sorted({path for part in config.probes.looks for path in part.file_sd})


def carried(inventory: Inventory) -> dict[str, list[str]]:
    """The servers that each hypervisor carries."""
    found: dict[str, list[str]] = {}
    for server in inventory.servers.values():
        if server.hypervisor is not None:
            found.setdefault(server.hypervisor, []).append(server.name)
    return found
