"""A real disk that is really full."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.require import require


@contextmanager
def small_file_system(place: Path, *, mebibytes: int) -> Iterator[Path]:
    """A file system of this size, mounted there for the time being."""
    place.mkdir()
    options = f"size={mebibytes}m,mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    require("the right to mount a small disk", present=mounted)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> Path:
    """Leave not one free block; the file that has taken them."""
    filler = place / "filler"
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler
