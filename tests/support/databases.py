"""How a test database comes to have its tables."""

import importlib
from pathlib import Path

from core import schema
from core.database import Base, Database

ROOT = Path(__file__).parent.parent.parent


async def build(url: str) -> None:
    """Give the empty database at `url` the newest schema."""
    if schema.newest():
        await schema.upgrade(url)
        return
    for path in [*ROOT.glob("*/models.py"), *ROOT.glob("*/models/__init__.py")]:
        importlib.import_module(
            ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        )
    for module in ("attempts", "idempotency", "jobs", "mail"):
        if (ROOT / "core" / f"{module}.py").exists() or (ROOT / "core" / module).is_dir():
            importlib.import_module(f"core.{module}")
    database = Database(url)
    async with database.transaction() as db:
        await (await db.connection()).run_sync(Base.metadata.create_all)
    await database.dispose()
