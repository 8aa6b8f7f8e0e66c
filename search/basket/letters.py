"""A hand-out as plain text: the mail that is sent, and the few lines that fit into a text message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from core.display import long_day, phone
from core.i18n import gettext as _
from core.i18n import in_language
from search.basket.handout import Leaf

RULE = "-" * 40


def subject(language: str) -> str:
    """The subject of the mail: says nothing of what kind of help it lists."""
    with in_language(language):
        return _("The list you asked for")


def letter(leaves: Sequence[Leaf], language: str, address: str) -> str:
    """The text of the mail: who sends it and why, the list, and the address that opens it."""
    with in_language(language):
        parts = [
            _("Somebody using Handrail sent you this list of places that may help."),
            _("Handrail did not keep your address. If you did not expect this mail, you can delete it."),
            "",
            plain(leaves, language),
            RULE,
            _("The same list, to open or print: %(address)s") % {"address": address},
            _("Not helped? Call 2-1-1, day and night, for free. In danger now: 911."),
        ]
    return "\n".join(parts) + "\n"


def plain(leaves: Sequence[Leaf], language: str) -> str:
    """The list as text that can be copied anywhere."""
    with in_language(language):
        return "\n".join(
            "\n".join([RULE, *_lines(number, leaf)]) for number, leaf in enumerate(leaves, start=1)
        )


def _lines(number: int, leaf: Leaf) -> Iterator[str]:
    yield f"{number}. {leaf.name}"
    if leaf.organization:
        yield leaf.organization
    if leaf.needs:
        yield _("For: %(needs)s") % {"needs": ", ".join(leaf.needs)}
    if leaf.about:
        yield leaf.about
    if leaf.alert:
        yield leaf.alert
    for line in leaf.phones:
        yield _("Call: %(number)s") % {"number": _number(line.e164 or line.number, line.extension)}
    for place in leaf.places:
        yield _("Where: %(place)s") % {"place": ", ".join(filter(None, [place.name, *place.address]))}
        yield from (f"   {text}" for text in (place.way, *place.hours, *place.soon) if text)
    if leaf.kept_private:
        yield _("The address is kept private. Call, and they tell you the way.")
    for text in (*leaf.hours, *leaf.soon):
        yield _("When: %(hours)s") % {"hours": text}
    for text in leaf.steps:
        yield _("How: %(step)s") % {"step": text}
    if leaf.bring:
        yield _("Bring: %(papers)s") % {"papers": "; ".join(leaf.bring)}
    if leaf.cost:
        yield _("Cost: %(cost)s") % {"cost": leaf.cost}
    if leaf.languages:
        yield _("Languages: %(languages)s") % {"languages": leaf.languages}
    if leaf.verified_on:
        yield _("Last checked: %(day)s") % {"day": long_day(leaf.verified_on)}
    if leaf.call_first:
        yield _("Call before you go.")


def message(leaves: Sequence[Leaf], language: str, address: str) -> str:
    """A few lines for a text message: names, numbers, the first address of each, and the link to all of it."""
    with in_language(language):
        lines = []
        for number, leaf in enumerate(leaves, start=1):
            called = leaf.phones[0] if leaf.phones else None
            told = [
                f"{number}. {leaf.name}",
                _number(called.e164 or called.number, called.extension) if called else "",
                ", ".join(leaf.places[0].address) if leaf.places else "",
            ]
            lines.append(", ".join(filter(None, told)))
        return "\n".join([*lines, address])


def text_link(body: str) -> str:
    """The address that opens a phone's own messages with `body` typed in; whom it goes to is chosen there."""
    return f"sms:?&body={quote(body)}"


def _number(number: str, extension: str | None) -> str:
    said = phone(number)
    return f"{said} {_('ext. %(number)s') % {'number': extension}}" if extension else said
