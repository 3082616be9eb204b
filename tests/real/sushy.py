"""OpenStack's Redfish emulator on loopback, with TLS, a login and two machines."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from tests.certificates import Authority
from tests.real.process import Process
from tests.require import free_port, require

USER = "admin"
PASSWORD = "calvin-of-sushy"
SYSTEMS = {
    "web1": "11111111-0000-4000-8000-000000000001",
    "web2": "22222222-0000-4000-8000-000000000002",
}
# It changes the power 1 to 11 s after an order, as its dice fall; here it always takes the least.
_HURRIED = (
    "import random, sys; random.randint = lambda low, high: low;"
    " from sushy_tools.emulator.main import main; sys.exit(main())"
)


class Sushy:
    """sushy-tools with its fake driver; its systems are named by their UUID and have no serial
    number.
    """

    def __init__(self, folder: Path) -> None:
        require("sushy-tools", present=find_spec("sushy_tools") is not None)
        self.root = Authority.root(folder)
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = folder / "sushy.log"
        file = _configuration(self.root, self.port, folder)
        self._process = Process(sys.executable, "-c", _HURRIED, "--config", str(file), log=self.log)

    async def start(self) -> None:
        """Ready once it takes connections; RuntimeError with its last words when it does not."""
        self._process.start()
        began = time.monotonic()
        while not await self._listens():
            if self._process.died() is not None or time.monotonic() - began > 30:
                raise RuntimeError(f"sushy-emulator: {self.log.read_text()[-2000:]}")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        await asyncio.to_thread(self._process.end)

    def pause(self) -> None:
        """Freeze it: who calls it is connected and then hears nothing."""
        self._process.pause()

    def resume(self) -> None:
        self._process.resume()

    async def _listens(self) -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.close()
            return True
        return False


def _configuration(root: Authority, port: int, folder: Path) -> Path:
    import bcrypt

    leaf = root.leaf("127.0.0.1")
    login = folder / "htpasswd"
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    login.write_text(f"{USER}:{hashed.replace('$2b$', '$2y$')}\n")
    machines = [
        {"uuid": uuid, "name": name, "power_state": "On", "external_notifier": False, "nics": []}
        for name, uuid in SYSTEMS.items()
    ]
    told: Mapping[str, object] = {
        "LISTEN_IP": "127.0.0.1",
        "LISTEN_PORT": port,
        "SSL_CERT": str(leaf.certificate_file),
        "SSL_KEY": str(leaf.key_file),
        "AUTH_FILE": str(login),
        "STATE_DIR": str(folder),
        "FAKE_DRIVER": True,
        "FAKE_SYSTEMS": machines,
    }
    file = folder / "sushy.conf"
    file.write_text("".join(f"SUSHY_EMULATOR_{name} = {value!r}\n" for name, value in told.items()))
    return file
