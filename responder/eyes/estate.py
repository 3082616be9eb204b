"""What there is to look at: from the configuration, the maps of panels and files of targets."""

from collections.abc import Mapping
from pathlib import Path

from alerts.inventory import Inventory
from probes.discovery import PanelMap
from probes.limits import Limits
from probes.model import Look
from responder.compile import inventory
from responder.config import Config
from responder.probing.filesd import Group
from responder.probing.targets import REFERENCE, Estate


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


def limits_of(config: Config) -> Limits:
    """How many looks at a time."""
    limits = config.probes.limits
    return Limits(overall=limits.in_flight, host=limits.per_host)


def is_reference(look: Look) -> bool:
    """Does it tell about us, and not about its target?"""
    return look.key.startswith(REFERENCE)


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Both made of the same: a configuration and maps are never changed, only replaced."""
    replaced = any(mine is not theirs for mine, theirs in zip(one[:2], other[:2], strict=False))
    return not replaced and one[2:] == other[2:]
