"""The limits of the container where no engine is: nobody, no capability, one folder to write in."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

from tests.rooms import HOUSE

NOBODY = 65532
# In a mount namespace of its own: /mnt holds all that the program may see of ours, everything else
# that is mounted turns read-only, and at the end root and its powers are laid down for good.
_LOCK_UP = """
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/python /mnt/site /mnt/wheel /mnt/etc /mnt/data
mount --bind "$1" /mnt/python; mount --bind "$2" /mnt/site
mount --bind "$3/wheel" /mnt/wheel; mount --bind "$3/etc" /mnt/etc; mount --bind "$3/data" /mnt/data
findmnt -rno TARGET | while read -r at; do
    [ "$at" = /mnt/data ] || mount -o remount,bind,ro "$at" 2>/dev/null || true
done
mount -t tmpfs -o mode=1777,size=64m tmpfs /tmp
cd /mnt/data; shift 3
exec setpriv --reuid 65532 --regid 65532 --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all --ambient-caps=-all \
    prlimit --nproc=256 --core=0 --as=1073741824 env -i PATH=/usr/bin:/bin LANG=C.UTF-8 \
    LD_LIBRARY_PATH=/mnt/python/lib PYTHONPATH=/mnt/wheel:/mnt/site PYTHONDONTWRITEBYTECODE=1 "$@"
"""


def possible() -> bool:
    """Whether this machine lets us make a mount namespace (root, outside a strict sandbox)."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"]).returncode == 0


def build_wheel(into: Path) -> Path:
    """The wheel as the image builds it: by the locked tools, without a network."""
    pip = [sys.executable, "-m", "pip", "--isolated", "--quiet", "wheel", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "-w", str(into), str(HOUSE)], check=True)
    (wheel,) = into.glob("rapid_responder-*.whl")
    return wheel


def furnish(place: Path) -> None:
    """Lay out the wheel, a folder for the configuration and one for the data."""
    with ZipFile(build_wheel(place)) as wheel:
        wheel.extractall(place / "wheel")
    (place / "etc").mkdir()
    (place / "data").mkdir(mode=0o700)
    os.chown(place / "data", NOBODY, NOBODY)


def place_for_nobody(file: Path, text: str) -> None:
    """A file that the program can read and nobody else, as a secret must be."""
    file.write_text(text, encoding="utf-8")
    file.chmod(0o400)
    os.chown(file, NOBODY, NOBODY)


def boxed(place: Path, *arguments: str) -> list[str]:
    """The command that runs Python with these arguments on the wheel, inside the limits."""
    python = f"/mnt/python/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    lock_up = ["unshare", "--mount", "sh", "-euc", _LOCK_UP, "box"]
    site = sysconfig.get_path("purelib")
    return [*lock_up, sys.base_prefix, site, str(place), python, *arguments]
