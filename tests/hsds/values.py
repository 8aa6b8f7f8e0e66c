"""Values of every kind that HSDS knows, the strange ones among them.

All of them are made from one thing, `pick(n)`, which gives a whole number from 0 to below n: from hypothesis, which makes
a failing one smaller, or from `random`, which is faster. What is simplest is picked by 0.
"""

from collections.abc import Callable
from typing import Any

Pick = Callable[[int], int]

PLAIN = (
    "Hot supper", "", "Open to everyone", "Bring a photo ID", "Harbor Table", "Call first", "Bilingüe",
    "(698) 555-0101", "Monday to Friday, 9 am to 5 pm", "Free", "69812", "NE", "US", "en", "18",
)  # fmt: skip

HOSTILE = (
    " ", "   ", "\t", "\n", " led by a blank", "ended by one ", "two  blanks", "line\nfeed", "dos\r\nlines",
    "old mac\rline", "<b>bold</b> &amp; <script>alert(1)</script>", "&lt;p&gt;", "a < b > c & d", "]]>",
    "<!--", "{{ 7 * 7 }}", "%(n)s", "${x}", '"', "'", "''", '"quoted", with a comma', "a;b,c|d", "back\\slash",
    "\\n", "\\u0041", "\\N", "/", "../../etc/passwd", "'; DROP TABLE service; --", "%", "_", "*", "?", "null",
    "NULL", "None", "true", "False", "NaN", "Infinity", "-", "N/A", "=1+1", "+1", "-1", "@SUM(A1)",
    "=HYPERLINK(A1)", "\t=1+1", "'=1", "0012", "1e5", "1.0", "12,5", "0x1F", "2026-03-01", "3/1/2026", "MAR1",
    "9:00", "1-2", "[]", "{}", '["a"]', '{"a": 1}', "###", "# heading", "* item", "`code`", "مرحبا بالعالم",
    "שלום", "left \u202eright\u202c left", "\u200f", "\u200b", "zero\u200bwidth", "soft\u00adhyphen",
    "\ufeffmark", "日本語のサービス", "e\u0301", "é", "ﬁ", "İstanbul", "ß", "ΑΣ", "𝔘𝔫𝔦",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f3f3\ufe0f\u200d\U0001f308", "🦺" * 40, "\U0010fffd",
    "\x00", "nul\x00inside", "\x01", "\x0b\x0c", "\x1b[31m", "\x1f", "\x7f", "\x85", "\xa0", "\u2028",
    "\u2029", "\ufffd", "\uffff", "x" * 300, "word " * 500, "é" * 9_000,
)  # fmt: skip

URIS = (
    "https://harbor.example/help", "http://harbor.example", "https://harbor.example/",
    "HTTPS://Harbor.Example/Help?x=1&y=%20#top", "https://harbor.example:8443/a//b/../c",
    "http://[2001:db8::1]/", "https://ann:pw@harbor.example/", "ftp://files.harbor.example/x",
    "mailto:desk@harbor.example", "tel:+1-698-555-0101", "urn:isbn:9780000000002", "javascript:alert(1)",
    "data:text/plain,hi", "https://xn--bcher-kva.example/", "https://harbor.example/" + "a" * 3_000,
    "geo:42.05,-101.4", "http://localhost/", "x:",
)  # fmt: skip

EMAILS = (
    "desk@harbor.example", "Desk@Harbor.Example", "o'neil+help@harbor.example", '"the desk"@harbor.example',
    "a@b", "desk@harbor", "Desk <desk@harbor.example>", "mailto:desk@harbor.example",
    "a@x.example, b@x.example", "@", "é@harbor.example",
)  # fmt: skip

MOMENTS = (
    "2026-03-15T10:30:45.123Z", "2026-03-15T10:30:45Z", "2026-03-15T10:30:45+05:30",
    "2026-03-15T23:59:59.999999-08:00", "2026-03-15T10:30:45.123456789Z", "1969-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-02-29T00:00:00-00:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00", "2026-03-15T10:30:45.1+00:00",
)  # fmt: skip

