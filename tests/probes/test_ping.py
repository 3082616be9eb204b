"""A ping is answered by who was asked or not at all, in every way a machine lets us ping."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from probes.look import look
from probes.model import Target, Verdict
from probes.net import Net
from probes.ping import PingProbe
from probes.ping_wire import Heard, payload_of, read_message, read_packet, request
from probes.pinger import Mode, Pinger, Way, pinger_of
from tests.require import require

ROOT = Path(__file__).parents[2]


def rooms_can_be_made() -> bool:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        return False
    return (
        subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0
    )


def play(scene: str, mode: str = "raw", *, groups: str = "1 0", prefix: str = "") -> list[str]:
    """The scene's words, from a network namespace in which only loopback is up."""
    require("root with network namespaces", present=rooms_can_be_made())
    python = f"{sys.executable} -m tests.probes.ping_scenes {scene} {mode}"
    lines = (
        "set -e",
        "ip link set lo up",
        f"sysctl -qw net.ipv4.ping_group_range='{groups}'",
        f"exec {prefix} {python}",
    )
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", "\n".join(lines)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert isinstance(said, list)
    return said


@pytest.mark.parametrize(
    ("mode", "groups"), [("raw", "1 0"), ("datagram", "0 0"), ("program", "1 0")]
)
def test_every_way_hears_the_same_replies(mode: str, groups: str) -> None:
    require("ping", present=mode != "program" or shutil.which("ping") is not None)
    tells_hops = ["up 64.0", "up 64.0", "up 64.0", "up 64.0", "up 64.0"]
    assert play("kernel", mode, groups=groups) == tells_hops


@pytest.mark.parametrize(("mode", "groups"), [("raw", "1 0"), ("datagram", "0 0")])
def test_thousands_share_one_socket(mode: str, groups: str) -> None:
    assert play("crowd", mode, groups=groups) == ["up 64.0"]


def test_a_reply_from_another_address_or_to_another_ping_does_not_count() -> None:
    no = "down no reply from 127.0.0.{} to the ping within 1 s"
    assert play("cheats") == [*(no.format(number) for number in range(2, 6)), "up 64.0"]


def test_a_late_reply_does_not_serve_the_next_ping() -> None:
    no = "down no reply from 127.0.0.2 to the ping within {} s"
    assert play("late") == [no.format("0.2"), no.format("0.3")]


def test_one_reply_out_of_some_packets_is_enough() -> None:
    third, first, none, counts = play("lossy")
    assert (third, first) == ("up 64.0", "up 64.0")
    assert none == "down no reply from 127.0.0.4 to the ping within 0.25 s"
    assert counts == "3 2 2"


def test_a_machine_that_is_not_there_is_told_from_a_silent_one() -> None:
    gone, nowhere = play("unreachable")
    assert gone == "down ping: host unreachable"
    assert nowhere == "down no route to that network"


def test_the_program_tells_a_machine_that_is_not_there_too() -> None:
    require("ping", present=shutil.which("ping") is not None)
    gone, nowhere = play("unreachable", "program")
    assert gone == "down ping: destination host unreachable"
    assert nowhere == (
        "unknown the ping program ended with 2: ping: connect: Network is unreachable"
    )


@pytest.mark.parametrize(("mode", "groups"), [("raw", "1 0"), ("datagram", "0 0")])
def test_a_packet_that_may_not_be_cut_must_fit(mode: str, groups: str) -> None:
    fits, too_big, cut = play("big", mode, groups=groups)
    assert (fits, cut) == ("up 64.0", "up 64.0")
    assert too_big == "down 1481 bytes are too big for the way there (MTU)"


@pytest.mark.parametrize(("mode", "groups"), [("raw", "1 0"), ("datagram", "0 0")])
def test_a_socket_whose_address_goes_comes_back_with_it(mode: str, groups: str) -> None:
    there, away, back, family = play("source", mode, groups=groups)
    assert (there, back) == ("up 64.0", "up 64.0")
    assert away == "unknown no free local address or port on our side"
    assert family == "unknown source_ip_address 10.1.1.1 can't send to an IPv6 address"


@pytest.mark.parametrize(("mode", "groups"), [("raw", "1 0"), ("datagram", "0 0")])
def test_a_lost_socket_is_opened_again(mode: str, groups: str) -> None:
    assert play("lost", mode, groups=groups) == ["up 64.0", "up 64.0"]


@pytest.mark.parametrize(
    ("groups", "prefix", "mode"),
    [
        ("1 0", "", "raw"),
        ("0 0", "setpriv --inh-caps=-all --bounding-set=-all", "datagram"),
        ("1 0", "setpriv --inh-caps=-all --bounding-set=-all", "program"),
        ("1 0", "setpriv --inh-caps=-all --bounding-set=-all env PATH=/nowhere", "none"),
    ],
)
def test_the_best_way_that_the_machine_allows_is_taken(groups: str, prefix: str, mode: str) -> None:
    require("ping", present=mode != "program" or shutil.which("ping") is not None)
    assert play("way", groups=groups, prefix=prefix) == [mode]


