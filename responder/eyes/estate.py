"""What there is to look at: from the configuration, the maps of panels and files of targets."""

from collections.abc import Mapping

from probes.discovery import PanelMap
from responder.compile import inventory
from responder.config import Config
from responder.probing.filesd import Files
from responder.probing.targets import Estate


def estate_of(
    config: Config, *, maps: Mapping[str, PanelMap], files: Files | None = None
) -> Estate:
    """Everything that looks can be made of. Files that can't be read keep what they said last."""
    patterns = {path for part in config.probes.looks for path in part.file_sd}
    return Estate(
        inventory=inventory(config, maps),
        modules=config.probes.named(),
        panels={
            name: part.panel.panel(part.address or name)
            for name, part in config.servers.items()
            if part.panel is not None
        },
        maps=maps,
        files=(files or Files()).read(sorted(patterns)),
        references={name: one.address for name, one in config.references.items()},
    )
