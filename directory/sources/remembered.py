"""Pages that every pull asks for in the same words: a source that knows they are as they were need not send them."""

import sqlite3
from pathlib import Path

from core.outbound import Answer

MOST_BYTES = 512 * 1024
"""A page that is longer is not remembered."""


class Remembered:
    """The pages of one source in the file at `path`. Losing it costs nothing but that they are sent again."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False, timeout=5)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS page (url TEXT PRIMARY KEY, etag TEXT, modified TEXT, body BLOB)"
        )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def asking(self, url: str) -> dict[str, str]:
        """Return the headers by which the page is only sent if it is not as it was."""
        row = self._db.execute("SELECT etag, modified FROM page WHERE url = ?", (url,)).fetchone()
        if row is None:
            return {}
        return {"If-None-Match": row[0]} if row[0] else {"If-Modified-Since": row[1]}

    def answer(self, url: str, answer: Answer) -> Answer:
        """Return what the page says, which is what it said where the server says so; remember it for the next pull."""
        if answer.status == 304:
            row = self._db.execute("SELECT body FROM page WHERE url = ?", (url,)).fetchone()
            return Answer(200, {"content-type": "application/json"}, bytes(row[0])) if row else answer
        etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        if answer.status == 200 and (etag or modified) and len(answer.body) <= MOST_BYTES:
            self._db.execute(
                "INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?)",
                (url, etag[:500], modified[:100], answer.body),
            )
        else:
            self._db.execute("DELETE FROM page WHERE url = ?", (url,))
        return answer
