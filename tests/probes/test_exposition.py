"""Looks are written out as blackbox_exporter writes them."""

import random
import shutil
import struct
import subprocess

import pytest

from probes.exposition import exposition, number
from probes.help import HELP
from probes.model import Sample
from tests.require import require

SAMPLES: tuple[Sample, ...] = (
    ("probe_success", "", 1.0),
    ("probe_http_duration_seconds", 'phase="tls"', 0.0),
    ("probe_ip_addr_hash", "", 3668918509),
    ("probe_http_duration_seconds", 'phase="connect"', 8.633e-06),
)


def test_a_page_has_its_families_by_name_each_with_help_and_type() -> None:
    assert exposition(SAMPLES) == (
        "# HELP probe_http_duration_seconds Duration of http request by phase, summed over all"
        " redirects\n"
        "# TYPE probe_http_duration_seconds gauge\n"
        'probe_http_duration_seconds{phase="connect"} 8.633e-06\n'
        'probe_http_duration_seconds{phase="tls"} 0\n'
        "# HELP probe_ip_addr_hash Specifies the hash of IP address. It's useful to detect if the"
        " IP address changes.\n"
        "# TYPE probe_ip_addr_hash gauge\n"
        "probe_ip_addr_hash 3.668918509e+09\n"
        "# HELP probe_success Displays whether or not the probe was a success\n"
        "# TYPE probe_success gauge\n"
        "probe_success 1\n"
    )


# What strconv.FormatFloat(value, 'g', -1, 64) of Go 1.19 gives.
GO = {
    0.0: "0",
    1: "1",
    -1: "-1",
    200: "200",
    1.1: "1.1",
    999999: "999999",
    1e6: "1e+06",
    1234567: "1.234567e+06",
    1234567.89: "1.23456789e+06",
    123456.789: "123456.789",
    0.0001: "0.0001",
    0.00001: "1e-05",
    8.633e-06: "8.633e-06",
    -0.00001234: "-1.234e-05",
    0.1 + 0.2: "0.30000000000000004",
    3668918509: "3.668918509e+09",
    -62135596800: "-6.21355968e+10",
    1e15: "1e+15",
    1e16: "1e+16",
    1e21: "1e+21",
    1e100: "1e+100",
    5e-324: "5e-324",
    1.7976931348623157e308: "1.7976931348623157e+308",
    float("inf"): "+Inf",
    float("-inf"): "-Inf",
}


@pytest.mark.parametrize("value", GO)
def test_numbers_look_as_go_writes_them(value: float) -> None:
    assert number(value) == GO[value]


def test_what_is_no_number_is_said_so() -> None:
    assert number(float("nan")) == "NaN"


def test_no_number_loses_a_digit() -> None:
    dice = random.Random(7)
    for _ in range(20_000):
        value: float = struct.unpack("d", dice.randbytes(8))[0]
        if value == value:
            assert float(number(value)) == value


def test_promtool_takes_a_page_and_merged_families() -> None:
    program = shutil.which("promtool")
    require("promtool", present=program is not None)
    everything = exposition((family, "", 1.0) for family in HELP)
    for page in (exposition(SAMPLES), everything):
        told = subprocess.run(
            [str(program), "check", "metrics"], input=page, capture_output=True, text=True
        )
        assert (told.returncode, told.stdout + told.stderr) == (0, "")
