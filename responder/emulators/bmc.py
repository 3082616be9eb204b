"""A real BMC program, OpenIPMI's ipmi_sim, before a real web server that lives by its power."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from responder.emulators.bmc_files import write_bmc, write_chassis
from responder.emulators.chassis import Fault, Order

UUID_OF_WEB1 = "4c4c4544-0042-3510-8058-b4c04f4e3432"
SERIAL_OF_WEB1 = "RR7X2M3"
# Get Channel Authentication Capabilities in IPMI 1.5's clothes: every BMC answers a stranger.
_WHO_IS_THERE = bytes.fromhex("0600ff07000000000000000000092018c88100388e04b5")


class RealBmc:
    """IPMI 2.0 over UDP on loopback, with cipher suite 3 alone; its web server answers at
    `host_port` while the power is on. Several may run at once, each in its own folder (whose path
    has no spaces or quotes). Both programs end with the process that started them.

    `oper` has the level OPERATOR and `admin` ADMINISTRATOR, both with `password`. `uuid` is sent in
    SMBIOS order, as Dell and Supermicro do. Settable at any time: `fault`.
    """

    user = "oper"
    slow_seconds = 2

    def __init__(
        self,
        folder: Path,
        *,
        host_port: int,
        uuid: str = UUID_OF_WEB1,
        serial: str = SERIAL_OF_WEB1,
        password: str = "",
    ) -> None:
        self.folder = folder.resolve()
        self.host_port = host_port
        self.uuid = uuid
        self.serial = serial
        self.password = password or secrets.token_hex(8)  # IPMI takes 20 bytes
        self.port = 0
        self._program: subprocess.Popen[bytes] | None = None

    @staticmethod
    def installed() -> bool:
        """Debian's package openipmi."""
        return shutil.which("ipmi_sim") is not None

    @property
    def power(self) -> bool:
        return (self.folder / "power").exists()

    @property
    def fault(self) -> Fault:
        return Fault((self.folder / "fault").read_text())

    @fault.setter
    def fault(self, fault: Fault) -> None:
        (self.folder / "fault").write_text(fault)

    @property
    def orders(self) -> tuple[Order, ...]:
        """Everything that the machine's power was told, by whomever."""
        lines = (self.folder / "orders").read_text().splitlines()
        return tuple(map(_order, lines))

    def told(self, *verbs: str) -> int:
        """How often it was given one of these orders; of all where none is named."""
        return sum(order.verb in verbs or not verbs for order in self.orders)

    async def start(self) -> None:
        """Power on, and wait until the BMC and the web server answer. Start it in the main thread.

        RuntimeError with its last words when it does not within ten seconds.
        """
        self.port = self.port or _free_port()
        self._write()
        self.fault = Fault.NONE
        self._switch_on()
        self._launch()
        for _ in range(500):
            if self._answers():
                return
            await asyncio.sleep(0.02)
        words = (self.folder / "ipmi_sim.log").read_text()[-500:]
        self.stop()
        raise RuntimeError(f"ipmi_sim did not start: {words}")

    def stop(self) -> None:
        """End both programs; the log of the orders stays."""
        if self._program is not None:
            self.resume()
            self._program.kill()
            self._program.wait()
        self._program = None
        (self.folder / "live").unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)
        (self.folder / "pid").unlink(missing_ok=True)

    def pause(self) -> None:
        """The BMC falls silent; the machine runs on."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It answers again, also what it was asked meanwhile."""
        self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> None:
        if self._program is not None:
            self._program.send_signal(which)

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_chassis(
            self.folder, port=self.host_port, owner=os.getpid(), slow_seconds=self.slow_seconds
        )
        write_bmc(
            self.folder,
            port=self.port,
            uuid=self.uuid,
            serial=self.serial,
            password=self.password,
        )

    def _switch_on(self) -> None:
        """By hand, as it were: that is no order of the BMC."""
        orders = self.folder / "orders"
        before = orders.read_text()
        subprocess.run([self.folder / "chassis", "set", "power", "1"], check=True)  # noqa: S603
        orders.write_text(before)

    def _launch(self) -> None:
        argv = ["ipmi_sim", "-n", "-c", "lan.conf", "-f", "mc.emu", "-s", "state"]
        with (self.folder / "ipmi_sim.log").open("wb") as log:
            self._program = subprocess.Popen(  # noqa: S603 - by its name, no shell
                ["setpriv", "--pdeathsig", "KILL", "--", *argv],  # noqa: S607 - as installed
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        return _hears(self.port) and _listens(self.host_port)


def _order(line: str) -> Order:
    at, verb = line.split()
    return Order(datetime.fromtimestamp(float(at), UTC), verb)


def _hears(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.settimeout(0.05)
        caller.connect(("127.0.0.1", port))
        with contextlib.suppress(OSError):
            caller.send(_WHO_IS_THERE)
            return bool(caller.recv(512))
    return False


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    """Below the range that Linux gives to outgoing calls, so that none of those takes it first."""
    while True:
        port = 20000 + secrets.randbelow(12000)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
            contextlib.suppress(OSError),
        ):
            probe.bind(("127.0.0.1", port))
            return port
