"""Opening hours in text, cut into tokens: days, ordinals, times, dates, phrases, separators, and words not known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from directory.hours import words
from directory.hours.clock import Time, Uncertain, read_time
from directory.hours.letters import folded
from directory.hours.remarks import SEASON, read_season

#: Longer texts are not hours; reading stays linear in what is left.
MAX_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text. `kind` says what it is, `value` what it means, `text` how it was written."""

    kind: str
    text: str
    value: object = None


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands between two full stops, semicolons or line ends."""

    tokens: list[Token] = field(default_factory=list)

    def text(self) -> str:
        """Return the segment as it was written, but for its blanks."""
        joined = " ".join(token.text for token in self.tokens)
        return re.sub(r" ([,:)])| ?([-/]) ?|(\() ", r"\1\2\3", joined).strip(" ,:-")


# A lone "a" is am only when it touches the number: "10a"; "10 a 2" is Spanish for 10 to 2.
_MERIDIAN = r"(?: ?(?P<mer>[ap] ?m\b|[ap]\. ?m\b\.?)|(?P<merx>[ap])(?![a-z]))"
_MONTH = "|".join(sorted(words.MONTHS, key=len, reverse=True))
_PATTERNS: list[tuple[str, str]] = [
    ("date", r"(?P<y>20\d\d)-(?P<mo>\d\d)-(?P<d>\d\d)\b"),
    ("date_us", r"(?P<mo2>\d{1,2})/(?P<d2>\d{1,2})/(?P<y2>20\d\d)\b"),
    ("date_long", rf"(?P<mo3>{_MONTH})\.? (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y3>20\d\d)\b"),
    ("season", SEASON),
    ("phone", r"\(?\b\d{3}\)?[ .-]?\d{3}[ .-]\d{4}\b"),
    ("link", r"(?:https?://|www\.)\S+|\S+@\S+\.\w+"),
    *((kind, rf"(?:{pattern})(?![a-z])") for kind, pattern in words.PHRASES),
    *(("days", rf"(?:{pattern})(?![a-z])") for pattern in words.DAY_SETS),
    ("before_last", r"(?:second|next)[- ]to[- ]last|penultim[oa]s?"),
    ("noon", r"(?:12:00 ?|12 ?)?(?:noon|mediodia)\b(?: noon)?|el mediodia"),
    ("midnight", r"(?:12:00 ?|12 ?)?(?:midnight|medianoche)\b"),
    ("ordinal", r"(?P<ord>[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|ro|do|to|º|°)(?![a-z])"),
    (
        "military",
        r"(?P<h4>0\d)(?P<m4>[0-5]\d)(?= ?(?:-|to) ?[012]\d[0-5]\d\b)|(?<=-)(?P<h5>[012]\d)(?P<m5>[0-5]\d)\b(?! ?[ap])",
    ),
    ("time_de", r"(?P<h6>\d{1,2})(?::(?P<m6>\d\d))? de la (?P<part>manana|tarde|noche)\b"),
    ("time_packed", rf"(?P<h7>\d{{1,2}})(?P<m7>[0-5]\d){_MERIDIAN.replace('mer', 'mer7')}"),
    ("time_dot", rf"(?P<h8>\d{{1,2}})\.(?P<m8>[0-5]\d){_MERIDIAN.replace('mer', 'mer8')}"),
    ("time", rf"(?P<h>\d{{1,2}})(?:[:;](?P<m>\d\d)(?::(?P<s>\d\d))?)?(?![:;]?\d){_MERIDIAN}?(?: ?o'clock)?"),
    # The dot of an abbreviation ("Mon. - Fri.") ends no sentence.
    ("word", r"[a-z']+(?:\.(?= ?[-,&/:\d]| (?:and|to|thru|through)\b))?"),
    ("open_paren", r"\("),
    ("close_paren", r"\)"),
    ("separator", r"[;\n.!?]"),
    ("sign", r"[-,&+/:*\"']"),
    ("other", r"\d+|\S"),
]


_WITHIN_WORDS = ("open_paren", "close_paren", "separator", "sign", "other")
_TOKEN = re.compile(
    "|".join(
        f"(?P<{kind}_{number}>{'' if kind in _WITHIN_WORDS else '(?<![a-z0-9])'}(?:{pattern}))"
        for number, (kind, pattern) in enumerate(_PATTERNS)
    )
)
_INITIALS = re.compile(r"(?:TH|Th|TU|Tu|SA|Sa|SU|Su|M|T|W|F)+(?![A-Za-z])")
_INITIAL = re.compile(r"th|tu|sa|su|m|t|w|f")


def segments(text: str) -> list[Segment]:
    """Cut plain `text` into segments of tokens; raise `Uncertain` when brackets do not close."""
    found, depth = [Segment()], 0
    for token in _tokens(text[:MAX_LENGTH]):
        if token.kind == "open_paren":
            depth += 1
        elif token.kind == "close_paren":
            depth -= 1
        if token.kind == "separator" and depth == 0:
            if found[-1].tokens:
                found.append(Segment())
        elif token.kind != "separator":
            found[-1].tokens.append(token)
        if depth not in (0, 1):
            raise Uncertain("brackets")
    if depth:
        raise Uncertain("brackets")
    days = sum(token.kind in ("day", "days", "initial") for segment in found for token in segment.tokens)
    return [Segment(_initials_as_days(segment.tokens, days > 1)) for segment in found if segment.tokens]


def _tokens(text: str) -> Iterator[Token]:
    low = folded(text)
    position = 0
    while position < len(low):
        if low[position] == " ":
            position += 1
            continue
        clump = _INITIALS.match(text, position)
        if clump and (clump.group().lower() in words.DAYS or position and low[position - 1].isalnum()):
            clump = None
        if clump and (token := _clump(clump.group())):
            yield token
            position = clump.end()
            continue
        match = _TOKEN.match(low, position)
        if match is None:
            raise Uncertain("unreadable")
        yield _token(match, text[match.start() : match.end()], low)
        position = match.end()


def _clump(text: str) -> Token | None:
    """Return initials that name days: "MWF", "TTh"; "MF" could be a range, so it and single letters need neighbours."""
    days = [words.INITIALS[part] for part in _INITIAL.findall(text.lower())]
    if len(days) == 1:
        return Token("initial", text, tuple(days)) if len(text) == 1 else None
    if days != sorted(set(days)) or text.lower() == "mf":
        return Token("unknown", text)
    return Token("days", text, tuple(days))


def _token(match: re.Match[str], text: str, low: str) -> Token:
    kind = (match.lastgroup or "").rpartition("_")[0]
    group = match.groupdict()
    word = match.group().rstrip(".")
    match kind:
        case "date" | "date_us" | "date_long":
            return _date(group, text)
        case "days":
            return Token("days", text, next(d for p, d in words.DAY_SETS.items() if re.fullmatch(p, word)))
        case "everyday" | "all_day":
            return Token(kind, text)
        case "season":
            return Token("season" if read_season(text) else "doubt", text)
        case "before_last":
            return Token("ordinal", text, -2)
        case "noon":
            return Token("time", text, Time(12, 0, "pm"))
        case "midnight":
            return Token("time", text, Time(12, 0, "am"))
        case "ordinal":
            return Token("ordinal", text, int(group["ord"]))
        case "military":
            return Token(
                "time",
                text,
                Time(int(group["h4"] or group["h5"]), int(group["m4"] or group["m5"]), None, True),
            )
        case "time_de":
            meridian = "am" if group["part"] == "manana" else "pm"
            return _time(text, group["h6"], group["m6"], None, meridian)
        case "time_packed":
            return _time(text, group["h7"], group["m7"], None, group["mer7"] or group["mer7x"])
        case "time_dot":
            return _time(text, group["h8"], group["m8"], None, group["mer8"] or group["mer8x"])
        case "time":
            return _time(text, group["h"], group["m"], group["s"], group["mer"] or group["merx"])
        case "word":
            return _word(word, text, low)
        case "sign":
            return Token(
                {",": "and", "&": "and", "+": "and", "/": "and", "-": "range"}.get(word, "mark"), text
            )
        case "other":
            return Token("unknown", text)
        case "phone" | "link":
            return Token("note", text)
    return Token(kind, text)


def _time(text: str, hour: str, minute: str | None, second: str | None, meridian: str | None) -> Token:
    side = {"a": "am", "p": "pm"}[meridian[0]] if meridian else None
    time = read_time(hour, minute, second, side)
    return Token("time", text, time) if time else Token("unknown", text)


def _date(group: dict[str, str | None], text: str) -> Token:
    for year, month, day in (("y", "mo", "d"), ("y2", "mo2", "d2"), ("y3", "mo3", "d3")):
        if group[year]:
            number = words.MONTHS.get(group[month] or "") or int(group[month] or 0)
            try:
                return Token("date", text, date(int(group[year] or 0), number, int(group[day] or 0)))
            except ValueError:
                break
    return Token("doubt", text)


def _word(word: str, text: str, low: str) -> Token:
    if word in words.DAYS and (word != "we" or re.search(r"\b(?:mo|tu|th|fr|sa|su)\b", low)):
        return Token("day", text, (words.DAYS[word],))
    if word == "mar" and re.search(r"\b(?:lun|mie|jue|vie|sab|dom)\b", low):
        return Token("day", text, (1,))
    if word in words.ORDINALS:
        return Token("ordinal", text, words.ORDINALS[word])
    if word in words.EVERY:
        return Token("every", text)
    if word in words.AND:
        return Token("and", text)
    if word in words.OR:
        return Token("or", text)
    if word in words.RANGE:
        return Token("range", text)
    if word in words.FILLER:
        return Token("filler", text)
    if word in words.MONTHS and word != "may":
        return Token("doubt", text)
    return Token("unknown", text)


def _initials_as_days(tokens: list[Token], other_days: bool) -> list[Token]:
    """Turn single initials into days beside "-", "/" or "," and another day, or before a time; else they are unknown.

    Before a time they count only where the text names `other_days` too ("M-Th 9-5, F 9-3").
    """
    kinds = [token.kind for token in tokens] + ["", ""]
    result = []
    for i, token in enumerate(tokens):
        if token.kind == "initial":
            before = i > 1 and kinds[i - 1] in ("and", "range") and kinds[i - 2] in ("day", "days", "initial")
            after = kinds[i + 1] in ("and", "range") and kinds[i + 2] in ("day", "days", "initial")
            timed = other_days and (kinds[i + 1] == "time" or kinds[i + 1 : i + 3] == ["mark", "time"])
            token = Token("day" if before or after or timed else "unknown", token.text, token.value)
        result.append(token)
    return result
