"""Passwords: how they are hashed, and which ones are too easy.

The rules are the ones people can live with: long, nothing that stands about the person or the product, no pattern; no
mixture of signs is demanded and nothing ever expires.
"""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.i18n import gettext as _

SHORTEST, LONGEST = 12, 1000
DEMO_PASSWORD = "handrail-demo"  # of invented people, in demo mode only

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each hash takes 19 MiB and a tenth of a second of one core: two at a time leave room for everybody else.
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
#: What is checked when there is no such account, so that the answer takes as long.
_NOBODYS_HASH = _hasher.hash("a password that nobody has")

#: Words that passwords of this length are most often made of; what is left without them must still be something.
_WORDS = """
password passwort contrasena secret letmein welcome bienvenido iloveyou teamo qwertyuiop qwerty asdfghjkl asdfgh
zxcvbnm zxcvbn admin administrator login master monkey dragon football baseball superman batman princess sunshine
shadow michael jordan charlie summer winter spring autumn monday friday january december america american trustno
starwars whatever computer internet samsung google facebook changeme default access hello freedom blessed jesus christ
forever family familia lovely nothing abcdefghijklmnopqrstuvwxyz abcdef abc onetwothree handrail alder county
socialworker socialwork navigator coordinator provider referral client pantry
"""
_COMMON = sorted(set(_WORDS.split()), key=len, reverse=True)
_LOOKS_LIKE = str.maketrans("0134578@$!+", "oieastbasit")


async def hash_password(password: str) -> str:
    """Return an argon2id hash, made off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _hasher.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether the password is right; without a stored hash it is wrong, and takes as long to say so."""
    right = await asyncio.get_running_loop().run_in_executor(
        _pool, _verify, stored or _NOBODYS_HASH, password
    )
    return right and stored is not None


def _verify(stored: str, password: str) -> bool:
    if len(password) > LONGEST:
        return False
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's and should be made again at the next sign-in."""
    return _hasher.check_needs_rehash(stored)


def problem_with(password: str, *, about: tuple[str, ...] = (), demo: bool = False) -> str | None:
    """Return a sentence that says why the password is refused, or None.

    `about` is what everybody knows of the person: their name, mail address, organization.
    """
    if demo and password == DEMO_PASSWORD:
        return None
    if len(password) < SHORTEST:
        return _(
            "Use at least %(least)s characters. Three or four words that do not belong together do well."
        ) % {"least": SHORTEST}
    if len(password) > LONGEST:
        return _("Use at most %(most)s characters.") % {"most": LONGEST}
    folded = password.casefold()
    for known in about:
        for part in re.split(r"[\W_]+", known.casefold()):
            if len(part) >= 4 and part in folded and len(folded) - len(part) < SHORTEST:
                return _("Leave out names and addresses that others know of you.")
    if _is_pattern(folded) or min(map(_own_length, (folded, _plain(folded)))) < 5:
        return _("This is one of the first that would be tried. Add words that do not belong together.")
    return None


def _plain(text: str) -> str:
    """Return the text with signs read as the letters they stand for ("p@ssw0rd"), and without a tail of signs."""
    return re.sub(r"[\W\d_]+$", "", text).translate(_LOOKS_LIKE)


def _is_pattern(text: str) -> bool:
    """Tell whether the text is one short piece repeated, or runs of signs that follow one another."""
    for length in range(1, len(text) // 2 + 1):
        if (text[:length] * (len(text) // length + 1))[: len(text)] == text and length <= 6:
            return True
    steps = [ord(after) - ord(before) for before, after in zip(text, text[1:], strict=False)]
    return sum(step in (-1, 0, 1) for step in steps) >= len(steps) * 0.7


def _own_length(text: str) -> int:
    """Return how many letters are left without common words, digits and signs."""
    for word in _COMMON:
        text = text.replace(word, "")
    return sum(character.isalpha() for character in text)
