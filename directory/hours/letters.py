"""Text of opening hours as letters: without markup, with one kind of dash and of blank, and without accents."""

import html
import re
import unicodedata
from functools import lru_cache

_TAG_BREAK = re.compile(r"<\s*(?:br|/tr|/p|/li|/div)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_PUNCTUATION = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "‐": "-",
        "‑": "-",
        "−": "-",
        "•": "\n",
        "·": "\n",
        "|": "\n",
        "’": "'",
        "‘": "'",
        "@": " ",
    }
)


def plain(text: str) -> str:
    """Return `text` without markup: tags and entities resolved, dashes alike, blanks single, line ends kept."""
    text = html.unescape(html.unescape(text))
    text = _TAG.sub(" ", _TAG_BREAK.sub("\n", text))
    # Some exports carry the two characters backslash and n for a line end.
    text = text.replace("\\n", "\n").replace("\\r", "\n").replace("\r", "\n").translate(_PUNCTUATION)
    text = "".join(c if c == "\n" or (c.isprintable() and not c.isspace()) else " " for c in text)
    return re.sub(r" *\n[ \n]*", "\n", re.sub(" +", " ", text)).strip()


@lru_cache(maxsize=4096)
def _bare_letter(character: str) -> str:
    base = unicodedata.normalize("NFKD", character)[0].lower()
    return base if len(base) == 1 else character


def folded(text: str) -> str:
    """Return `text` in lower case without accents, as long as before, so that positions stay the same."""
    return "".join(map(_bare_letter, text))
