"""Reading the names of an area: "Cook, DuPage and Lake Counties, IL; 60601-60610" are three counties and ten codes.

Nothing is guessed: a name that no gazetteer knows is kept as a word of its own and counts as not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

import msgspec

from search.places.gazetteer import gazetteer
from search.places.tokens import COUNTY, named, range_tokens, state_code, state_token

LONGEST_NAME = 80
_LONGEST_TEXT = 20_000

_RANGE = re.compile(r"\b(\d{5})\s*(?:-|–|—|\bto\b|\bthrough\b|\bthru\b|\ba\b)\s*(\d{5})\b", re.IGNORECASE)
_PREFIX = re.compile(r"\b(\d{3})(?:xx|\*\*|##|--|\*)(?!\w)", re.IGNORECASE)
_CODE = re.compile(r"\b(\d{5})(?:-\d{4})?\b")
_CODES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, ...]]], ...] = (
    (_RANGE, lambda match: range_tokens(int(match[1]), int(match[2]))),
    (_PREFIX, lambda match: (f"{match[1]}xx",)),
    (_CODE, lambda match: (match[1],)),
)
"""Ways to write ZIP codes and what tokens each gives, ranges first."""

_ZIP_WORDS = re.compile(
    r"\b(?:u\.?s\.? )?(?:zip|postal)\s*-?(?:codes?)?s?\b:?|\bc[oó]digos? postal(?:es)?\b:?", re.IGNORECASE
)
_SPLIT = re.compile(r"\s*(?:([,])|[;/|•·&+\n]|\band\b|\by\b|\bor\b(?!,)|\s-\s)\s*", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:all of|all|any|throughout|entire|whole|the|los?|las?|greater|people (?:living )?in|those (?:living )?in|"
    r"(?:any )?residents? (?:of|in)|residentes de|serv(?:es|ing|ed|icing)|within|in|only|sirve a|"
    r"(?:the )?(?:cit(?:y|ies)|towns?|townships?|villages?|boroughs?|state) of|(?:ciudad|pueblo|estado) de|"
    r"tod[oa]s? (?:el|la|los|las)?)\s+(?!$)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:residents?(?: only)?|only|solamente|city limits|state|(?:and )?surrounding.*|(?:metro(?:politan)? )?areas?|"
    r"metro(?:politan)?|region|communit(?:y|ies)|towns?(?:hip)?s?|vicinity)$",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:greater|metro(?:politan)?|areas?|region|communit(?:y|ies)|surrounding)\b", re.IGNORECASE
)
_COUNTIES = re.compile(r"^(?:the )?(?:counties|count(?:y|ies) of|condados? de)\s*:?\s*", re.IGNORECASE)
_PART = re.compile(
    r"^(?:(?:parts?|portions?|sections?|some) of|(?:far )?(?:north|south|east|west)(?:ern)?"
    r"(?:[ -]?(?:east|west)(?:ern)?)?|"
    r"central|mid|upper|lower|rural|downtown|coastal)\s+(?:of\s+)?",
    re.IGNORECASE,
)
_STATEWIDE = re.compile(
    r"state.?wide|(?:the )?(?:whole|entire) state|all counties|todo el estado", re.IGNORECASE
)
_NOISE = re.compile(r"^(?:n/?a|none|unknown|other|see .*|varies|call.*|-+|no)$", re.IGNORECASE)


class Reading(msgspec.Struct, frozen=True):
    """What a text says: tokens, and whether all of it was understood."""

    tokens: tuple[str, ...] = ()
    complete: bool = False


class _Piece(msgspec.Struct):
    """One name of a list, the state that is said with it, and whether a comma stands before it."""

    text: str
    comma: bool
    state: str = ""
    county: bool = False


def read_names(text: str, states: Collection[str] = ()) -> Reading:
    """The tokens of every ZIP code, county, town and state that a text names.

    `states` (two letters each) are where a name without a state is looked for first.
    """
    if _NOISE.match(text.strip()):
        return Reading()
    # Long runs of blanks say nothing, and patterns that look for the end of one would try each of its beginnings.
    rest = re.sub(r"[^\S\n]+", " ", re.sub(r"[()\[\]\"“”]", ", ", text[:_LONGEST_TEXT]))
    tokens: list[str] = []

    for pattern, tokens_of in _CODES:
        for match in pattern.finditer(rest):
            tokens += tokens_of(match)
        rest = pattern.sub(" , ", rest)
    rest = _ZIP_WORDS.sub(" ", rest) if tokens else rest
    complete = True
    for piece in _pieces(rest):
        read, understood = _read(piece, states)
        tokens += read
        complete = complete and understood
    tokens = [token for token in dict.fromkeys(tokens) if token]
    return Reading(tuple(tokens), complete and bool(tokens))


def _pieces(text: str) -> Iterator[_Piece]:
    """The names of a list in order, with their states: one said at the end counts for those before it."""
    pieces: list[_Piece] = []
    counties = False
    at, comma = 0, False
    for match in [*_SPLIT.finditer(text), None]:
        raw = text[at : match.start() if match else len(text)].strip(" .:-–\t\r")
        at = match.end() if match else at
        if raw:
            said = _state_of(raw)
            before = pieces[-1] if pieces else None
            if said and comma and before and not before.state and not _is_whole_state(before.text, raw):
                before.state = said
                for piece in reversed(pieces[:-1]):
                    if piece.state or _is_state(piece.text):
                        break
                    piece.state = said
            else:
                if _COUNTIES.match(raw):
                    counties, raw = True, _COUNTIES.sub("", raw)
                pieces.append(_Piece(raw, comma, county=counties))
                if re.search(r"\bcounties$", raw, re.IGNORECASE):
                    _all_counties(pieces)
        comma = bool(match and match[1]) or (comma and not raw)
        if match and not match[1] and ";" in match[0]:
            counties = False
    yield from (piece for piece in pieces if piece.text and not _NOISE.match(piece.text))


def _all_counties(pieces: list[_Piece]) -> None:
    """ "Cook, DuPage and Lake Counties": the names before the plural are counties too."""
    pieces[-1].text = re.sub(r"\s*\bcounties$", "", pieces[-1].text, flags=re.IGNORECASE)
    pieces[-1].county = True
    for piece in reversed(pieces[:-1]):
        if piece.state or piece.county or piece.text.lower().endswith(COUNTY) or _is_state(piece.text):
            break
        piece.county = True


def _state_of(text: str) -> str:
    """The state that a piece is nothing but the name of: "NE", "Neb." is none, "Nebraska"; "in" is a word."""
    bare = text.strip().rstrip(".")
    if len(bare) == 2 and not bare.isupper():
        return ""
    return state_code(bare)


def _is_state(text: str) -> bool:
    return bool(_state_of(text))


def _is_whole_state(before: str, raw: str) -> bool:
    """Whether "before, raw" lists two states ("Iowa, Nebraska") and is not a town of one ("New York, NY")."""
    state = _state_of(before)
    return bool(state) and _state_of(raw) not in gazetteer().town_states(before)


def _read(piece: _Piece, states: Collection[str]) -> tuple[tuple[str, ...], bool]:
    """The tokens of one name, and whether it is known for certain what it means."""
    text = piece.text
    if _STATEWIDE.fullmatch(text):
        own = [piece.state] if piece.state else list(states)
        return tuple(map(state_token, own)), len(own) == 1
    if not piece.state and not piece.county and (state := _state_of(text)):
        return (state_token(state),), True
    vague = bool(_VAGUE.search(text))
    part = _PART.sub("", text)
    if part != text and (whole := _state_of(_bare(part))):
        return (state_token(whole),), False
    name = _bare(text)
    if _VAGUE.fullmatch(name):
        return (), False
    state = piece.state
    words = name.split()
    if not state and len(words) > 1:
        for length in (1, 2, 3):
            said = " ".join(words[-length:])
            if len(words) > length and (_state_of(said)) and not _known(name, states):
                state, name = _state_of(said), " ".join(words[:-length])
                break
    if not name or len(name) > LONGEST_NAME:
        return (), not name
    if not state and not piece.county and (whole := _state_of(name)):
        return (state_token(whole),), not vague
    if piece.county and not name.lower().endswith(COUNTY):
        name += " County"
    if found := _look_up(name, state, states):
        return found[0], found[1] and not vague
    inner = _PART.sub("", name)
    if inner != name and (found := _look_up(inner, state, states)):
        return found[0], False
    own = [state] if state else list(states)
    name = text if vague else name
    return tuple(named(name, one) for one in own) or (named(name),), False


def _bare(text: str) -> str:
    name = text
    for _ in range(4):
        shorter = _TAIL.sub("", _LEAD.sub("", name)).strip(" .:")
        if shorter == name or not shorter:
            break
        name = shorter
    return name


def _known(name: str, states: Collection[str]) -> bool:
    """Whether a name as a whole is that of a town or county of these states ("West Virginia" is none of Virginia)."""
    all_states = gazetteer().town_states(name) | gazetteer().county_states(name)
    return bool(all_states & set(states)) if states else False


def _look_up(name: str, state: str, states: Collection[str]) -> tuple[tuple[str, ...], bool] | None:
    """Tokens of a name that the gazetteer knows: in its own state, else in those given, else in the only one."""
    name = re.sub(r"\bco\.?$", "County", name, flags=re.IGNORECASE)
    is_county = name.lower().endswith(COUNTY)
    counties = gazetteer().county_states(name if is_county else f"{name} County")
    towns = frozenset[str]() if is_county else gazetteer().town_states(name)
    own = {state} if state else set(states)
    if not own:
        own = set(towns or counties)
        if len(own) != 1:
            return None
    elif not own & (towns | counties) and not state and len(towns | counties) == 1:
        own = set(towns | counties)
    in_towns, in_counties = sorted(own & towns), sorted(own & counties)
    if in_towns:
        # A town and a county of one name that are not the same: nobody can tell which is meant.
        same = all(gazetteer().is_one(name, one) for one in in_counties)
        return tuple(named(name, one) for one in in_towns), same
    if in_counties:
        full = name if is_county else f"{name} County"
        return tuple(named(full, one) for one in in_counties), True
    return None
