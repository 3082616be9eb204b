"""Is the simulated BMC such as a real one, and does its machine live by its power?"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from responder.emulators.bmc import RealBmc
from responder.emulators.chassis import Fault
from tests.real.bmc import StartBmc, answers, until
from tests.require import free_port


async def ipmi(bmc: RealBmc, *words: str) -> str:
    """What a person's own ipmitool says."""
    place = ["-I", "lanplus", "-C", "3", "-H", "127.0.0.1", "-p", str(bmc.port)]
    tool = await asyncio.create_subprocess_exec(
        "ipmitool", *place, "-L", "OPERATOR", "-U", bmc.user, "-E", "-N", "1", "-R", "1", *words,
        env={"PATH": os.environ["PATH"], "IPMI_PASSWORD": bmc.password},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    out, _ = await tool.communicate()
    return out.decode().strip()


async def test_the_machine_goes_off_and_on_with_its_power(bmc: RealBmc) -> None:
    assert await ipmi(bmc, "power", "status") == "Chassis Power is on"
    await until(bmc, up=True)
    await ipmi(bmc, "power", "off")
    assert (bmc.power, await answers(bmc)) == (False, False)
    assert await ipmi(bmc, "power", "status") == "Chassis Power is off"
    await ipmi(bmc, "power", "reset")
    assert not bmc.power
    await ipmi(bmc, "power", "on")
    await until(bmc, up=True)
    await ipmi(bmc, "power", "soft")
    assert (bmc.power, await answers(bmc)) == (False, False)
    assert [order.verb for order in bmc.orders] == ["off", "reset", "on", "soft"]
    assert (bmc.told("on"), bmc.told("off", "soft"), bmc.told()) == (1, 2, 4)


async def test_a_reset_is_another_start(bmc: RealBmc) -> None:
    before = (bmc.folder / "pid").read_text()
    await ipmi(bmc, "power", "reset")
    assert (bmc.folder / "pid").read_text() != before
    await until(bmc, up=True)


async def test_its_power_can_be_broken(bmc: RealBmc) -> None:
    bmc.fault = Fault.STUCK_ON
    assert await ipmi(bmc, "power", "off") == "Chassis Power Control: Down/Off"
    assert bmc.power
    bmc.fault = Fault.NO_POWERON
    await ipmi(bmc, "power", "off")
    assert await ipmi(bmc, "power", "on") == "Chassis Power Control: Up/On"
    assert not bmc.power
    bmc.fault = Fault.SLOW
    began = time.monotonic()
    await ipmi(bmc, "power", "on")
    assert not bmc.power or time.monotonic() - began >= 1.5
    await until(bmc, up=True)
    assert time.monotonic() - began >= 1.5


async def test_it_can_fall_silent_and_come_back(bmc: RealBmc) -> None:
    bmc.pause()
    assert await ipmi(bmc, "power", "status") == ""
    bmc.resume()
    assert await ipmi(bmc, "power", "status") == "Chassis Power is on"


async def test_several_machines_are_apart(start_bmc: StartBmc) -> None:
    one, other = await start_bmc(serial="ONE"), await start_bmc(serial="OTHER")
    await ipmi(one, "power", "off")
    assert (one.power, other.power, other.orders) == (False, True, ())
    assert "Product Serial        : ONE" in await ipmi(one, "fru", "print", "0")
    assert "Product Serial        : OTHER" in await ipmi(other, "fru", "print", "0")


async def test_after_a_stop_it_starts_at_the_same_place(bmc: RealBmc) -> None:
    await ipmi(bmc, "power", "off")
    port = bmc.port
    bmc.stop()
    await bmc.start()
    assert (bmc.port, bmc.power, bmc.told("off"), bmc.told("on")) == (port, True, 1, 0)
    assert await answers(bmc)


OWNER = """
import asyncio, sys
from pathlib import Path
from responder.emulators.bmc import RealBmc
async def own():
    bmc = RealBmc(Path(sys.argv[1]), host_port=int(sys.argv[2]))
    await bmc.start()
    print(bmc.port, flush=True)
    await asyncio.sleep(60)
asyncio.run(own())
"""


async def test_both_programs_end_with_their_owner(bmc: RealBmc, tmp_path: Path) -> None:
    other = RealBmc(tmp_path / "other", host_port=free_port())
    owner = subprocess.Popen(  # noqa: ASYNC220 - a process of its own, to be killed
        [sys.executable, "-c", OWNER, str(other.folder), str(other.host_port)],
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    other.port, other.password = int(owner.stdout.readline()), bmc.password
    owner.stdout.close()
    assert await answers(other)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    await until(other, up=False)
    assert await ipmi(other, "power", "status") == ""