async def test_where_no_way_is_allowed_nothing_is_said_of_the_target() -> None:
    net = Net()
    net.shared(Pinger, lambda: Pinger(Way(Mode.NONE, "nothing is allowed; allow something")))
    seen = await look(PingProbe(), Target("127.0.0.1"), net)
    assert seen.verdict is Verdict.UNKNOWN
    assert seen.finding.reason == "can't ping: nothing is allowed; allow something"
    assert pinger_of(net).way.mode is Mode.NONE


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "unknown: ping can't be run: no such file or directory"),
        ("exit 2", "unknown: the ping program ended with 2: without a word"),
        ("echo no right >&2; exit 2", "unknown: the ping program ended with 2: no right"),
        ("exit 0", "unknown: the ping program ended with 0: without a word"),
        ("head -c 9000000 /dev/zero", "unknown: the ping program ended with -9: without a word"),
        ("echo hello; exit 1", "down: ping: no reply"),
        ("sleep 100", "down: no reply from 127.0.0.1 to the ping within 0.5 s"),
        ("echo 'seq=0 ttl=63 time=1.5 ms'", "up: "),
        ("yes 'From 192.0.2.9 icmp_seq=1 No Way'", "down: ping: no way"),
    ],
)
async def test_a_program_that_fails_us_is_not_the_target_s_fault(
    tmp_path: Path, script: str | None, said: str
) -> None:
    program = tmp_path / "ping"
    if script is not None:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    net = Net()
    net.shared(Pinger, lambda: Pinger(Way(Mode.PROGRAM, "", str(program))))
    within = 0.5 if said.endswith("0.5 s") else 30
    seen = await look(PingProbe(), Target("127.0.0.1"), net, within=within)
    told = seen.finding.reason.replace(f"{tmp_path}/", "")
    assert f"{seen.verdict}: {told}" == said


async def test_a_name_that_does_not_resolve_still_shows_all_series() -> None:
    net = Net()
    net.shared(Pinger, lambda: Pinger(Way(Mode.NONE, "")))
    seen = await look(PingProbe(), Target("no-such-name.invalid"), net)
    assert seen.verdict is Verdict.DOWN
    assert [(name, labels, value) for name, labels, value in seen.samples if "icmp" in name] == [
        ("probe_icmp_duration_seconds", f'phase="{phase}"', 0.0)
        for phase in ("resolve", "setup", "rtt")
    ]


@pytest.mark.parametrize(
    "keys",
    [
        {"ttl": 256},
        {"ttl": -1},
        {"payload_size": -1},
        {"payload_size": 65508},
        {"packets": 0},
        {"source_ip_address": "eth0"},
        {"pakets": 1},
    ],
)
def test_a_wrong_key_is_refused_at_load(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PingProbe.model_validate(keys)


def test_a_payload_begins_with_the_token_and_has_its_size() -> None:
    assert payload_of(b"12345678", 0) == b"12345678us Blackbox Exporter"
    assert payload_of(b"12345678", 3) == b"123"
    assert payload_of(b"12345678", 30) == b"12345678us Blackbox Exporter\0\0"


@pytest.mark.parametrize("payload", [b"", b"a", b"ab", b"\xff" * 7, bytes(64)])
def test_the_checksum_is_that_of_rfc_1071(payload: bytes) -> None:
    packet = request(4, 0xFFFF0001, payload)
    even = packet + b"\0" * (len(packet) % 2)
    words = sum(int.from_bytes(even[at : at + 2], "big") for at in range(0, len(even), 2))
    while words > 0xFFFF:
        words = (words & 0xFFFF) + (words >> 16)
    assert words == 0xFFFF


def quoted(message: bytes, *, ip: bytes = b"\x45" + bytes(8) + b"\x01" + bytes(6)) -> bytes:
    """An IPv4 packet with an ICMP error about a ping to 192.0.2.7."""
    about = ip + b"\xc0\x00\x02\x07" + request(4, 0xABCD0001, b"")
    return b"\x45" + bytes(19) + message + bytes(8 - len(message)) + about


def test_an_error_is_about_the_ping_that_it_quotes() -> None:
    heard = read_packet(quoted(b"\x03\x0d"))
    assert heard == Heard(0xABCD0001, b"\xc0\x00\x02\x07", b"", 0, "forbidden by a firewall")
    heard = read_packet(quoted(b"\x0b\x00"))
    assert heard is not None
    assert "too many hops" in heard.trouble


def test_what_is_no_icmp_message_is_nothing() -> None:
    whole = quoted(b"\x03\x01")
    cut = {read_packet(whole[:length]) for length in range(len(whole) - 2)}
    assert cut == {None}
    assert read_packet(b"\x4f" * 30) is None
    assert read_packet(quoted(b"\x05\x00")) is None
    tcp = b"\x45" + bytes(8) + b"\x06" + bytes(6)
    assert read_packet(quoted(b"\x03\x01", ip=tcp)) is None


@pytest.mark.parametrize(
    ("kind", "code", "told"),
    [
        (1, 3, "address unreachable"),
        (1, 99, "unreachable (code 99)"),
        (2, 0, "the packet is too big for the way there"),
        (3, 0, "too many hops on the way (hop limit exceeded)"),
    ],
)
def test_errors_of_ipv6_are_told_too(kind: int, code: int, told: str) -> None:
    about = b"\x60" + bytes(5) + b"\x3a\x40" + bytes(16) + b"\x20" * 16
    message = bytes((kind, code)) + bytes(6) + about + request(6, 7, b"")
    assert read_message(6, message, b"", 0) == Heard(7, b"\x20" * 16, b"", 0, told)
    assert read_message(6, message[:-1], b"", 0) is None
