"""One daemon as a service: it begins, obeys signals, tells systemd how it is, and ends."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
import time
from collections.abc import Awaitable, Iterable
from pathlib import Path

import structlog

from responder import systemd
from responder.app import Daemon
from responder.cli.exits import Exit, Failed
from responder.config import Config
from responder.log import configure
from responder.problems import BadConfig, Problem
from responder.store import StoreUnavailable
from responder.store.thread import Health
from responder.supervise import Duty
from responder.world import World

log = structlog.get_logger(__name__)

STUCK_SECONDS = 120.0  # a turn that lasts longer than this beyond its pause will not end


async def serve(path: Path, config: Config, *, version: str) -> None:
    """Live until SIGTERM or SIGINT. Raises Failed when it cannot begin, with the reason."""
    begun = time.monotonic()
    orders = Orders()
    daemon = Daemon(path, config, version=version)
    await _begin(daemon, config)
    try:
        daemon.work()
        await _either(daemon.ready(), orders.stop.wait())
        if not orders.stop.is_set():
            seconds = round(time.monotonic() - begun, 3)
            log.info("ready", listen=config.daemon.listen, version=version, seconds=seconds)
            systemd.tell(*systemd.ready(f"serving on {config.daemon.listen}"))
            await _serve(daemon, orders)
    finally:
        systemd.tell("STOPPING=1", "STATUS=finishing what is begun")
        await daemon.end()
        log.info("stopped")


class Orders:
    """What the service manager asks for, as events. A second SIGTERM ends the process at once."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(ending, self._end)
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)

    def _end(self) -> None:
        # No return to the signal's default: process 1 of a container ignores that.
        if self.stop.is_set():
            os._exit(Exit.FAILED)
        self.stop.set()


def log_as_configured(config: Config) -> None:
    """Lines for people on a terminal, JSON for everybody else."""
    configure(json=not sys.stdout.isatty(), level=config.daemon.log)


def tell_findings(findings: Iterable[Problem]) -> None:
    """What is unwise in the configuration, for whoever reads the log after a start."""
    for finding in findings:
        place = f"{finding.file}:{finding.line}:{finding.column}"
        log.warning("configuration_unwise", place=place, finding=finding.message)


def stuck(duties: Iterable[Duty], health: Health, *, now: float) -> str:
    """What makes this process useless until it is started again; empty while nothing does (pure).

    Only our own loops and the store's thread: a disk that is full, or a ticket system that is away,
    would be so after a restart as well.
    """
    if not health.writer_alive:
        return "the store's writing thread"
    return ", ".join(duty.name for duty in duties if now - duty.turned > duty.every + STUCK_SECONDS)


async def _begin(daemon: Daemon, config: Config) -> None:
    from responder.store.members import Taken
    from responder.store.migrate import NewerSchema
    from responder.store.sqlite import StoreInUse
    from responder.store.upkeep import Damaged

    try:
        await daemon.begin()
    except (StoreInUse, Taken, NewerSchema, Damaged, StoreUnavailable) as trouble:
        raise Failed(str(trouble)) from None
    except ModuleNotFoundError as trouble:
        raise Failed(f"{trouble}: PostgreSQL needs the extra `postgres`") from None
    except OSError as trouble:
        taken = trouble.errno == errno.EADDRINUSE
        told = "another program listens there" if taken else str(trouble)
        raise Failed(f"cannot serve on {config.daemon.listen}: {told}") from None


async def _serve(daemon: Daemon, orders: Orders) -> None:
    async with asyncio.TaskGroup() as tasks:
        aside = [
            tasks.create_task(_reload_when_told(daemon, orders), name="reload"),
            tasks.create_task(_show_life(daemon.world), name="watchdog"),
        ]
        await orders.stop.wait()
        for task in aside:
            task.cancel()


async def _reload_when_told(daemon: Daemon, orders: Orders) -> None:
    while True:
        await orders.reload.wait()
        orders.reload.clear()
        systemd.tell(*systemd.reloading())
        systemd.tell(*systemd.ready(await _reload(daemon)))


async def _reload(daemon: Daemon) -> str:
    """One line on how it went."""
    try:
        await daemon.reload()
    except BadConfig as bad:
        problems = [str(problem) for problem in bad.problems]
        log.error("configuration_refused", problems=problems, kept="the one before")
        return f"the new configuration was refused, the old one holds: {problems[0]}"
    except StoreUnavailable as trouble:
        log.warning("mutes_not_judged_anew", error=str(trouble))
    log_as_configured(daemon.world.live.config)
    return "serving with the configuration read anew"


async def _show_life(world: World) -> None:
    """systemd starts us again when this falls silent; it does so too when the loop is blocked."""
    seconds = systemd.watchdog_seconds()
    while seconds is not None:
        now = time.monotonic()
        if reason := stuck(world.duties.values(), world.store.health(now), now=now):
            log.error("watchdog_silent", stuck=reason)
        else:
            systemd.tell("WATCHDOG=1")
        await asyncio.sleep(seconds / 2)


async def _either(*ways: Awaitable[object]) -> None:
    """Return when the first of these has ended, and drop the others."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
