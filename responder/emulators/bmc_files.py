"""What ipmi_sim reads: its configuration, its machine's serial numbers, and the power script."""

import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

# What ipmi_sim runs as `chassis_control`: "get power" is answered "power:1"; "set power 0" is done.
_CHASSIS = """#!/bin/sh
cd '{folder}' || exit 1
fault=$(cat fault)
alive() {{ [ -s pid ] && kill -0 "$(cat pid)" 2>/dev/null; }}
start() {{
    alive && return
    setsid '{python}' host.py {port} {owner} >host.log 2>&1 </dev/null &
    echo $! >pid
}}
stop() {{ alive && kill -9 "$(cat pid)"; rm -f pid; }}
on() {{ [ "$fault" = no-poweron ] || {{ touch power; start; }}; }}
off() {{ [ "$fault" = stuck-on ] || {{ stop; rm -f power; }}; }}
soft() {{ off; }}
reset() {{ [ -e power ] && stop && start; }}
later() {{ (sleep {slow} && [ -e live ] && "$1") >/dev/null 2>&1 </dev/null & }}
obey() {{
    echo "$(date +%s.%N) $1" >>orders
    if [ "$fault" = slow ]; then later "$1"; else "$1"; fi
}}
what=$1
shift
while [ $# -gt 0 ]; do
    case $what:$1:$2 in
    get:power:*) [ -e power ] && echo power:1 || echo power:0 ;;
    get:boot:*) echo boot:default ;;
    set:power:0) obey off ;;
    set:power:1) obey on ;;
    set:reset:*) obey reset ;;
    set:shutdown:*) obey soft ;;
    set:boot:* | set:identify:*) ;;
    *) exit 1 ;;
    esac
    shift
    [ "$what" = get ] || shift
done
exit 0
"""
# The machine's web server. It ends with the process that started the BMC, however that ends.
_HOST = """
import http.server, os, select, sys, threading

class Up(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"up pid=%d\\n" % os.getpid()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

def end_with(owner):
    poll = select.poll()
    poll.register(owner, select.POLLIN)
    poll.poll()
    os._exit(0)

owner = os.pidfd_open(int(sys.argv[2]))
threading.Thread(target=end_with, args=(owner,), daemon=True).start()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Up).serve_forever()
"""
_LAN = """
name "web1"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 {port}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid {guid}
  endlan
  chassis_control "{folder}/chassis"
  user 1 false "" "" user 10 none md2 md5 straight
  user 2 true "admin" "{password}" admin 10 none md2 md5 straight
  user 3 true "oper" "{password}" operator 10 none md2 md5 straight
"""
_MC = """
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_add_fru_data 0x20 0 {size} file 0 "{folder}/fru"
sel_enable 0x20 1000 0x0a
mc_enable 0x20
"""
_RACK_MOUNTED = 0x17
_ENGLISH = 0x19


def write_chassis(folder: Path, *, port: int, owner: int, slow_seconds: float) -> None:
    """The power script of a machine whose web server has this port, and what the script keeps."""
    text = _CHASSIS.format(
        folder=folder, port=port, owner=owner, slow=slow_seconds, python=sys.executable
    )
    script = folder / "chassis"
    script.write_text(text)
    script.chmod(0o700)
    (folder / "host.py").write_text(_HOST)
    for kept in ("fault", "live", "orders"):
        (folder / kept).touch()


def write_bmc(folder: Path, *, port: int, uuid: str, serial: str, password: str) -> None:
    """lan.conf, mc.emu and the FRU memory. The UUID is kept in SMBIOS order, as most vendors do."""
    data = fru(chassis=f"C{serial}", product=serial)
    guid = UUID(uuid).bytes_le.hex()
    lan = _LAN.format(folder=folder, port=port, guid=guid, password=password)
    (folder / "fru").write_bytes(data)
    (folder / "lan.conf").write_text(lan)
    (folder / "mc.emu").write_text(_MC.format(folder=folder, size=len(data)))
    (folder / "state").mkdir(exist_ok=True)


def fru(*, chassis: str, product: str) -> bytes:
    """A machine's inventory with two serial numbers (IPMI Platform Management FRU, v1.0)."""
    case = _area(_RACK_MOUNTED, ["CH-1", chassis])
    thing = _area(_ENGLISH, ["Rapid Responder", "Demo server", "P-1", "1", product, "", ""])
    head = bytes([1, 0, 1, 0, 1 + len(case) // 8, 0, 0])
    return _summed(head) + case + thing


def _area(first: int, texts: Sequence[str]) -> bytes:
    """Filled with zeros up to a multiple of eight bytes, of which the last is the checksum."""
    fields = b"".join(bytes([0xC0 | len(text)]) + text.encode("ascii") for text in texts)
    size = (3 + len(fields) + 2 + 7) // 8
    return _summed((bytes([1, size, first]) + fields + b"\xc1").ljust(size * 8 - 1, b"\0"))


def _summed(data: bytes) -> bytes:
    return data + bytes([-sum(data) % 256])
