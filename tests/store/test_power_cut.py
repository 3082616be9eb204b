"""Does a power cut take anything that was acknowledged?

kill -9 proves nothing here, since the page cache outlives the process. So a real SQLite runs on a
file system that forgets whatever was not synced, and says our own words to it: the PRAGMAs, the
BEGIN and the groups of `responder.store`.
"""

import copy
import random
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import apsw
import pytest

from responder.store.sqlite import BEGIN_WRITING, PRAGMAS
from tests.store.power import Cut, Disk, ForgetfulVfs, half, nothing, prefix

TRIALS = 60
CUTS = pytest.mark.parametrize("cut", [nothing, prefix, half])
numbers = count()


def live(folder: Path, settings: tuple[str, ...], dice: random.Random) -> tuple[Disk, set[int]]:
    """Commit groups until the power goes in the middle of one; what was acknowledged by then."""
    disk, vfs = Disk(), f"forgetful-{next(numbers)}"
    acknowledged: set[int] = set()
    system = ForgetfulVfs(vfs, disk)
    try:
        connection = apsw.Connection(str(folder / "responder.db"), vfs=vfs)
        # The shared memory of a WAL is not for a VFS in Python; nobody else opens this file.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        for pragma in settings:
            connection.execute(pragma)
        connection.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY, text TEXT)")
        for group in range(dice.randint(5, 40)):
            acknowledged |= commit(connection, group, dice)
        connection.execute(BEGIN_WRITING)
        connection.execute("INSERT INTO kept VALUES (999999, 'never acknowledged')")
        found = copy.deepcopy(disk)
        connection.close()  # which syncs: after the cut
    finally:
        system.unregister()
    return found, acknowledged


def commit(connection: apsw.Connection, group: int, dice: random.Random) -> set[int]:
    rows = {group * 100 + number for number in range(dice.randint(1, 20))}
    connection.execute(BEGIN_WRITING)
    for row in rows:
        connection.execute("INSERT INTO kept VALUES (?, ?)", (row, "x" * dice.randint(0, 3000)))
    connection.execute("COMMIT")
    return rows


def found_after(disk: Disk, folder: Path, cut: Cut, dice: random.Random) -> set[int]:
    """What SQLite reads when the power is back; sqlite3.DatabaseError when it is damaged."""
    folder.mkdir()
    disk.after_cut(folder, cut, dice)
    with closing(sqlite3.connect(folder / "responder.db")) as driver:
        if driver.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
        made = driver.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (1,)
        return {row for (row,) in driver.execute("SELECT number FROM kept")} if made else set()


def losses(tmp_path: Path, settings: tuple[str, ...], cut: Cut) -> int:
    """In how many of the trials something acknowledged was lost; nothing else may ever appear."""
    lost = 0
    for trial in range(TRIALS):
        dice = random.Random(random.random())
        before, after = tmp_path / f"{trial}-before", tmp_path / f"{trial}-after"
        before.mkdir()
        disk, acknowledged = live(before, settings, dice)
        kept = found_after(disk, after, cut, dice)
        assert 999999 not in kept
        lost += not acknowledged <= kept
    return lost


@CUTS
def test_no_acknowledged_row_is_lost_with_our_settings(tmp_path: Path, cut: Cut) -> None:
    assert losses(tmp_path, PRAGMAS, cut) == 0


@CUTS
def test_no_acknowledged_row_is_lost_while_the_log_is_folded_in(tmp_path: Path, cut: Cut) -> None:
    assert losses(tmp_path, (*PRAGMAS, "PRAGMA wal_autocheckpoint = 10"), cut) == 0


@CUTS
def test_this_test_can_fail(tmp_path: Path, cut: Cut) -> None:
    assert losses(tmp_path, (*PRAGMAS, "PRAGMA synchronous = NORMAL"), cut) > TRIALS // 2
