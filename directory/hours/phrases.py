"""Segments made readable: bracketed remarks resolved, and words not known moved into notes where that is harmless."""

from collections.abc import Iterator

from directory.hours.clock import Uncertain
from directory.hours.tokens import Segment, Token
from directory.hours.words import OTHER_HOURS

_TIMES = ("time", "all_day", "everyday")
_DAYS = ("day", "days", "ordinal")
_FREQUENCIES = ("month", "monthly", "loose", "week_of", "alternate")
_RULES = (*_TIMES, *_DAYS, *_FREQUENCIES, "closed", "break", "except", "date", "start", "end", "season")
SEPARATOR = Token("separator", "")
#: Value of a remark that stood in brackets, and so belongs to what is right before it.
BRACKETED = "bracketed"


def stream(segments: list[Segment]) -> Iterator[Token]:
    """Yield the tokens of all segments with a separator after each, unknown words turned into notes or refused."""
    for number, segment in enumerate(segments):
        tokens = list(_without_brackets(segment.tokens))
        if any(token.kind == "doubt" for token in tokens):
            raise Uncertain("a word that takes the hours back or varies them")
        if number == 0:
            tokens = _without_heading(tokens)
        yield from _known(tokens)
        yield SEPARATOR


def note(tokens: list[Token]) -> Token:
    """Return the tokens as one note."""
    return Token("note", Segment(tokens).text())


def _kinds(tokens: list[Token]) -> set[str]:
    return {token.kind for token in tokens}


def _known(tokens: list[Token]) -> list[Token]:
    """Return the tokens with the words from the first unknown one on as a note, where no day or time comes after it."""
    first = next((i for i, token in enumerate(tokens) if token.kind == "unknown"), None)
    if first is None:
        return tokens
    if not _kinds(tokens) & set(_RULES) - {"day", "days"}:
        return [note(tokens)]
    if _kinds(tokens[first:]) & {*_RULES, "or"}:
        raise Uncertain(f"unknown words: {Segment(tokens).text()}")
    while first and tokens[first - 1].kind in ("filler", "and", "or", "range", "mark", "every", "month"):
        first -= 1
    return [*tokens[:first], note(tokens[first:])]


def _without_heading(tokens: list[Token]) -> list[Token]:
    """Return the tokens without a heading such as "Food pantry:"; refuse one that says "Office:" or "Deliveries:"."""
    colon = next((i for i, token in enumerate(tokens) if token.text == ":"), 0)
    heading = tokens[:colon]
    if "unknown" not in _kinds(heading) or _kinds(heading) & set(_RULES):
        return tokens
    spoken = {token.text.lower() for token in heading}
    if spoken & OTHER_HOURS:
        raise Uncertain("the hours of something else")
    return tokens[colon + 1 :]


def _without_brackets(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens with each bracket either opened up, when all of it is understood, or as a note."""
    inner: list[Token] | None = None
    for token in tokens:
        if token.kind == "open_paren":
            inner = []
        elif token.kind == "close_paren" and inner is not None:
            yield from _bracket(inner)
            inner = None
        elif inner is not None:
            inner.append(token)
        else:
            yield token


def _bracket(inner: list[Token]) -> list[Token]:
    kinds = _kinds(inner)
    if "doubt" in kinds:
        raise Uncertain("a doubt in brackets")
    if not kinds & {"unknown"} and kinds & {*_TIMES, *_DAYS, "closed", "break", "season"}:
        return inner
    if "unknown" in kinds and kinds & {"day", "days", "closed", "break", "except"}:
        raise Uncertain("unknown words about days in brackets")
    label = next((token for token in inner if token.kind in ("appointment", "emergency")), None)
    text = Segment([t for t in inner if t.kind != "separator"]).text()
    return [Token(label.kind if label else "note", text, BRACKETED)] if text else []
