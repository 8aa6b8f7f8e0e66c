"""The labelled pairs of `duplicate_pairs.txt`, read into what the rules look at."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from directory.duplicates.likeness import Facts
from directory.text import normal_address

TOWNS = {
    "69812": ("harlow", 42.05, -101.4),
    "69820": ("millbrook", 42.2, -101.1),
    "69830": ("alder falls", 42.0, -101.6),
    "69841": ("birch hollow", 41.8, -101.3),
    "69821": ("", 42.05, -101.4),
}


class Labelled(NamedTuple):
    """Two listings, whether they are the same, what the pair tries, and whether weights may be set by it."""

    one: Facts
    two: Facts
    same: bool
    kind: str
    tuned: bool
    shared: bool


def pairs() -> list[Labelled]:
    """Return all pairs, in their order."""
    seen: Counter[str] = Counter()
    found = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        head, *sides = (part.strip() for part in line.split("|"))
        same, kind = head.split()
        seen[head] += 1
        one, two = (_facts(number, side) for number, side in enumerate(sides))
        found.append(Labelled(one, two, same == "y", kind, seen[head] % 2 == 1, "*" in line))
    return found


def _facts(number: int, side: str) -> Facts:
    name, organization, street, zip_code, phone, site, offset = (
        part.strip() for part in f"{side} ".split(";")
    )
    town, lat, lon = TOWNS[zip_code]
    points: tuple[tuple[float, float], ...] = ()
    if offset:
        east, north = map(float, offset.split(","))
        points = ((lat + north / 111_195, lon + east / 82_600),)
    return Facts(
        id=f"{number} {name}".encode(),
        source=("first", "second")[number],
        names=(name,),
        owner=hashlib.sha256(f"{number} {organization}".encode()).digest()[:16] if organization else b"",
        owner_name=organization,
        phones=(f"+1698555{phone.strip('*')}",) if phone else (),
        sites=(site,) if site else (),
        streets=((normal_address(street), zip_code),) if street else (),
        zips=(zip_code,),
        towns=(town,) if town else (),
        states=("NE",),
        points=points,
    )
