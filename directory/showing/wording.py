"""Making long texts easy to follow: how to get help as steps, descriptions as a lead and paragraphs, ages in words."""

import re
from typing import NamedTuple

from core.i18n import gettext as _

LONGEST_LEAD = 260
MOST_STEPS = 6

_MARK = re.compile(r"^\s*(?:[-*•·]|\(?\d{1,2}[.):]\)?|step \d{1,2}[.:]?)\s+", re.IGNORECASE)
#: Files exported from forms run the chosen way and the remark together: "TelephonePlease leave a message."
_RUN_TOGETHER = re.compile(
    r"^([^\S\n]*(?:Telephone|Walk-in|Online|In person|Mail|E-?mail|Fax))(?=[A-Z][a-z])", re.MULTILINE
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z¿¡ÁÉÍÓÚÑ0-9])|(?<=[a-z]{3}[.!?])(?=[A-Z][a-z]{2})"
)
#: A line that only names a way to get in touch, as forms with tick boxes are exported.
_WAY = re.compile(
    r"(?:telephone|phone|walk-?in|online|in person|mail|e-?mail|fax|text)\b(?:[^.!?]|[.](?=\w)){0,45}",
    re.IGNORECASE,
)
#: An abbreviation, or an initial, whose dot ends no sentence.
_NO_END = re.compile(
    r"\b(?:[A-Z]|a\.m|p\.m|St|Ave|Rd|Blvd|Dr|Mr|Mrs|Ms|No|Ste|Apt|e\.g|i\.e|ext|Inc|approx)\.$"
)
#: How a sentence begins that tells what to do next, as listings are written.
_DOING = re.compile(
    r"^(?:please |or |then |first,? |also,? |to \w+,? |you (?:can|may|must|should|need) )?"
    r"(?:call|come|go|walk|ask|bring|tell|fill|text|write|e-?mail|apply|sign|get|visit|send|leave|register|download|"
    r"complete|book|make|meet|show|drop|stop|schedule|request|submit|print|use|take|see|contact|talk|say|ring|pick|"
    r"llame|venga|vaya|pida|traiga|escriba|llene|diga)\b",
    re.IGNORECASE,
)


class Step(NamedTuple):
    """One step of getting help: a short sentence, and what else there is to say about it."""

    title: str
    text: str = ""


def sentences(text: str) -> list[str]:
    """Return the sentences of one paragraph; a dot after an abbreviation ends none."""
    found: list[str] = []
    for part in _SENTENCE_END.split(text.strip()):
        if found and _NO_END.search(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        elif part:
            found.append(part)
    return found


def steps(text: str | None) -> list[Step]:
    """Return how to get help as steps in order: its lines where it has several, else its sentences.

    A sentence that only explains goes with the one before that says what to do. Nothing of the text is lost.
    """
    lines = [_MARK.sub("", line).strip() for line in _RUN_TOGETHER.sub(r"\1\n", text or "").splitlines()]
    lines = [line for line in lines if line]
    found: list[list[str]] = []
    ways = [line for line in lines if _WAY.fullmatch(line)]
    if len(lines) > 1 and ways:
        found = [[_("Get in touch: %(ways)s") % {"ways": ", ".join(ways)}]]
        lines = [line for line in lines if line not in ways]
    for line in lines:
        for number, sentence in enumerate(sentences(line)):
            begins = number == 0 if len(lines) + len(ways) > 1 else not found or bool(_DOING.match(sentence))
            if begins and len(found) < MOST_STEPS:
                found.append([sentence])
            else:
                found[-1].append(sentence)
    return [Step(first, " ".join(rest)) for first, *rest in found]


def paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a text, without blank ones."""
    return [part.strip() for part in (text or "").split("\n") if part.strip()]


def lead(text: str | None) -> tuple[str, list[str]]:
    """Split a description into a short lead, shown large, and the paragraphs that follow it."""
    parts = paragraphs(text)
    if not parts:
        return "", []
    if len(parts[0]) <= LONGEST_LEAD:
        return parts[0], parts[1:]
    first, *rest = sentences(parts[0])
    if len(first) > LONGEST_LEAD:
        return "", parts
    while rest and len(first) + len(rest[0]) < LONGEST_LEAD * 3 // 4:
        first = f"{first} {rest.pop(0)}"
    return first, ([" ".join(rest)] if rest else []) + parts[1:]


def ages(minimum: float | None, maximum: float | None) -> str:
    """Say for which ages something is, or an empty string when for all."""
    low = f"{minimum:g}" if minimum else ""
    high = f"{maximum:g}" if maximum is not None and maximum < 110 else ""
    if low and high:
        return _("Ages %(low)s to %(high)s") % {"low": low, "high": high}
    if low:
        return _("Age %(low)s and older") % {"low": low}
    return _("Up to age %(high)s") % {"high": high} if high else ""
