"""The rules of the house that a reader cannot see in one file: who may import whom, and words with one home."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

# Each room may import itself and the rooms before it.
ROOMS = ["core", "accounts", "directory", "search", "care", "referrals", "app"]


def room_of(module: str) -> str:
    return module.partition(".")[0]


def sources() -> list[Path]:
    folders = (ROOT / room for room in ROOMS if room != "app")
    return sorted([*(path for folder in folders for path in folder.rglob("*.py")), *ROOT.glob("app.py")])


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module


def arrows_that_run_back(room: str, source: str) -> list[str]:
    """Return the imports in `source`, a module of `room`, that run against the order of the rooms."""
    later = [*ROOMS[ROOMS.index(room) + 1 :], "tests", "bench", *(["seeds"] if room != "app" else [])]
    return [f"line {line}: {name}" for line, name in imports(ast.parse(source)) if room_of(name) in later]


def calls(source: str, names: set[str]) -> list[int]:
    """Return the lines of `source` where a function or method of one of `names` is called."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) in names
    ]


def comments(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield f"line {token.start[0]}: {token.string}"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def broken(rule: Callable[[str, str], Iterable[object]]) -> list[str]:
    """Return where `rule`, which takes a module's name and source and gives its faults, is broken."""
    return [
        f"{name_of(path)}: {fault}" for path in sources() for fault in rule(name_of(path), path.read_text())
    ]


def test_imports_run_one_way():
    assert broken(lambda name, source: arrows_that_run_back(re.split(r"[/.]", name)[0], source)) == []


def test_only_the_database_commits():
    # The embedded engine commits its own files, which can be built again from the database.
    homes = ("core/database.py", "search/engines/embedded/")
    assert broken(lambda name, source: [] if name.startswith(homes) else calls(source, {"commit"})) == []


def test_only_the_clock_knows_the_time():
    clocks = re.compile(r"\b(?:datetime|date)\.(?:now|today|utcnow|utcfromtimestamp)\(|\btime\.time\(")
    assert broken(lambda name, source: [] if name == "core/clock.py" else clocks.findall(source)) == []


def test_comments_promise_nothing():
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert broken(lambda _name, source: [c for c in comments(source) if unfinished.search(c)]) == []


def test_rows_are_never_made_from_a_request_as_a_whole():
    """`Model(**form)` lets a request set any column; fields are assigned by name."""

    def stars(_name: str, source: str) -> list[int]:
        return [
            node.lineno
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call)
            and any(word.arg is None and "form" in ast.unparse(word.value) for word in node.keywords)
        ]

    assert broken(stars) == []


def test_an_arrow_that_runs_back_is_seen():
    assert arrows_that_run_back("directory", "from referrals.models import Referral") == [
        "line 1: referrals.models"
    ]
    assert arrows_that_run_back("core", "def f():\n    import app") == ["line 2: app"]
    assert arrows_that_run_back("referrals", "from core import web\nfrom care import queries") == []


def test_search_never_learns_who_a_client_is():
    """The public half is handed a place, an age and needs; it has no word for a client's name or id."""
    forbidden = re.compile(r"\b(client_id|given_name|family_name|birth_date|ssn)\b")
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] == "search"
        for match in [forbidden.search(path.read_text())]
        if match
    ]
    assert found == []


def test_no_template_has_inline_script_or_style():
    # A block of data is no script: nothing runs it.
    inline = re.compile(
        r"<style|<script(?![^>]*(?:\bsrc=|type=\"application/ld\+json\"))|\sstyle=|\son[a-z]+=|\bhx-on",
        re.IGNORECASE,
    )
    found = [
        f"{name_of(path)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if inline.search(line)
    ]
    assert found == []


def test_posting_forms_carry_their_guard():
    form = re.compile(r'<form\b[^>]*\bmethod="post".*?</form>', re.IGNORECASE | re.DOTALL)
    found = [
        f"{name_of(path)}: {match.group()[:80]}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for match in form.finditer(path.read_text())
        if "form_guard()" not in match.group()
    ]
    assert found == []
