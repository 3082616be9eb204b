"""Would the container start, stay harmless, and say truly how it is?"""

import asyncio
import json
import re
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.deploy.box import build_wheel
from tests.rooms import HOUSE, PACKAGES

PYTHON = "/opt/rapid-responder/bin/python"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), comments gone and broken lines joined."""
    lines = (HOUSE / "Dockerfile").read_text(encoding="utf-8").splitlines()
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in lines if not line.startswith("#")))
    words = (line.split(maxsplit=1) for line in joined.splitlines() if line)
    return [(word, rest) for word, rest in words]


def last(instruction: str) -> str:
    return [rest for word, rest in instructions() if word == instruction][-1]


def test_the_image_carries_no_build_tools() -> None:
    stages = [index for index, (word, _) in enumerate(instructions()) if word == "FROM"]
    shipped = instructions()[stages[-1] :]
    assert len(stages) > 1
    assert "RUN" not in {word for word, _ in shipped}
    assert [rest for word, rest in shipped if word == "COPY" and "--from=build" not in rest] == []


def test_the_process_is_nobody_and_writes_in_one_place() -> None:
    user, group = last("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert json.loads(last("VOLUME")) == ["/data"]
    assert last("WORKDIR") == "/data"


def test_a_stop_reaches_the_daemon_itself() -> None:
    """A shell as process 1 would keep SIGTERM to itself; the list form starts none."""
    assert json.loads(last("ENTRYPOINT")) == ["/opt/rapid-responder/bin/responder"]
    assert json.loads(last("CMD"))[0] == "run"


def test_everything_is_installed_by_hash_or_from_the_wheel() -> None:
    installs = re.findall(r"pip[^&]* install[^&]*", " && ".join(rest for _, rest in instructions()))
    assert len(installs) == 3
    assert [one for one in installs if not re.search(r"--require-hashes|--no-index", one)] == []


def test_the_build_sees_the_sources_and_nothing_else() -> None:
    lines = (HOUSE / ".dockerignore").read_text(encoding="utf-8").splitlines()
    wanted = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert lines.index("*") < lines.index("!responder")
    assert [name for name in wanted if not (HOUSE / name).exists()] == []
    assert {"alerts", "playbooks", "probes", "responder", "requirements.lock"} <= set(wanted)


@pytest.mark.parametrize(("status", "verdict"), [(200, 0), (503, 1), (404, 1)])
async def test_the_health_check_tells_ready_from_not_ready(status: int, verdict: int) -> None:
    async def ready(request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/-/ready" if status != 404 else "/elsewhere", ready)
    async with TestServer(app) as server:
        assert await health(server.port or 0) == verdict


async def test_the_health_check_fails_when_nobody_answers(unused_tcp_port: int) -> None:
    assert await health(unused_tcp_port) == 1


async def health(port: int) -> int:
    """The exit status of the image's own health check, asked of this port with our Python."""
    program, *arguments = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    assert program == PYTHON
    assert "9095" in arguments[-1]
    *options, code = arguments
    check = await asyncio.create_subprocess_exec(
        sys.executable, *options, code.replace("9095", str(port)), stderr=asyncio.subprocess.DEVNULL
    )
    return await check.wait()


def test_the_wheel_holds_every_file_of_the_four_packages(tmp_path: Path) -> None:
    """Built as the image builds it, by the locked tools and without a network."""
    wheel = build_wheel(tmp_path)
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [file for package in PACKAGES for file in (HOUSE / package).rglob("*.*")]
    assert packed == {
        str(file.relative_to(HOUSE)) for file in files if file.is_file() and file.suffix != ".pyc"
    }
