"""Does systemd take our unit, and how exposed does it find the service?"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.require import require

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "responder.service"
PROGRAM = "/opt/rapid-responder/bin/responder"


@pytest.fixture
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    require("systemd-analyze", present=program is not None)
    return str(program)


def ask(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_systemd_reads_every_line_of_the_unit(analyze: str, tmp_path: Path) -> None:
    """The program itself is not installed here, so another one stands in its place."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    assert text.count(PROGRAM) == 1
    unit.write_text(text.replace(PROGRAM, "/bin/true"), encoding="utf-8")
    answer = ask(analyze, "verify", str(unit))
    # systemd looks at the neighbours too; what it says of those is not ours to mend.
    assert [line for line in answer.stderr.splitlines() if UNIT.name in line] == []
    assert answer.returncode == 0, answer.stderr


def test_a_misspelt_line_would_be_seen(analyze: str, tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text("[Service]\nExecStart=/bin/true\nWatchdogSek=30\n", encoding="utf-8")
    assert "WatchdogSek" in ask(analyze, "verify", str(unit)).stderr


def test_the_exposure_is_1_5_or_better(analyze: str) -> None:
    answer = ask(analyze, "security", "--offline=true", "--threshold=15", str(UNIT))
    level = re.search(r"exposure level for responder\.service: ([\d.]+)", answer.stdout)
    assert level is not None, answer.stderr
    assert float(level[1]) <= 1.5
    assert answer.returncode == 0


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        "WatchdogSec=30",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "RestartPreventExitStatus=78",
        f"ExecStart={PROGRAM} run -c /etc/responder/responder.yaml",
    ],
)
def test_the_unit_holds_what_the_daemon_counts_on(line: str) -> None:
    assert line in UNIT.read_text(encoding="utf-8").splitlines()
