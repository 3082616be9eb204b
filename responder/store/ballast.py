"""Room kept aside on the disk, so that a full disk can still be reported."""

import os
from pathlib import Path

SIZE = 64 * 1024 * 1024  # bytes


class Ballast:
    """A file of zeros beside the store that is given up when the disk is full."""

    def __init__(self, path: Path, *, size: int = SIZE) -> None:
        self.path = path
        self.size = size

    def lay(self) -> bool:
        """Take the room unless the disk is nearly full; True when it is there afterwards."""
        if self.path.exists():
            return True
        if not self._fits():
            return False
        new = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, self.size)
        except OSError:
            new.unlink()
            return False
        finally:
            os.close(descriptor)
        new.rename(self.path)
        return True

    def release(self) -> bool:
        """Give the room back. False when there is none, or the file system takes no changes."""
        try:
            self.path.unlink()
        except OSError:
            return False
        return True

    def _fits(self) -> bool:
        """As much again must stay free, or the next alert would find the disk full."""
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize >= 2 * self.size
