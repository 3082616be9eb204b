"""What asking a BMC costs beside ipmitool and fence_ipmilan run bare, against ipmi_sim."""

import asyncio
import os
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from benchmarks.machine import free_port, need
from benchmarks.report import Table
from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.power.fence import FencePower
from playbooks.power.ipmi import IpmiPower
from playbooks.power.model import Power
from responder.emulators.bmc import RealBmc

ROUNDS = 5
TIMES = 20
AT_ONCE = 20
Ask = Callable[[], Awaitable[object]]


def power(folder: Path) -> Table:
    """Seconds for one status, bare and ours in turn; ratios are formed in the round."""
    need("ipmi_sim", "ipmitool", "fence_ipmilan")
    return asyncio.run(_measure(folder))


async def _measure(folder: Path) -> Table:
    table = Table("A status over IPMI, seconds (aim 0.1)")
    bmc = RealBmc(folder / "bmc", host_port=free_port())
    await bmc.start()
    (folder / "password").write_text(bmc.password)
    try:
        async with open_session() as session:
            hands = Hands(session)
            for _ in range(ROUNDS):
                await _round(table, bmc, folder, hands)
    finally:
        bmc.stop()
    return table


async def _round(table: Table, bmc: RealBmc, folder: Path, hands: Hands) -> None:
    ipmi = {"address": "127.0.0.1", "user": bmc.user, "password_file": folder / "password"}
    told, either = (
        IpmiPower.model_validate(ipmi | {"port": bmc.port} | more) for more in ({"cipher": 3}, {})
    )
    bare = await _seconds(lambda: _ipmitool(bmc))
    ours = await _seconds(_status(told, hands))
    table.add("ipmitool, bare", bare)
    table.add("ours, `cipher: 3`", ours)
    table.add("ours, `cipher: 3`: ratio", ours / bare)
    table.add("ours, 17 is tried first", await _seconds(_status(either, hands)))
    begun = time.perf_counter()
    await asyncio.gather(*(told.state(hands) for _ in range(AT_ONCE)))
    table.add(f"ours, {AT_ONCE} at once, all of them", time.perf_counter() - begun)
    fence = _fence(bmc, folder)
    bare = await _seconds(lambda: _fence_ipmilan(bmc))
    ours = await _seconds(_status(fence, hands))
    table.add("fence_ipmilan, bare", bare)
    table.add("fence_ipmilan through ours", ours)
    table.add("fence_ipmilan through ours: ratio", ours / bare)


def _status(one: Power, hands: Hands) -> Ask:
    return lambda: one.state(hands)


async def _seconds(ask: Ask) -> float:
    """The median of so many, one after the other; the first is for warming up."""
    await ask()
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - begun)
    return median(taken)


async def _ipmitool(bmc: RealBmc) -> None:
    place = ["-H", "127.0.0.1", "-p", str(bmc.port), "-U", bmc.user, "-L", "OPERATOR", "-E"]
    argv = ["ipmitool", "-I", "lanplus", "-C", "3", *place, "chassis", "power", "status"]
    await _run(argv, {"IPMI_PASSWORD": bmc.password}, "")


async def _fence_ipmilan(bmc: RealBmc) -> None:
    options = "\n".join(f"{name}={value}" for name, value in _options(bmc).items())
    given = f"{options}\npassword={bmc.password}\naction=status\n"
    await _run(["fence_ipmilan"], {"PYTHONWARNINGS": "ignore"}, given)


async def _run(argv: list[str], env: dict[str, str], given: str) -> None:
    program = await asyncio.create_subprocess_exec(
        *argv,
        env={"PATH": os.environ["PATH"], **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await program.communicate(given.encode())
    if program.returncode:
        raise RuntimeError(f"{argv[0]}: {(out + err).decode()}")


def _fence(bmc: RealBmc, folder: Path) -> FencePower:
    told = {"options": _options(bmc), "secrets": {"password": folder / "password"}}
    return FencePower.model_validate({"agent": "fence_ipmilan", **told})


def _options(bmc: RealBmc) -> dict[str, str | int]:
    login: dict[str, str | int] = {"ip": "127.0.0.1", "ipport": bmc.port, "username": "admin"}
    return {**login, "lanplus": "1", "cipher": "3"}
