"""What people read about an import: the names of fields, why something was drafted, and what was noticed on a row.

The importer speaks in English sentences of which each is the same for all rows alike. Those listed here are translated
where they are shown; one that is not stays as it is.
"""

import re

from core.i18n import N_
from core.i18n import gettext as _
from directory.exporting.headings import heading
from directory.importing.mapping import FIELDS
from directory.intake.looking import OWNERS

HIDDEN = ("hours_if_certain",)
"""Fields that only mappings written by hand fill."""

LISTS = (
    "phone", "description", "terms", "service_areas", "languages", "documents", "additional_urls",
)  # fmt: skip
"""Fields that take all that their columns hold; of other fields further columns stand in where the first is blank."""

_LIKE = {
    "fees": "fees_description", "eligibility": "eligibility_description", "documents": "document",
}  # fmt: skip
_FIELDS = {
    "id": N_("Number or id of the listing"),
    "name": N_("Name of the service"),
    "organization": N_("Organization"),
    "organization_description": N_("About the organization"),
    "address": N_("Whole address in one column"),
    "region": N_("County"),
    "location_name": N_("Name of the place"),
    "accessibility": N_("Accessibility"),
    "phone": N_("Telephones"),
    "additional_urls": N_("Further web pages"),
    "hours": N_("Opening hours"),
    "documents": N_("Papers to bring"),
    "languages": N_("Languages"),
    "service_areas": N_("Areas served"),
    "terms": N_("Categories"),
}
REASONS = (
    N_("no name"),
    N_("this line is not a JSON object"),
    N_("the same name at the same place as another row"),
    N_("the same service stands further up"),
    N_("the same organization stands further up"),
    N_("the same location stands further up"),
    N_("the same listing stands further up"),
    N_("several listings have this id: told apart by name and address"),
    N_("at the same place as another listing: one location for both"),
    N_("no address and no coordinates: a listing without a place"),
    N_("no number that can be dialled, kept as text"),
    N_("hours read from another column"),
    N_("hours not certain, kept as text"),
    N_("hours read from words"),
    N_("no name, called by its other name"),
    N_("no name: kept, but not shown"),
    N_("names no service or no eligibility"),
    N_("linked to the only location of its organization"),
    N_("a telephone without its number: kept, but not shown"),
    N_("closes before it opens, kept as text"),
    N_("closes before it opens: read as the afternoon"),
    N_("the same place as another location"),
    N_("far from all others: may be a head office"),
    N_("from here on read as Windows-1252 where it is not UTF-8"),
    N_("UTF-8 that was read as Windows-1252 put right"),
    N_("a formula without its value: kept aside"),
    N_("not about a service or a place: only those are taken from a file of your own listings"),
)
REFUSALS = (
    N_("The file is empty."),
    N_("The file is a document or a picture, not a table."),
    N_("There is no row below the names of the columns."),
    N_("No row of the file could be taken; is it the right file, or the right mapping?"),
)
ENDINGS = (
    # what follows the name of a field and a colon
    N_("taken apart"),
    N_("taken from the ZIP code"),
    N_("its leading zero was put back"),
    N_("not a ZIP code, kept aside"),
    N_("nothing left after cleaning"),
    N_("markup removed"),
    N_("in the future, kept aside"),
    N_("the first pair is no place, another one was taken"),
    N_("a placeholder, read as nothing said"),
    N_("not a date, kept aside"),
    N_("not a possible date, kept aside"),
    N_("not a time of day, kept aside"),
    N_("not a number, kept aside"),
    N_("not a whole number, kept aside"),
    N_("neither yes nor no, kept aside"),
    N_("not a web address, kept aside"),
    N_("not a mail address, kept aside"),
    N_("far too long, kept aside"),
)
_WHY = (
    # what a column was drafted for, as patterns with the words a person reads
    (re.compile(r"its header says so"), N_("its name says so")),
    (re.compile(r'its header is like "(?P<word>.+?)"'), N_("its name is like “%(word)s”")),
    (re.compile(r'its header names "(?P<word>.+?)"'), N_("its name holds “%(word)s”")),
    (re.compile(r"(?P<word>\d+)% of its texts look like it"), N_("%(word)s %% of its texts look like it")),
    (re.compile(r"sentences"), N_("whole sentences stand there")),
    (re.compile(r"short texts, nearly all different"), N_("short texts stand there, nearly all different")),
    (re.compile(r"no other column names a service"), N_("no other column names a service")),
)
_FITS, _FITS_NOT = ", and what stands there fits", ", but what stands there does not look like it"


def fields(*, own: bool) -> list[str]:
    """Return the fields that a page offers, in their order; an organization's own listings name no organization."""
    left_out = HIDDEN + (OWNERS if own else ())
    return [name for name in FIELDS if name not in left_out]


def field_name(name: str) -> str:
    """Return what a field is called."""
    return _(_FIELDS[name]) if name in _FIELDS else heading(_LIKE.get(name, name))


def confidence_words(confidence: float) -> str:
    """Return how sure a guess is: `sure`, `likely` or `check`."""
    return "sure" if confidence >= 0.85 else "likely" if confidence >= 0.75 else "check"


def why_words(why: str) -> str:
    """Return why a column was drafted for a field."""
    text = why.removesuffix(_FITS).removesuffix(_FITS_NOT)
    for pattern, words in _WHY:
        if found := pattern.fullmatch(text):
            text = _(words) % found.groupdict() if found.groupdict() else _(words)
            break
    if why.endswith(_FITS):
        return _("%(reason)s, and what stands there fits") % {"reason": text}
    if why.endswith(_FITS_NOT):
        return _("%(reason)s, but what stands there does not look like it") % {"reason": text}
    return text


def reason_words(reason: str) -> str:
    """Return a reason that the importer gives, in the reader's language where it is a known one."""
    if reason in REASONS:
        return _(reason)
    column, colon, rest = reason.partition(": ")
    if colon and re.fullmatch(r"[a-z_0-9]+", column):
        return f"{field_name(column)}: {_(rest) if rest in ENDINGS else rest}"
    return reason


def refusal_words(refusal: str) -> str:
    """Return why a file cannot be imported, in the reader's language where it is a known reason."""
    return _(refusal) if refusal in REFUSALS else refusal


def field_of(reason: str) -> str:
    """Return the field that a reason is about, or an empty text."""
    if reason == "no name":
        return "name"
    if reason.startswith("no number that can be dialled"):
        return "phone"
    if reason.startswith("hours not certain"):
        return "hours"
    column = reason.partition(": ")[0]
    other = next((field for field, name in _LIKE.items() if name == column), column)
    return other if other in FIELDS else ""
