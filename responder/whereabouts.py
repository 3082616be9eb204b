"""Where this instance lives: its name, its files, and how people reach it."""

import socket
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from responder.config import Config
from responder.places import KEY, SOCKET, home


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """As the configuration at this path said when the process began."""

    path: Path
    config: Config

    @property
    def name(self) -> str:
        """Of this instance among those that share the store."""
        return self.config.daemon.member or socket.gethostname()

    @property
    def url(self) -> str:
        """What begins every link."""
        return self.config.daemon.url or f"http://{self.config.daemon.listen}"

    @property
    def home(self) -> Path:
        """The folder of the store, or of the configuration where the store is no file."""
        return home(self.config.daemon.store, beside=self.path.parent)

    @property
    def key_file(self) -> Path:
        """What signs links."""
        named = self.config.daemon.key_file
        return self.path.parent / named if named else self.home / KEY

    @property
    def socket(self) -> str:
        """For the command line of this machine."""
        return str(self.home / SOCKET)


def port_of(runner: web.AppRunner) -> int:
    """The port that was given to us."""
    addresses = [address for address in runner.addresses if isinstance(address, tuple)]
    return int(addresses[0][1])
