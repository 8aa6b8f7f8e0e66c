"""Files that are broken or mean harm: one sentence that says why, and a database as it was."""

import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import func, select

from core.database import Database
from core.jobs import Job
from directory.importing import ImportOptions, ImportRefused, archives, import_directory
from directory.models import HSDS_TABLES, Service
from tests.support.packages import MODERN, package, table, zipped

SERVICES = table(MODERN["services"])


def text_file(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


def with_file(name: str, content: bytes) -> Callable[[Path], Path]:
    """A good package in which one file is bad; it is the last one, so that all others were read before."""

    def write(folder: Path) -> Path:
        path = package(folder)
        (path / name).write_bytes(content)
        return path

    return write


def truncated(folder: Path) -> Path:
    path = zipped(folder, {f"{stem}.csv": table(rows) for stem, rows in MODERN.items()})
    path.write_bytes(path.read_bytes()[:-200])
    return path


def damaged_inside(folder: Path) -> Path:
    path = zipped(folder, {"services.csv": SERVICES * 50, "phones.csv": table(MODERN["phones"])})
    content = bytearray(path.read_bytes())
    content[60:90] = b"\x00" * 30
    path.write_bytes(bytes(content))
    return path


def linked(folder: Path) -> Path:
    path = folder / "linked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("services.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return path


def bomb(folder: Path) -> Path:
    return zipped(folder, {"services.csv": "id,name\n" + "0" * 20_000_000, "phones.csv": "id\n"})


def crowd(folder: Path) -> Path:
    return zipped(folder, {f"{number}.csv": "id\n1\n" for number in range(archives.MAX_ENTRIES + 1)})


def sparse(folder: Path) -> Path:
    """One cell of 300 MB, of which the disk holds nothing: the file has a hole."""
    path = folder / "long.csv"
    with path.open("wb") as stream:
        stream.write(b'name\n"')
        stream.seek(300 * 1024**2)
        stream.write(b'"\n')
    return path


def multitude(folder: Path) -> Path:
    return zipped(folder, {f"{number}.csv": "" for number in range(65_536)})


def endless_list(folder: Path) -> Path:
    """An archive that says in its last lines that its list of entries takes 3 GB."""
    path = zipped(folder, {"services.csv": SERVICES})
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x05\x06")
    struct.pack_into("<L", content, at + 12, 3 * 1024**3)
    path.write_bytes(bytes(content))
    return path


def doubled(folder: Path) -> Path:
    path = folder / "doubled.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("services.csv", SERVICES)
        archive.writestr("services.csv", "id,name\n1,Other\n")
    return path


def overlapping(folder: Path) -> Path:
    """Two entries of which the second points at the bytes of the first, as zip bombs do."""
    path = zipped(folder, {"services.csv": SERVICES, "phones.csv": table(MODERN["phones"])})
    content = bytearray(path.read_bytes())
    second = content.rfind(b"PK\x01\x02")
    struct.pack_into("<L", content, second + 42, 0)
    path.write_bytes(bytes(content))
    return path


def lying(folder: Path) -> Path:
    """An entry of 30 MB that says it is of a few bytes."""
    path = zipped(folder, {"services.csv": "id,name\n" + "1,Food\n" * 4_000_000})
    content = bytearray(path.read_bytes())
    struct.pack_into("<L", content, content.rfind(b"PK\x01\x02") + 24, 100)
    struct.pack_into("<L", content, 22, 100)
    path.write_bytes(bytes(content))
    return path


def nested(folder: Path) -> Path:
    inner = zipped(folder, {"services.csv": SERVICES}, "inner.zip").read_bytes()
    return zipped(folder, {"inner.zip": inner})


def linked_folder(folder: Path) -> Path:
    path = package(folder)
    (path / "urls.csv").symlink_to("/etc/passwd")
    return path


def with_descriptor(text: str) -> Callable[[Path], Path]:
    return lambda folder: zipped(folder, {"services.csv": SERVICES, "datapackage.json": text})


ESCAPE = json.dumps({"resources": [{"name": "services", "path": "../../etc/passwd"}]})

BAD: list[tuple[str, Callable[[Path], Path], str]] = [
    ("nothing there", lambda folder: folder / "missing.csv", "does not exist"),
    ("empty file", text_file("services.csv", b""), "is empty"),
    ("only a header", text_file("services.csv", b"name,phone\n"), "No row"),
    ("only blank lines", text_file("services.csv", b"\n\n\n"), "first line has to name the columns"),
    ("UTF-16 cut off", text_file("services.csv", SERVICES.encode("utf-16")[:-1]), "begins as UTF-16"),
    ("UTF-16 without its mark", text_file("services.csv", SERVICES.encode("utf-16-le")), "NUL bytes"),
    ("UTF-32", text_file("services.csv", SERVICES.encode("utf-32")), "NUL bytes"),
    ("neither UTF-8 nor Windows-1252", text_file("services.csv", b"name\nCaf\x81\n"), "line 2: byte 0x81 is neither"),
    ("the same in a package", with_file("urls.csv", b"id,label\n1,\x81\n"), "urls.csv, line 2"),
    ("NUL bytes", text_file("services.csv", b"name\nFood\0\n"), "line 2: NUL bytes"),
    ("quotation mark missing", text_file("services.csv", b'name\n"' + b"x" * 1_200_000), "more than a million"),
    ("picture", text_file("services.csv", b"\x89PNG\r\n\x1a\n\xff\xfe"), "is no table"),
    ("old workbook", text_file("services.xls", b"\xd0\xcf\x11\xe0"), "save it as .xlsx"),
    ("workbook under a password", text_file("services.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600), "save it as .xlsx"),
    ("OpenDocument", lambda folder: zipped(folder, {"content.xml": "<a/>"}, "book.ods"), "save it as .xlsx"),
    ("no workbook", text_file("services.xlsx", b"name\nFood\n"), "is no workbook"),
    ("a million columns", text_file("wide.csv", b"name" + b",a" * 1_000_000 + b"\nFood\n"), "names 1000001 columns"),
    ("a row of a million cells", text_file("wide.csv", b"name\nFood" + b",a" * 1_000_000), "No row"),
    ("a field of 300 MB", sparse, "more than 16 MB"),
    ("JSON that says nothing", text_file("services.json", b"{}"), "No row"),
    ("no zip", text_file("package.zip", b"PK\x03\x04 nothing of the kind"), "not a whole zip archive"),
    ("truncated zip", truncated, "not a whole zip archive"),
    ("damaged zip", damaged_inside, "not a whole zip archive"),
    ("parent path", lambda folder: zipped(folder, {"../services.csv": SERVICES}), "points outside"),
    ("parent path, turned", lambda folder: zipped(folder, {"a\\..\\..\\services.csv": SERVICES}), "points outside"),
    ("absolute path", lambda folder: zipped(folder, {"/etc/services.csv": SERVICES}), "points outside"),
    ("drive", lambda folder: zipped(folder, {"C:/services.csv": SERVICES}), "points outside"),
    ("link", linked, "holds a link"),
    ("bomb", bomb, "far more than it says"),
    ("too many entries", crowd, "entries"),
    ("65,536 entries", multitude, "holds 65536 entries"),
    ("a list of entries without end", endless_list, "more than 1000 are not read"),
    ("two entries of one name", doubled, "two entries of one name"),
    ("entries over each other", overlapping, "lie over each other"),
    ("an entry longer than it says", lying, "not a whole zip archive"),
    ("an archive in an archive", nested, "an archive in an archive"),
    ("a workbook in an archive", lambda folder: zipped(folder, {"book.xlsx": b"PK"}), "imported by itself"),
    ("a link in a folder", linked_folder, "holds a link"),
    ("nothing of use in the archive", lambda folder: zipped(folder, {"readme.md": "hello"}), "no CSV"),
    ("descriptor is no JSON", with_descriptor("{"), "not a data package descriptor"),
    ("descriptor points out", with_descriptor(ESCAPE), "outside the package"),
    ("empty folder", lambda folder: (folder / "empty").mkdir() or folder / "empty", "no CSV"),  # type: ignore[func-returns-value]
    ("lines that are no JSON", text_file("rows.ndjson", b"[1]\nnot json\n\"x\"\n"), "No row"),
    ("deep JSON", text_file("rows.ndjson", b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"), "No row"),
]  # fmt: skip


async def counts(database: Database) -> dict[str, int | None]:
    async with database.transaction(write=False) as db:
        tables = HSDS_TABLES | {"job": Job}
        return {
            name: await db.scalar(select(func.count()).select_from(model)) for name, model in tables.items()
        }


@pytest.mark.parametrize(("write", "reason"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
@pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # refused before any database is written to
async def test_refused_in_one_line(
    database: Database, tmp_path: Path, write: Callable[[Path], Path], reason: str
) -> None:
    before = await counts(database)
    with pytest.raises(ImportRefused) as refused:
        await import_directory(database, write(tmp_path), ImportOptions())
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith((".", "?"))
    assert await counts(database) == before


async def test_failure_while_writing_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("directory.importing.write.enqueue_many", broken)
    before = await counts(database)
    with pytest.raises(OSError, match="disk full"):
        await import_directory(database, package(tmp_path), ImportOptions())
    assert await counts(database) == before


async def test_refused_import_leaves_a_report(database: Database, tmp_path: Path) -> None:
    path = with_file("urls.csv", b"id,url\n\x81,\n")(tmp_path)
    report = tmp_path / "report.json"
    with pytest.raises(ImportRefused):
        await import_directory(database, path, ImportOptions(report=report))
    told = json.loads(report.read_text())
    assert told["remarks"] == [
        "Nothing was changed: urls.csv, line 2: byte 0x81 is neither UTF-8 nor Windows-1252; save the file as UTF-8."
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "is wrong"),
        ('name = "x"\n[fields]\nphone = "tel"', "which column holds the name"),
        ('name = "x"\n[fields]\nname = "n"\nfavourite = "c"', "favourite"),
        ('name = "x"\n[fields]\nname = "n"\n[[move]]\nfrom = "a"\nmatches = "("\nto = "b"', "pattern"),
        ('name = "x"\ncolour = 1\n[fields]\nname = "n"', "colour"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_wrong_mapping_is_refused(database: Database, tmp_path: Path, text: str, reason: str) -> None:
    mapping, listings = tmp_path / "mapping.toml", tmp_path / "listings.csv"
    mapping.write_text(text)
    listings.write_text("name\nFood\n")
    with pytest.raises(ImportRefused, match=reason):
        await import_directory(database, listings, ImportOptions(mapping=mapping))


async def test_what_cells_hold_is_only_text(database: Database, tmp_path: Path) -> None:
    """Scripts, control characters and formulas in cells harm nobody: they are told, cleaned or kept as text."""
    name = "Pantry\u202e\u200b <script>alert(1)</script>&lt;img src=x onerror=alert(1)&gt;"
    row = {
        "name": name,
        "website": "javascript:alert(1)",
        "email": "not a mail",
        "phone": "=1+1",
        "zip": "x' OR 1=1",
    }
    path = tmp_path / "listings.csv"
    path.write_text(table([row]), encoding="utf-8")
    report = await import_directory(database, path, ImportOptions())
    assert report.total("repaired") == 1
    async with database.transaction(write=False) as db:
        (found,) = await db.scalars(select(Service).where(Service.source == "spreadsheet"))
    assert found.name == "Pantry"
    assert found.url is None
    assert (found.extra or {})["website"] == "javascript:alert(1)"


@pytest.mark.parametrize("filling", ["a", "<br", "<a@", " ", "1", "&amp;", "\\n", "(", "9 am "])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_huge_cells_take_no_long_time(database: Database, tmp_path: Path, filling: str) -> None:
    cell = (filling * 1_000_000)[:900_000]
    names = (
        "description",
        "email",
        "phone",
        "address",
        "hours",
        "zip",
        "website",
        "last verified",
        "latitude",
        "min age",
    )
    path = tmp_path / "listings.csv"
    path.write_text(table([{"name": "Pantry"} | dict.fromkeys(names, cell)]), encoding="utf-8")
    started = perf_counter()
    await import_directory(database, path, ImportOptions(dry_run=True))
    assert perf_counter() - started < 20
