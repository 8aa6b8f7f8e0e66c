"""What may be asked of matching: the four questions of the page, and the body of `POST /api/match`.

Nothing that tells who somebody is has a field here; the JSON body is refused when it has one more.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from core.forms import FormErrors
from core.i18n import N_
from core.i18n import gettext as _
from search.matching.audiences import HOUSEHOLD
from search.matching.papers import PAPERS
from search.matching.seeker import AGE_BANDS, MOST_NEEDS, Mobility, Seeker, known_need
from search.places import Place
from search.places.judge import looks_like_address

Code = Annotated[str, Meta(max_length=60)]
Codes = Annotated[tuple[Code, ...], Meta(max_length=40)]

ASKED = (
    ("families", N_("Children under 18 in the household")),
    ("pregnant", N_("Somebody is pregnant")),
    ("seniors", N_("Somebody is 60 or older")),
    ("veterans", N_("Served in the military")),
    ("disability", N_("A disability")),
    ("homeless", N_("No home of our own")),
    ("survivors", N_("Somebody at home hurts or scares us")),
    ("immigrants", N_("New to this country")),
    ("reentry", N_("Coming out of jail or prison")),
    ("uninsured", N_("No health insurance")),
)
"""What the page lets people tick about the person or the household, with the group that it means."""

ASKED_PAPERS = ("photo-id", "address", "income", "social-security", "birth-certificate", "insurance-card")
"""The papers that the page asks about."""

NO_OTHERS, RATHER_NOT = "no-others", "rather-not"
"""Ticked among the papers: there are no others at hand; the person would rather show none."""


class MatchForm(msgspec.Struct, kw_only=True):
    """The four questions: what, where, for whom, and what else matters. Only the first has to be answered."""

    need: list[Code] = []
    near: Annotated[str, Meta(max_length=200)] = ""
    age: Code = ""
    person: Literal["", "women", "men"] = ""
    household: list[Code] = []
    nothing_else: bool = False
    """Whatever is not ticked about the household is not true."""
    language: Annotated[str, Meta(max_length=8)] = ""
    mobility: list[Mobility] = []
    papers: list[Code] = []

    labels: ClassVar[dict[str, str]] = {
        "need": N_("What do you need?"),
        "near": N_("Where?"),
        "age": N_("Age"),
        "language": N_("Language"),
    }

    def __post_init__(self) -> None:
        """Refuse what is not on the page."""
        needs = list(dict.fromkeys(code for code in self.need if code))
        if not needs:
            raise FormErrors({"need": _("Choose at least one thing.")})
        _check(needs, self.age)

    def seeker(self, place: Place | None) -> Seeker:
        """The seeker that the answers describe."""
        yes = {code for code in self.household if code in dict(ASKED)} | (
            {self.person} if self.person else set()
        )
        no = {code for code, _text in ASKED if code not in yes} if self.nothing_else else set()
        has = tuple(code for code in ASKED_PAPERS if code in self.papers)
        lacks = tuple(code for code in ASKED_PAPERS if code not in has) if NO_OTHERS in self.papers else ()
        return Seeker(
            needs=tuple(dict.fromkeys(code for code in self.need if code)),
            place=place,
            age_band=self.age,
            languages=(self.language.lower(),) if self.language else (),
            is_true=tuple(code for code in HOUSEHOLD if code in yes),
            not_true=tuple(code for code in HOUSEHOLD if code in no),
            mobility=tuple(self.mobility),
            has_papers=has,
            lacks_papers=lacks,
            shows_no_papers=RATHER_NOT in self.papers,
        )


class Point(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A place on the map, in degrees."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]

    @property
    def text(self) -> str:
        """The point for a look-up, rounded to about 100 metres: no house can be told from it."""
        return f"{self.latitude:.3f},{self.longitude:.3f}"


class MatchRequest(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The body of `POST /api/match`."""

    needs: Annotated[Codes, Meta(min_length=1)]
    place: Annotated[str, Meta(max_length=80)] | Point | None = None
    age_band: Code = ""
    languages: Codes = ()
    is_true: Codes = ()
    not_true: Codes = ()
    mobility: tuple[Mobility, ...] = ()
    has_papers: Codes = ()
    lacks_papers: Codes = ()
    shows_no_papers: bool = False
    excluded: bool = False
    """Tell also what does not fit, and why."""
    at: datetime | None = None
    """For which moment open is told; needs a time zone. Now, without."""

    def __post_init__(self) -> None:
        """Refuse codes that do not exist, an address in place of a town, and a moment on nobody's clock."""
        _check(self.needs, self.age_band, fields=("needs", "age_band"))
        for name, known in (
            ("is_true", HOUSEHOLD),
            ("not_true", HOUSEHOLD),
            ("has_papers", PAPERS),
            ("lacks_papers", PAPERS),
        ):
            for code in getattr(self, name):
                if code not in known:
                    raise FormErrors({name: _("There is no “%(code)s” here.") % {"code": code}})
        if isinstance(self.place, str) and looks_like_address(self.place):
            raise FormErrors({"place": _("Give a ZIP code or a town, not an address.")})
        if self.at is not None and self.at.tzinfo is None:
            raise FormErrors({"at": _("Give the time with its time zone.")})
        if self.at is not None and not 1880 <= self.at.year <= 2200:
            raise FormErrors({"at": _("Enter a date and a time.")})

    def seeker(self, place: Place | None) -> Seeker:
        """The seeker that the body describes."""
        return Seeker(
            needs=tuple(dict.fromkeys(self.needs)),
            place=place,
            age_band=self.age_band,
            languages=tuple(code.lower() for code in self.languages),
            is_true=self.is_true,
            not_true=self.not_true,
            mobility=self.mobility,
            has_papers=self.has_papers,
            lacks_papers=self.lacks_papers,
            shows_no_papers=self.shows_no_papers,
        )


MOST_BYTES = 10_000
"""A longer body holds more than this asks."""


def read_body(body: bytes) -> MatchRequest:
    """Read the body of `POST /api/match`. Raises `FormErrors` with a sentence for the field that is wrong."""
    if len(body) > MOST_BYTES:
        raise FormErrors({"form": _("This is too long.")})
    try:
        content: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FormErrors({"form": _("This is no JSON.")}) from None
    if not isinstance(content, dict):
        raise FormErrors({"form": _("Send one JSON object.")})
    for name in content:
        if name not in MatchRequest.__struct_fields__:
            sentence = _("“%(field)s” is not taken: ask without anything that tells who somebody is.")
            raise FormErrors({str(name)[:60]: sentence % {"field": str(name)[:60]}})
    try:
        return msgspec.convert(content, MatchRequest)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, FormErrors):
            raise error.__cause__ from None
        problem, _at, path = str(error).partition(" - at `$.")
        field = re.split(r"[.\[`]", path)[0] or "form"
        raise FormErrors({field: _("This cannot be read: %(problem)s.") % {"problem": problem}}) from None


def _check(needs: Any, age: str, fields: tuple[str, str] = ("need", "age")) -> None:
    """Refuse needs and age bands that do not exist, and too many needs at once; `fields` are what they are called."""
    need_field, age_field = fields
    unknown = [code for code in needs if not known_need(code)]
    if unknown:
        raise FormErrors({need_field: _("There is no need called “%(code)s”.") % {"code": unknown[0]}})
    if len(set(needs)) > MOST_NEEDS:
        raise FormErrors(
            {need_field: _("Choose at most %(number)s things at once.") % {"number": MOST_NEEDS}}
        )
    if age and age not in AGE_BANDS:
        raise FormErrors({age_field: _("Choose one of the ages.")})
