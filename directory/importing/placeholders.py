"""Knows what people type into a cell that they have nothing for."""

import re
from datetime import date

PLACEHOLDER = "a placeholder, read as nothing said"

_NOTHING = {
    "n/a", "na", "n.a.", "n/a.", "none", "no data", "nil", "null", "nan", "tbd", "tba", "t.b.d.", "to be determined",
    "to be announced", "unknown", "unk", "not available", "not applicable", "not provided", "not specified",
    "none given", "none listed", "missing", "pending", "blank", "empty", "-", "--", "---", "–", "—", ".", "..", "...",
    "?", "??", "???", "*", "x", "xx", "xxx", "xxxx", "xxxxx", "#n/a", "#ref!", "#value!", "#name?", "#null!", "#div/0!",
    "no disponible", "desconocido", "no aplica", "ninguno", "ninguna", "por determinar",
}  # fmt: skip
_LONGEST = 40
_LONGEST_WORDS = max(map(len, _NOTHING)) + 2

#: Of these columns "none" says something: no fee, no limits, no wait.
_NONE_IS_AN_ANSWER = {
    "fees", "fees_description", "eligibility_description", "wait_time", "application_process", "document",
    "interpretation_services", "minimum_age", "maximum_age",
}  # fmt: skip
_NONE = {"none", "ninguno", "ninguna", "not applicable", "n/a", "na", "no aplica"}

_CODES = {"code", "country", "language"}
"""Of these "NA" and the like are words."""

_MAIL = re.compile(
    r"(?:test|none|noemail|no|example|na|n/a|xxx|abc)@(?:test|example|none|noemail|email|domain|na|xxx|abc)\.(?:com|org|net)"
)
_URLS = {
    "http://", "https://", "http://www", "https://www", "http://www.", "https://www.", "www", "www.", "http", "https",
    "http://none", "http://n/a", "http://na", "http://null", "http://test.com", "http://www.test.com",
}  # fmt: skip
_ZIPS = {"00000", "99999", "00000-0000", "99999-9999"}
_DAYS = {date(1900, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1, 1, 1), date(9999, 12, 31)}


def is_placeholder(column: str, text: str) -> bool:
    """Tell whether the text of a cell stands for nothing in a column of ours."""
    special = _SPECIAL.get(column)
    if len(text) > (_LONGEST if special else _LONGEST_WORDS) or column in _CODES:
        return False
    lowered = text.strip().lower()
    if lowered in _NOTHING:
        return not (column in _NONE_IS_AN_ANSWER and lowered in _NONE) and not (
            column == "name" and lowered in {"pending", "blank", "empty", "missing"}
        )
    return special is not None and special(lowered)


def is_filler_number(text: str) -> bool:
    """Tell whether a telephone number is made up to fill a cell: one digit over and over, 555-5555, 123-456-7890."""
    digits = "".join(character for character in text if character.isdigit())
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    return (
        len(digits) in (7, 10)
        and not re.search(r"[a-z]{2}", text, re.IGNORECASE)
        and (
            len(set(digits)) == 1
            or digits.endswith(("5555555", "0000000"))
            or digits in {"1234567890", "0123456789", "1234567"}
        )
    )


def is_filler_day(day: date) -> bool:
    """Tell whether a day is one that programs write for none."""
    return day in _DAYS


_SPECIAL = {
    "number": is_filler_number,
    "phone": is_filler_number,
    "postal_code": _ZIPS.__contains__,
    "email": lambda text: _MAIL.fullmatch(text) is not None,
    "assurer_email": lambda text: _MAIL.fullmatch(text) is not None,
    "url": _URLS.__contains__,
    "website": _URLS.__contains__,
    "uri": _URLS.__contains__,
    "logo": _URLS.__contains__,
}