DATES = (
    "2026-03-01", "2024-02-29", "2023-02-29", "0001-01-01", "9999-12-31", "10000-01-01", "20260301",
    "2026-3-1", "3/1/2026", "2026-03-01T10:00:00Z", "2026", "next Tuesday", "2026-W09-7", "1 March 2026",
)  # fmt: skip

TIMES = (
    "09:00", "17:30:00", "09:00Z", "09:00:00-05:00", "00:00", "24:00", "24:30", "9 am", "noon", "09:00:30",
    "09:00:00.5", "9", "25:00",
)  # fmt: skip

DAYS = ("MO", "MO,TU,WE", "1MO,-1FR", "mo, tu", "Monday", "1", "1,15,-1", "-1", "366", "", "XX", "5MO")

NUMBERS = (
    0, 1, 18, 65.0, 2.5, -1, 42.05, -101.4, 0.1, 0.30000000000000004, 100, -0.0, 1e-7, 5e-324, 123456.789, 90,
    -180, 90.0000001, 1e10, 2**31, -(2**31) - 1, 2**53 - 1, 2**53, -(2**53), 9007199254740991.0,
    4503599627370495.5,
)  # fmt: skip

_RANGES = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x6FF), (0x900, 0x97F), (0x2000, 0x206F), (0x4E00, 0x4EFF), (0xE000,
    0xE0FF), (0xFE00, 0xFE0F), (0xFFF0, 0xFFFF), (0x1F300, 0x1F6FF), (0x1FFF0, 0x1FFFF), (0x00, 0x1F),
)  # fmt: skip

EXTENSIONS = (
    "color", "x-note", "acme:rating", "Name", "ünïcode", "with blank", "$ref", "", "__proto__", "a.b", "a[0]",
    "source", "source_id", "extra", "checksum", "given", "corrected", "capacity", "e164", "imported_from",
    "verified_on", "version", "owner", "_id", "table", "latitude_given", "score", "distance", "self", "id_",
    "ID", "constructor", "phone", "parent", "is_public",
)  # fmt: skip
"""Names of fields that the standard does not know, many of them names of something else in a program."""


def one_of(pick: Pick, choices: tuple[Any, ...]) -> Any:
    """Return one of `choices`."""
    return choices[pick(len(choices))]


def text(pick: Pick) -> str:
    """Return any text: usual, hostile, or of any characters."""
    kind = pick(8)
    if kind < 4:
        return str(one_of(pick, PLAIN))
    if kind < 7:
        return str(one_of(pick, HOSTILE))
    return "".join(_character(pick) for _ in range(pick(9)))


def _character(pick: Pick) -> str:
    first, last = one_of(pick, _RANGES)
    return chr(first + pick(last - first + 1))


def number(pick: Pick) -> int | float:
    """Return a finite number whose distance from zero is at most 2**53."""
    kind = pick(4)
    if kind < 2:
        return int(one_of(pick, NUMBERS)) if kind == 0 else one_of(pick, NUMBERS)
    return pick(120) if kind == 2 else (pick(2_000_000) - 1_000_000) / one_of(pick, (1, 10, 1000, 7))


def formatted(pick: Pick, form: str) -> str:
    """Return text of a format of JSON Schema, or of a data package's date and time.

    Those last are formats of tables alone: in JSON they may be any text, and sometimes are.
    """
    if form in {"date", "time"} and pick(8) == 7:
        return text(pick)
    pools = {
        "uri": URIS,
        "email": EMAILS,
        "date-time": MOMENTS,
        "datetime": MOMENTS,
        "date": DATES,
        "time": TIMES,
    }
    return str(one_of(pick, pools[form]))


def anything(pick: Pick, depth: int = 0) -> Any:
    """Return any JSON: what a field may hold that the standard does not know."""
    kind = pick(8 if depth < 3 else 6)
    if kind < 6:
        return (text, number, lambda _pick: None, lambda _pick: True, lambda _pick: False, text)[kind](pick)
    if kind == 6:
        return [anything(pick, depth + 1) for _ in range(pick(4))]
    return {one_of(pick, (*EXTENSIONS, *HOSTILE[:60])): anything(pick, depth + 1) for _ in range(pick(4))}
