"""A real vsftpd on loopback."""

import os
import shutil
from pathlib import Path

from tests.real.process import Process
from tests.real.service import Service, open_folder
from tests.require import free_port, require

_CONFIG = """
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
seccomp_sandbox=NO
secure_chroot_dir={folder}/empty
anonymous_enable=YES
anon_root={folder}/files
local_enable=NO
ssl_enable=YES
allow_anon_ssl=YES
force_local_logins_ssl=NO
rsa_cert_file={certificate}
rsa_private_key_file={key}
"""


class Vsftpd(Service):
    """vsftpd that lets in `anonymous` with any password, and nobody else; AUTH TLS is offered."""

    def __init__(self, certificate: Path, key: Path) -> None:
        require("vsftpd", present=shutil.which("vsftpd") is not None)
        require("root (vsftpd gives it up)", present=os.geteuid() == 0)
        folder = open_folder("vsftpd")
        self.port = free_port()
        for name in ("empty", "files"):
            (folder / name).mkdir()
        config = folder / "vsftpd.conf"
        config.write_text(
            _CONFIG.format(port=self.port, folder=folder, certificate=certificate, key=key)
        )
        process = Process("vsftpd", str(config), log=folder / "vsftpd.log")
        super().__init__(process, folder=folder, greets=(self.port,))
