"""A real OpenSSH server on loopback."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.real.process import Process
from tests.real.service import Service, open_folder
from tests.require import free_port, require

_PROGRAM = "/usr/sbin/sshd"  # it insists on being called by its absolute path


class Sshd(Service):
    """sshd with one Ed25519 host key; `options` are lines of sshd_config such as MaxStartups=1."""

    def __init__(self, *options: str) -> None:
        require("sshd", present=Path(_PROGRAM).exists())
        require("root (sshd separates its privileges)", present=os.geteuid() == 0)
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        folder = open_folder("sshd")
        self.port = free_port()
        self.key = folder / "host_key"
        _keygen("-q", "-t", "ed25519", "-N", "", "-f", str(self.key))
        mine = (f"Port={self.port}", "ListenAddress=127.0.0.1", "PidFile=none", "UsePAM=no")
        process = Process(
            *(_PROGRAM, "-D", "-e", "-f", "/dev/null", "-h", str(self.key)),
            *(word for option in (*mine, *options) for word in ("-o", option)),
            log=folder / "sshd.log",
        )
        super().__init__(process, folder=folder, greets=(self.port,))

    @property
    def fingerprint(self) -> str:
        """SHA256:... as `ssh-keygen -l` shows it."""
        return _keygen("-l", "-f", str(self.key)).split()[1]


def _keygen(*words: str) -> str:
    program = shutil.which("ssh-keygen")
    require("ssh-keygen", present=program is not None)
    done = subprocess.run([str(program), *words], check=True, capture_output=True, text=True)
    return done.stdout
