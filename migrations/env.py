"""How alembic meets our database: inside the transaction that `core.schema` has opened."""

import importlib
from typing import Any

from alembic import context
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from core.database import Base

TABLES = [
    *(f"core.{name}" for name in ("attempts", "idempotency", "jobs", "mail")),
    *(f"{name}.models" for name in ("accounts", "accounts.keys", "directory", "search", "care", "referrals")),
    "directory.hsds.places",
    "directory.duplicates.models",
    "directory.sources.models",
]


def render_type(kind: str, item: Any, autogenerate: Any) -> str | bool:
    """Write the stored type in place of our own ones: a migration must not change when our code does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if kind == "type" and isinstance(item, JSONB):
        # Alembic writes an argument of it without the import that it would need.
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return f"postgresql.JSONB(none_as_null={item.none_as_null})"
    return False


connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Use `litestar database upgrade` or `litestar database draft`, which open the database.")

for module in TABLES:
    importlib.import_module(module)

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=render_type,
    # SQLite alters a table by building it anew; the first migration has nothing to alter.
    render_as_batch=context.script.get_current_head() is not None,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
