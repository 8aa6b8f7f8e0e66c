"""Languages of the pages: catalogs read from core/locales/*.po, the language of a request in a context variable."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES_DIR = Path(__file__).parent / "locales"
#: Languages the pages can be read in, each by the name its speakers use.
LANGUAGES = {"en": "English", "es": "Español"}
DEFAULT = "en"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def N_(message: str) -> str:  # the usual name of this marker
    """Mark a constant for translation where it is written; translate it with `gettext` where it is shown."""
    return message


@lru_cache
def translations(language: str) -> NullTranslations:
    """Return the catalog of `language`; English, and a language without a catalog, give the messages unchanged."""
    path = LOCALES_DIR / f"{language}.po"
    if language not in LANGUAGES or not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def gettext(message: str) -> str:
    """Translate `message` into the language of the present request."""
    return translations(_language.get()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate a message that depends on the number `n`."""
    return translations(_language.get()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """Translate a message that other languages say differently by `context`: who is "closed", a door or a referral."""
    return translations(_language.get()).pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, n: int) -> str:
    """Translate a message that depends on its context and on the number `n`."""
    return translations(_language.get()).npgettext(context, singular, plural, n)


def current_locale() -> Locale:
    """Return the Babel locale of the present request, for dates, times and numbers."""
    return Locale.parse("en_US" if _language.get() == "en" else "es_US")


def current_language() -> str:
    """Return the two-letter code of the present request's language."""
    return _language.get()


def set_language(language: str) -> None:
    """Choose the language for the rest of this request or task; an unknown one means English."""
    _language.set(language if language in LANGUAGES else DEFAULT)


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Translate inside the block as for a reader of `language`, for mails and hand-outs."""
    token = _language.set(language if language in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _language.reset(token)


def negotiate(cookie: str | None, accept_language: str) -> str:
    """Return the language to answer in: the one chosen before, else the first the browser asks for that we have."""
    if cookie in LANGUAGES:
        return cookie
    wanted = []
    for part in accept_language[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=") or "1"
        try:
            wanted.append((-float(quality), tag.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for _, tag in sorted(wanted, key=lambda w: w[0]) if tag in LANGUAGES), DEFAULT)
