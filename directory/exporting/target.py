"""Where an export goes: written beside its place and moved there when whole, so that nobody finds half of it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ExportRefused(Exception):
    """Nothing can be exported to this place; the message is one sentence that says why."""


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path` that becomes `path`, in place of what is there, when the block ends well."""
    if path.is_dir():
        raise ExportRefused(f"{path} is a folder.")
    _check_parent(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        _settle(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path` that becomes `path` when the block ends well.

    What is there is replaced if it is empty or an earlier package, and nothing else ever is.
    """
    if path.exists() and not _may_replace(path):
        raise ExportRefused(f"{path} exists and is no exported package; nothing was changed.")
    _check_parent(path)
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        for file in part.iterdir():
            _settle(file)
        if path.exists():
            old = part.with_suffix(".old")
            path.rename(old)
            part.rename(path)
            shutil.rmtree(old)
        else:
            part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _may_replace(path: Path) -> bool:
    if path.is_symlink() or not path.is_dir():
        return False
    names = {file.name for file in path.iterdir()}
    return not names or "datapackage.json" in names and all(_is_ours(name) for name in names)


def _is_ours(name: str) -> bool:
    return name == "datapackage.json" or name.endswith(".csv")


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise ExportRefused(f"The folder {path.parent} does not exist.")


def _settle(path: Path) -> None:
    """Have the disk hold the file before it gets its name: a name is durable sooner than what is under it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
