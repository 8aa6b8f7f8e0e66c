"""Cleaning of what other people's files say: text without markup, web addresses, mail addresses, telephones."""

import html
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

import nh3
import phonenumbers

_BREAKS = re.compile(r"<\s*(?:br|/p|/li|/div|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_CELLS = re.compile(r"<\s*/(?:td|th|time|dt|span)\b[^<>]*>", re.IGNORECASE)
_BULLETS = re.compile(r"<\s*li\b[^<>]*>", re.IGNORECASE)
_ANGLED = re.compile(r"<((?:https?://|mailto:)[^<>\s]+|[^<>\s@/]+@[^<>\s]+)>")
_MARKERS = re.compile(r"#{2,}")
# Control characters, and marks that steer the direction of text: invisible, and able to make one word look like
# another. Zero-width characters break searching.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]"
)
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_TO_MEND = re.compile("[<&#\\\\\n\t\r\xa0\x00-\x1f\x7f-\x9f\u2000-\u206f\u3000\ufeff\ufffd]|  ")
_ESCAPED_BREAK = re.compile(r"(?:\\r)?\\n")

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)
_LONGEST_EMAIL = 500
_HOST = re.compile(r"(?:[\w-]+\.)+[A-Za-z][\w-]+(?::\d+)?")

#: A United States number in its usual spellings; everything else goes to the telephone library.
_PLAIN_US = re.compile(r"\s*(?:\+?1[\s.-]*)?\(?([2-9]\d{2})\)?[\s./-]*([2-9]\d{2})[\s.-]*(\d{4})\s*")


def clean_text(text: str) -> str:
    """Return `text` without markup, entities, control characters and markers; lines are kept, blanks are not.

    Markup that was escaped once is taken out as well. What remains is plain text, to be escaped where it is shown.
    """
    text = text.strip()
    if not _TO_MEND.search(text):
        return text
    if "&" in text or "<" in text:
        text = _without_markup(text)
    text = _ESCAPED_BREAK.sub("\n", text) if "\\" in text else text
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    text = _SPACES.sub(" ", _MARKERS.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in text.split("\n"))).strip()


def clean_line(text: str) -> str:
    """Return `text` cleaned and on one line, for names and the parts of an address."""
    cleaned = clean_text(text)
    return " ".join(cleaned.split()) if "\n" in cleaned else cleaned


def _without_markup(text: str) -> str:
    for _ in range(2):  # files that were exported twice are escaped twice
        if "&" not in text:
            break
        text = html.unescape(text)
    if "<" not in text:
        return text
    text = _ANGLED.sub(r"\1", text)
    text = _BULLETS.sub("\n- ", _BREAKS.sub("\n", _CELLS.sub(" ", text)))
    return html.unescape(nh3.clean(text, tags=set()))


def clean_url(text: str) -> str | None:
    """Return an http(s) address, completed where only the scheme is missing, or None for anything else."""
    text = clean_line(text)
    if not text or " " in text:
        return None
    lowered = text.lower()
    if not lowered.startswith(("http://", "https://")):
        if "@" in text or not _HOST.fullmatch(text.partition("/")[0].partition("?")[0]):
            return None
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.username is not None or not ("." in host or ":" in host):
        return None
    return text


def clean_email(text: str) -> str | None:
    """Return the mail address in `text`, or None when it holds none or several."""
    if len(text) > _LONGEST_EMAIL:
        return None
    found = _EMAIL.findall(clean_line(text).removeprefix("mailto:"))
    return found[0].rstrip(".") if len(set(found)) == 1 else None


class Telephone(NamedTuple):
    """A telephone number: as it is dialled from anywhere, and the extension that was written with it."""

    e164: str
    extension: str | None


@lru_cache(maxsize=4096)
def read_telephone(text: str, country: str = "US") -> Telephone | None:
    """Return the first number in `text` as it is dialled, or None when it names none that can be dialled."""
    plain = _PLAIN_US.fullmatch(text) if country == "US" else None
    if plain:
        return Telephone("+1" + "".join(plain.groups()), None)
    if sum(character.isdigit() for character in text) < 5:
        return None
    for match in phonenumbers.PhoneNumberMatcher(
        text[:200], country, leniency=phonenumbers.Leniency.POSSIBLE
    ):
        number = match.number
        return Telephone(
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), number.extension
        )
    return None


def normal(text: str | None) -> str:
    """Return `text` as it is compared: lower case, letters and digits only, one blank between words."""
    return " ".join(re.findall(r"\w+", (text or "").casefold().replace("'", "").replace("’", "")))


_ADDRESS_WORDS = {
    "street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "boulevard": "blvd", "lane": "ln", "court": "ct",
    "place": "pl", "highway": "hwy", "parkway": "pkwy", "square": "sq", "terrace": "ter", "suite": "ste",
    "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw",
    "southeast": "se", "southwest": "sw", "building": "bldg", "floor": "fl", "apartment": "apt",
}  # fmt: skip


def normal_address(text: str | None) -> str:
    """Return an address as it is compared: as `normal`, with the usual words in their postal abbreviation."""
    return " ".join(_ADDRESS_WORDS.get(word, word) for word in normal(text).split())
