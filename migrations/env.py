"""How alembic meets our database: inside the transaction that `core.schema` has opened, or on a new one."""

from alembic import context

import app  # noqa: F401  importing the app imports every table
from core.database import Base

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Use `litestar database upgrade` (or `make migration`), which open the database.")

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite alters a table by building it anew; on PostgreSQL this makes no difference.
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
