"""Reading with as little around it as can be, for answers that are asked for hundreds of times a second.

Queries are written down in SQL once (`Prepared`), and what is read by them is worked through by a plain function in one
go, in one transaction. On SQLite that costs a tenth of the same reads through a session: one hop into a thread for all of
them instead of several for each, and nothing is worked out again that was known before. PostgreSQL answers over the
pool as ever.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from sqlalchemy import BindParameter, Connection, Select, bindparam
from sqlalchemy.dialects import sqlite

from core.database import NOTHING, Database

T = TypeVar("T")
Lists = Mapping[str, Sequence[Any]]

_SQLITE = sqlite.dialect(paramstyle="qmark")
_CACHE_KIB = 8_000


def one_of(name: str, width: int) -> BindParameter[Any]:
    """A list of at most `width` values that is told when the query is asked, for `column.in_`; empty it has nothing."""
    return bindparam(name, [None] * width, expanding=True)


class _Plan(NamedTuple):
    """A query as SQLite takes it."""

    sql: str
    places: tuple[tuple[str, Any], ...]
    """What stands in each place of it: the n-th value of a list, or without a list always the same value."""
    row: Callable[[Any], Any]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]


class Prepared:
    """A query that is asked again and again with other values of its lists (`one_of`).

    Its other values are texts, numbers or truth values. The columns of a row are its attributes.
    """

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        self.query = query
        self._lists: dict[str, tuple[int, Callable[[Any], Any]]] = {}
        self._plan: _Plan | None = None

    def read(self, connection: sqlite3.Connection, lists: Lists) -> list[Any]:
        """Read the rows from SQLite."""
        plan = self._plan = self._plan or self._written_down()
        filled = {name: self._filled(name, values) for name, values in lists.items()}
        given = [filled[name][value] if name else value for name, value in plan.places]
        rows = []
        for cells in connection.execute(plan.sql, given):
            if plan.converters:
                cells = list(cells)
                for at, convert in plan.converters:
                    if cells[at] is not None:
                        cells[at] = convert(cells[at])
            rows.append(plan.row(cells))
        return rows

    def _filled(self, name: str, values: Sequence[Any]) -> list[Any]:
        """A value for each place: the last one again and again, and for an empty list NULL, which nothing equals."""
        width, bind = self._lists[name]
        if len(values) > width:
            raise ValueError(f"{name} has more than {width} values")
        bound = [bind(value) for value in values]
        return bound + [bound[-1] if bound else None] * (width - len(bound))

    def _written_down(self) -> _Plan:
        written = self.query.compile(dialect=_SQLITE, compile_kwargs={"render_postcompile": True})
        for name, one in written.binds.items():
            if one.expanding and not one.unique:
                bind = one.type.dialect_impl(_SQLITE).bind_processor(_SQLITE)
                self._lists[name] = (len(one.effective_value or ()), bind or _as_it_is)
        named = {
            f"{name}_{n + 1}": (name, n) for name, (width, _) in self._lists.items() for n in range(width)
        }
        values = written.params
        columns = self.query.selected_columns
        converters = (one.type.dialect_impl(_SQLITE).result_processor(_SQLITE, None) for one in columns)
        return _Plan(
            written.string,
            tuple(named.get(place) or ("", values[place]) for place in written.positiontup or ()),
            _row_of([str(one.key) for one in columns]),
            tuple((at, convert) for at, convert in enumerate(converters) if convert),
        )


def _row_of(names: list[str]) -> Callable[[Any], Any]:
    row: Any = namedtuple("Row", names)  # type: ignore[misc]
    make: Callable[[Any], Any] = row._make
    return make


def _as_it_is(value: Any) -> Any:
    return value


Ask = Callable[..., Sequence[Any]]
"""Reads the rows of a `Prepared`, given the values of each of its lists by name."""


class Reader:
    """Reads what everybody may see; one per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        path, _, options = database.url.partition("///")[2].partition("?")
        self._path = path if database.dialect == "sqlite" and not options and path != ":memory:" else ""
        self._idle: list[sqlite3.Connection] = []

    async def read(self, work: Callable[[Ask], T]) -> T:
        """Return what `work` makes of the rows it asks for, all of them of one and the same moment.

        It runs in a thread on SQLite, and must not wait for anything but its rows.
        """
        if self._path:
            return await asyncio.to_thread(self._read_file, work)
        async with self._database.transaction(write=False, sees=NOTHING) as db:
            connection = await db.connection()
            return await connection.run_sync(lambda held: work(_asking(held)))

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _read_file(self, work: Callable[[Ask], T]) -> T:
        connection = self._idle.pop() if self._idle else self._connect()
        try:
            connection.execute("BEGIN")
            result = work(lambda prepared, **lists: prepared.read(connection, lists))
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return result

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(self._path)}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        for pragma in (
            "busy_timeout=30000",
            "trusted_schema=OFF",
            f"cache_size=-{_CACHE_KIB}",
            "query_only=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def _asking(connection: Connection) -> Ask:
    def ask(prepared: Prepared, **lists: Sequence[Any]) -> Sequence[Any]:
        return connection.execute(
            prepared.query, {name: list(values) for name, values in lists.items()}
        ).all()

    return ask
