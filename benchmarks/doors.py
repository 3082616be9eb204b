"""A daemon whose doors are open and whose duties stand still: what intake alone costs."""

import asyncio
import signal
import sys
from pathlib import Path

import uvloop

from responder.app import Daemon
from responder.config import Config
from responder.configfile import load


async def _serve(path: Path) -> None:
    daemon = Daemon(path, load(path, Config).value, version="bench")
    await daemon.begin()
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    await over.wait()
    await daemon.end()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
