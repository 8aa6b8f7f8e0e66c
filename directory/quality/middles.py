"""Where the places of each source lie: the middle that those far off are told by."""

from collections import defaultdict
from math import cos, radians

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import Location

FAR = 300
"""Miles from the middle of its source beyond which a place is likely to be a mistake."""
MILES_PER_DEGREE = 69.0
FEWEST = 5
"""A source of fewer places has no middle worth the name."""
_QUARTERS = (1, 2, 3)


class Middle(msgspec.Struct, frozen=True):
    """The median latitude and longitude of the places of one source, in degrees; None is what was made here."""

    source: str | None
    lat: float
    lon: float

    @property
    def miles_east(self) -> float:
        """How many miles a degree of longitude is there."""
        return MILES_PER_DEGREE * cos(radians(self.lat))


async def middles(db: AsyncSession) -> tuple[Middle, ...]:
    """Return the middles of all sources that lie in one region.

    Where half of the places are far from the middle already, as in a national directory, distance from it tells
    nothing, and the source is left out.
    """
    lat, lon = Location.latitude, Location.longitude
    number = func.count().over(partition_by=Location.source)
    ranked = (
        select(
            Location.source,
            lat.label("lat"),
            lon.label("lon"),
            number.label("number"),
            func.row_number().over(partition_by=Location.source, order_by=lat).label("up"),
            func.row_number().over(partition_by=Location.source, order_by=lon).label("across"),
        )
        .where(lat.is_not(None), lon.is_not(None), or_(lat != 0, lon != 0))
        .subquery()
    )
    at = ranked.c
    wanted = [at.number * part // 4 + 1 for part in _QUARTERS]
    rows = await db.execute(
        select(at.source, at.number, at.lat, at.lon, at.up, at.across).where(
            at.number >= FEWEST, or_(at.up.in_(wanted), at.across.in_(wanted))
        )
    )
    ups: dict[str | None, dict[int, float]] = defaultdict(dict)
    acrosses: dict[str | None, dict[int, float]] = defaultdict(dict)
    numbers: dict[str | None, int] = {}
    for row in rows:
        numbers[row.source] = row.number
        ups[row.source][row.up] = row.lat
        acrosses[row.source][row.across] = row.lon
    found = []
    for source, number_of in numbers.items():
        places = [number_of * part // 4 + 1 for part in _QUARTERS]
        south, mid_lat, north = (ups[source][place] for place in places)
        west, mid_lon, east = (acrosses[source][place] for place in places)
        middle = Middle(source, mid_lat, mid_lon)
        high = max(north - mid_lat, mid_lat - south) * MILES_PER_DEGREE
        wide = max(east - mid_lon, mid_lon - west) * middle.miles_east
        if max(high, wide) <= FAR:
            found.append(middle)
    return tuple(found)
