"""Message catalogs: `python -m core.messages update` takes new texts in, `check` fails while one is not translated."""

import re
import sys
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from core.i18n import LANGUAGES, LOCALES_DIR

ROOT = Path(__file__).parent.parent
FOLDERS = ("core", "accounts", "directory", "search", "care", "referrals", "templates")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {
    "**.html": {"extensions": "jinja2.ext.do,jinja2.ext.loopcontrols", "trimmed": "true", "silent": "false"}
}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def extract() -> Catalog:
    """Return every text of the sources, each with the file it stands in (no line numbers, they only make noise)."""
    catalog = Catalog(project="Handrail", charset="utf-8", header_comment="# Texts of Handrail.")
    for folder in FOLDERS:
        found = extract_from_dir(ROOT / folder, METHODS, OPTIONS, keywords=KEYWORDS)
        for filename, _line, message, _comments, context in found:
            catalog.add(message, None, [(f"{folder}/{filename}", 0)], context=context)
    return catalog


def read(language: str) -> Catalog:
    """Return the catalog of a language; an empty one when it has none yet."""
    path = LOCALES_DIR / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, project="Handrail", header_comment="# Texts of Handrail.")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> None:
    """Bring each catalog to the texts of the sources: new ones empty, changed ones not guessed, gone ones left out."""
    texts = extract()
    for language in LANGUAGES:
        if language == "en":
            continue
        catalog = read(language)
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with (LOCALES_DIR / f"{language}.po").open("wb") as file:
            file.write(_header(catalog).encode())
            write_po(
                file, catalog, sort_output=True, include_lineno=False, ignore_obsolete=True, omit_header=True
            )


def _header(catalog: Catalog) -> str:
    """Only what a reader of the file needs: Babel's own header has the time in it, so that it differs every time."""
    facts = {
        "Language": str(catalog.locale),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": catalog.plural_forms,
    }
    lines = "".join(f'"{name}: {value}\\n"\n' for name, value in facts.items())
    return f'# Texts of Handrail.\nmsgid ""\nmsgstr ""\n{lines}\n'


def problems() -> list[str]:
    """Return one sentence for each text that a catalog lacks, has half, or has with other placeholders."""
    texts = extract()
    found = []
    for language in LANGUAGES:
        if language == "en":
            continue
        catalog = read(language)
        for message in texts:
            if message.id:
                wrong = _wrong(message, catalog.get(message.id, message.context))
                if wrong:
                    text = message.id if isinstance(message.id, str) else message.id[0]
                    found.append(f"{language}: {wrong}: {text!r}")
    return found


def _wrong(message: Message, translated: Message | None) -> str | None:
    if translated is None:
        return "missing"
    said = [translated.string] if isinstance(translated.string, str) else list(translated.string or [""])
    if not all(said):
        return "not translated"
    if translated.fuzzy:
        return "fuzzy"
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted = {name for text in ids for name in _PLACEHOLDER.findall(text)}
    if any(set(_PLACEHOLDER.findall(text)) - wanted for text in said):
        return "unknown placeholder"
    # Of a plural, a form for one thing alone may do without the number: "One service".
    if set(_PLACEHOLDER.findall(said[-1])) != wanted:
        return "placeholder lost"
    return None


def main(arguments: list[str]) -> int:
    """Run one of the two commands; return the exit code."""
    if arguments == ["update"]:
        update()
        return 0
    if arguments != ["check"]:
        click.echo("usage: python -m core.messages update|check", err=True)
        return 2
    found = problems()
    click.echo("\n".join(found[:40]))
    click.echo(f"{len(found)} texts need work." if found else "All texts are translated.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
