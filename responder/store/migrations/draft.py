"""Drafts the next migration from tables.py, for developers; migrate.py says how."""

import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from sqlalchemy.types import TypeDecorator

from responder.store.engine import open_engine
from responder.store.migrate import VERSIONS, head, prepare
from responder.store.tables import metadata

FRAME = '''"""{caption}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {previous}


def upgrade() -> None:
    """Frozen: tables.py goes on, this file does not."""
    {body}
'''


def draft(name: str) -> Path:
    """Write versions/NNNN_NAME.py: what the tables have become since the last migration."""
    previous = head()
    revision = f"{int(previous or 0) + 1:04}"
    path = VERSIONS / f"{revision}_{name}.py"
    path.write_text(
        FRAME.format(
            caption=f"{name.replace('_', ' ').capitalize()}.",
            revision=revision,
            previous=f'"{previous}"' if previous else None,
            body=changes(),
        ),
        encoding="utf-8",
    )
    return path


def changes() -> str:
    """The code of the step from the migrations so far to tables.py; "pass" when there is none."""
    with tempfile.TemporaryDirectory() as folder:
        engines = open_engine("sqlite:///draft.db", beside=Path(folder))
        try:
            prepare(engines)
            with engines.write.connect() as tx:
                context = MigrationContext.configure(tx)
                operations = produce_migrations(context, metadata).upgrade_ops
        finally:
            engines.close()
    if operations is None:
        raise RuntimeError("Alembic compared nothing")
    code = render_python_code(
        operations, render_as_batch=True, render_item=_frozen, migration_context=context
    )
    return "\n".join(line for line in code.splitlines() if "# ###" not in line).strip()


def _frozen(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Our own column types as what the database keeps: they may change, the migration may not."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{type(item.impl_instance).__name__}()"
    return False


if __name__ == "__main__":
    sys.stdout.write(f"{draft(sys.argv[1])}: read it, correct it, then run the tests\n")
