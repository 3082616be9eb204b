"""Does the daemon go on when nobody can take its log (F95)?"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import structlog

from responder.log import Sink, configure

HOUSE = Path(__file__).parents[2]
MANY = """
import sys, structlog
from responder.log import configure
sink = configure(json=True, level="info")
for turn in range(1000):
    structlog.get_logger().info("turn_done", turn=turn)
open(sys.argv[1], "w").write(f"lived, lost {sink.lost}")
"""


def lived(folder: Path, shell: str) -> str:
    """What the process says of its life; it is started by this shell line and must end with 0."""
    (folder / "many.py").write_text(MANY, encoding="utf-8")
    command = ["bash", "-o", "pipefail", "-c", shell.format(f"{sys.executable} many.py told")]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(command, cwd=folder, env=environment, timeout=30, check=False)
    assert done.returncode == 0
    return (folder / "told").read_text(encoding="utf-8")


def test_the_daemon_goes_on_when_its_pipe_is_closed(tmp_path: Path) -> None:
    """How many lines fit into the pipe before its reader is gone is not ours to say."""
    told = lived(tmp_path, "{} > >(head -c1 >/dev/null)")
    assert 0 < int(told.removeprefix("lived, lost ")) <= 1000


def test_the_daemon_goes_on_when_the_disk_of_its_log_is_full(tmp_path: Path) -> None:
    assert lived(tmp_path, "{} > /dev/full") == "lived, lost 1000"


def test_the_daemon_goes_on_when_it_starts_without_standard_files(tmp_path: Path) -> None:
    """Number 1 must not become the next file it opens, with the log in it."""
    assert lived(tmp_path, "{} <&- >&- 2>&-") == "lived, lost 0"


def test_a_line_that_was_cut_by_a_full_disk_does_not_spoil_the_next(tmp_path: Path) -> None:
    script = """
import resource, structlog, sys
from responder.log import configure
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
sink = configure(json=True, level="info")
log = structlog.get_logger()
log.info("first")
resource.setrlimit(resource.RLIMIT_FSIZE, (120, unlimited))
log.info("second")
log.info("third")
resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
log.info("fourth", lost=sink.lost)
"""
    with (tmp_path / "log").open("wb") as out:
        subprocess.run(
            [sys.executable, "-c", script], stdout=out, cwd=HOUSE, check=True, timeout=30
        )
    first, torn, fourth = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["event"] == "first"
    assert len(first) + 1 + len(torn) == 120
    assert json.loads(fourth)["event"] == "fourth"
    assert json.loads(fourth)["lost"] == 2


def test_a_reader_that_does_not_read_costs_lines_and_no_time_on_an_unblocking_pipe() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    sink = Sink(writing)
    begun = time.thread_time()
    for _ in range(1000):
        sink.msg("x" * 1000)
    assert sink.lost > 900
    assert time.thread_time() - begun < 20
    os.close(reading)
    os.close(writing)


def test_an_error_that_ends_the_process_is_logged_without_secrets() -> None:
    script = """
from responder.log import configure
from responder.secrets import Secret
configure(json=True, level="info")
raise RuntimeError("refused: " + Secret.of("hunter2hunter2").reveal())
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, timeout=30, check=False)
    assert done.returncode == 1
    assert b"hunter2" not in done.stdout + done.stderr
    record = json.loads(done.stdout)
    assert record["event"] == "crashed"
    assert record["exception"].endswith("RuntimeError: refused: [secret]")


@pytest.mark.usefixtures("logging_as_before", "no_collector")
def test_a_record_costs_well_under_a_millisecond() -> None:
    """About 70 microseconds on two shared cores."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    configure(json=True, level="info", fd=nowhere)
    log = structlog.get_logger()
    begun = time.thread_time()
    for turn in range(1000):
        log.info("ticket_opened", ticket=turn, server="web1.example.net", queue="rapid-response")
    took = time.thread_time() - begun
    os.close(nowhere)
    assert took < 1
