"""Real name servers on loopback: knot for zones, rbldnsd for lists of bad senders."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from typing_extensions import override

from tests.real.process import Process
from tests.real.service import Service, open_folder
from tests.require import free_port, require

# A question for `. NS`, without recursion: every name server says something to it.
_ANYBODY = b"\xab\xcd\0\0\0\x01\0\0\0\0\0\0\0\0\x02\0\x01"


class NameServer(Service):
    """Ready once it answers over UDP on 127.0.0.1; its files lie in `folder`."""

    def __init__(self, program: str, *arguments: str, folder: Path, port: int) -> None:
        found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        require(program, present=found is not None)
        self.port = port
        process = Process(str(found), *arguments, log=folder / f"{program}.log")
        super().__init__(process, folder=folder, greets=())

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @override
    def start(self) -> None:
        super().start()
        deadline = time.monotonic() + 60
        while not self._answers():
            if (words := self.process.died()) is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.process.argv[0]} did not start: {words}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.5)
            try:
                asker.connect(("127.0.0.1", self.port))
                asker.send(_ANYBODY)
                return asker.recv(512)[:2] == _ANYBODY[:2]
            except OSError:
                return False


class Knot(NameServer):
    """knotd, primary of zones whose text a test writes."""

    def __init__(self, zones: Mapping[str, str]) -> None:
        folder = open_folder("knot")
        port = free_port()
        for domain, text in zones.items():
            (folder / f"{domain}.zone").write_text(text)
        entries = "\n".join(
            f"  - domain: {domain}\n    file: {folder / domain}.zone" for domain in zones
        )
        (folder / "knot.conf").write_text(
            f"server:\n  listen: 127.0.0.1@{port}\n  rundir: {folder}\n"
            f"log:\n  - target: stderr\n    any: warning\n"
            f"database:\n  storage: {folder / 'db'}\n"
            f"zone:\n{entries}\n"
        )
        super().__init__("knotd", "-c", str(folder / "knot.conf"), folder=folder, port=port)

    def write(self, domain: str, text: str) -> None:
        """A new version of a zone (its serial must have grown)."""
        (self.folder / f"{domain}.zone").write_text(text)
        os.kill(self.process.pid, signal.SIGHUP)


class Rbldnsd(NameServer):
    """rbldnsd with one list: `entries` are lines such as `192.0.2.1 :127.0.0.2:reason`."""

    def __init__(self, zone: str, entries: str, *, kind: str = "ip4set") -> None:
        require("root (rbldnsd gives it up)", present=os.geteuid() == 0)
        folder = open_folder("rbldnsd")
        port = free_port()
        (folder / "list").write_text(entries)
        arguments = ("-n", "-b", f"127.0.0.1/{port}", "-u", "rbldns", "-w", str(folder))
        super().__init__("rbldnsd", *arguments, f"{zone}:{kind}:list", folder=folder, port=port)
