"""Do the migrations end where tables.py is, whatever happens on the way?"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Connection, Integer, Table, Text, insert, inspect, select, text

from responder.store.columns import Json, Moment
from responder.store.engine import open_engine
from responder.store.engines import Engines
from responder.store.migrate import VERSIONS, NewerSchema, Prepared, head, prepare, version
from responder.store.migrations.draft import changes
from responder.store.own_tables import meta
from responder.store.tables import incident, incident_event, metadata, outbox

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
HALF_WAY = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{previous}"


def upgrade():
    op.create_table("half", sa.Column("way", sa.Integer()))
    with op.batch_alter_table("intake") as intake:
        intake.add_column(sa.Column("more", sa.Text()))
    raise RuntimeError("half-way")
"""
REBUILD = """
from alembic import op

revision = "9000"
down_revision = "{previous}"


def upgrade():
    with op.batch_alter_table("incident") as incident:
        incident.alter_column("brand", new_column_name="house")
"""


def later(tmp_path: Path, text: str) -> Path:
    """The migrations of a later program: ours and one more."""
    versions = tmp_path / "later 100%"
    shutil.copytree(VERSIONS, versions, ignore=shutil.ignore_patterns("__pycache__"))
    (versions / "9000_later.py").write_text(text.format(previous=head()))
    return versions


def tables(tx: Connection) -> set[str]:
    return set(inspect(tx).get_table_names())


def columns(tx: Connection, table: str) -> set[str]:
    return {column["name"] for column in inspect(tx).get_columns(table)}


def differences(tx: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(tx), metadata))


@pytest.fixture
def engines(store_url: str) -> Iterator[Engines]:
    """An empty store, on both engines."""
    opened = open_engine(store_url)
    yield opened
    opened.close()


def test_an_empty_store_is_given_the_tables_of_today(engines: Engines) -> None:
    assert prepare(engines) == Prepared(head(), upgraded_from="")
    with engines.write.begin() as tx:
        assert version(tx) == head()
        assert tables(tx) == {*metadata.tables, "alembic_version"}
        assert differences(tx) == []


def test_a_store_of_today_is_left_alone(engines: Engines) -> None:
    prepare(engines)
    assert prepare(engines) == Prepared(head())


def test_the_comparison_sees_what_a_migration_forgot(engines: Engines) -> None:
    prepare(engines)
    with engines.write.begin() as tx:
        tx.execute(text("DROP INDEX uq_incident_open_key"))
        assert len(differences(tx)) == 1


def test_one_migration_follows_the_other() -> None:
    script = ScriptDirectory(str(VERSIONS.parent), version_locations=[str(VERSIONS)])
    assert script.get_heads() == [head()]
    numbers = sorted(path.name[:4] for path in VERSIONS.glob("*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert [step.revision for step in script.walk_revisions()] == numbers[::-1]


def test_migrations_never_look_at_the_tables_of_today() -> None:
    for path in VERSIONS.glob("*.py"):
        assert "responder" not in path.read_text(), path


def test_a_migration_that_fails_half_way_leaves_nothing(engines: Engines, tmp_path: Path) -> None:
    prepare(engines)
    with pytest.raises(RuntimeError, match="half-way"):
        prepare(engines, versions=later(tmp_path, HALF_WAY))
    with engines.write.begin() as tx:
        assert version(tx) == head()
        assert "half" not in tables(tx)
        assert "more" not in columns(tx, "intake")
        assert differences(tx) == []


def test_a_newer_store_is_refused_and_left_alone(engines: Engines, tmp_path: Path) -> None:
    prepare(engines, versions=later(tmp_path, REBUILD))
    with pytest.raises(NewerSchema, match=f"version 9000, and this program knows up to {head()}"):
        prepare(engines)
    with engines.write.begin() as tx:
        assert version(tx) == "9000"


def filled(table: Table) -> dict[str, object]:
    """Some value for every column."""
    some = {Integer: 1, Text: "x", Boolean: False, Moment: NOW, Json: []}
    return {column.name: some[type(column.type)] for column in table.columns}


def test_a_table_can_be_rebuilt_under_the_rows_that_refer_to_it(
    engines: Engines, tmp_path: Path
) -> None:
    prepare(engines)
    with engines.write.begin() as tx:
        tx.execute(insert(incident).values({**filled(incident), "parent": None}))
        tx.execute(insert(incident_event).values(filled(incident_event)))
    prepare(engines, versions=later(tmp_path, REBUILD))
    with engines.write.begin() as tx:
        assert "house" in columns(tx, "incident")
        assert tx.execute(text("SELECT count(*) FROM incident_event")).scalar_one() == 1


def test_a_sqlite_store_that_holds_something_is_copied_first(
    sqlite_url: str, tmp_path: Path
) -> None:
    engines = open_engine(sqlite_url)
    assert engines.path is not None
    prepare(engines)
    assert list(engines.path.parent.glob("*.before-*")) == [], "there was nothing to lose"
    with engines.write.begin() as tx:
        tx.execute(insert(meta).values(name="installation", value="abc"))
    prepare(engines, versions=later(tmp_path, REBUILD))
    engines.close()
    (kept,) = engines.path.parent.glob("*.before-*")
    assert kept.name == "responder.db.before-9000"
    copy = open_engine(f"sqlite:///{kept}")
    assert prepare(copy) == Prepared(head())
    with copy.write.begin() as tx:
        assert tx.execute(select(meta.c.value)).scalar_one() == "abc"
    copy.close()


def test_instances_that_start_together_migrate_one_after_the_other(postgres_url: str) -> None:
    members = [open_engine(postgres_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(prepare, members))
    assert {one.version for one in found} == {head()}
    for member in members:
        member.close()


def test_alembic_is_not_even_loaded_when_there_is_nothing_to_do(sqlite_url: str) -> None:
    engines = open_engine(sqlite_url)
    prepare(engines)
    engines.close()
    program = (
        "import sys; from responder.store.opening import open_store; open_store(sys.argv[1]);"
        " sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, sqlite_url], check=True)


def test_the_draft_of_a_next_migration_is_empty() -> None:
    assert changes() == "pass"


def test_what_waited_before_the_desk_came_waits_after_it(engines: Engines, tmp_path: Path) -> None:
    """0005 lets effects stand without an incident: on SQLite that builds the outbox anew."""
    before = tmp_path / "before"
    shutil.copytree(VERSIONS, before, ignore=shutil.ignore_patterns("__pycache__"))
    (before / "0005_desk.py").unlink()
    assert prepare(engines, versions=before).version == "0004"
    with engines.write.begin() as tx:
        tx.execute(insert(incident).values(filled(incident)))
        for number, state in enumerate(("due", "claimed", "dead", "done"), 1):
            row = filled(outbox) | {"id": number, "key": f"k{number}", "state": state}
            tx.execute(insert(outbox).values(row))
    assert prepare(engines) == Prepared(head(), upgraded_from="0004")
    with engines.write.begin() as tx:
        kept = tx.execute(select(outbox.c.key, outbox.c.state, outbox.c.incident))
        assert sorted(map(tuple, kept)) == [
            ("k1", "due", 1),
            ("k2", "claimed", 1),
            ("k3", "dead", 1),
            ("k4", "done", 1),
        ]
        row = filled(outbox) | {"id": 9, "key": "k9", "incident": None}
        tx.execute(insert(outbox).values(row))
        assert differences(tx) == []
