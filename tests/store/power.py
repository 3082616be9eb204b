"""A disk that forgets at a power cut what was never synced: an apsw VFS under a real SQLite."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from typing_extensions import override

Cut = Callable[[int, random.Random], Iterable[int]]  # which of N unsynced writes the disk kept


@dataclass
class Disk:
    """What the disk surely has, and what it was told since: by file."""

    synced: dict[str, bytearray] = field(default_factory=dict)
    pending: dict[str, list[tuple[int, bytes | None]]] = field(default_factory=dict)

    def write(self, name: str, data: bytes, offset: int) -> None:
        self.pending.setdefault(name, []).append((offset, data))

    def truncate(self, name: str, size: int) -> None:
        self.pending.setdefault(name, []).append((size, None))

    def sync(self, name: str) -> None:
        content = self.synced.setdefault(name, bytearray())
        for offset, data in self.pending.pop(name, ()):
            _apply(content, offset, data)

    def remove(self, name: str) -> None:
        self.synced.pop(name, None)
        self.pending.pop(name, None)

    def after_cut(self, folder: Path, cut: Cut, dice: random.Random) -> None:
        """Write into `folder` what is found when the power is back."""
        for name in {*self.synced, *self.pending}:
            content = bytearray(self.synced.get(name, b""))
            writes = self.pending.get(name, [])
            for index in cut(len(writes), dice):
                _apply(content, *writes[index])
            (folder / Path(name).name).write_bytes(content)


def nothing(_: int, __: random.Random) -> Iterable[int]:
    """The disk kept none of what was not synced."""
    return ()


def prefix(writes: int, dice: random.Random) -> Iterable[int]:
    """It kept the first few."""
    return range(dice.randint(0, writes))


def half(writes: int, dice: random.Random) -> Iterable[int]:
    """It kept any of them, in its own order of mind."""
    return [index for index in range(writes) if dice.random() < 0.5]


class ForgetfulVfs(apsw.VFS):
    """The real file system below, and a Disk that takes note."""

    def __init__(self, name: str, disk: Disk) -> None:
        self.disk = disk
        super().__init__(name, "")

    @override
    def xOpen(self, name: Any, flags: list[int]) -> "ForgetfulFile":
        return ForgetfulFile(name, flags, self.disk)

    @override
    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self.disk.remove(filename)


class ForgetfulFile(apsw.VFSFile):
    """One file: writes reach the real file at once, and the Disk's memory at the sync."""

    def __init__(self, name: Any, flags: list[int], disk: Disk) -> None:
        self.name = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self.disk = disk
        super().__init__("", name, flags)

    @override
    def xWrite(self, data: Any, offset: int) -> None:
        super().xWrite(data, offset)
        self.disk.write(self.name, bytes(data), offset)

    @override
    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self.disk.truncate(self.name, newsize)

    @override
    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self.disk.sync(self.name)


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data
