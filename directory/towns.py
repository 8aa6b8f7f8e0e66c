"""Names for the sketch map: the towns that addresses around a place name, where their addresses are."""

from math import cos, radians

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import Address, Location
from directory.schematic import KM_PER_DEGREE, Point

MOST = 12


async def towns_near(db: AsyncSession, latitude: float, longitude: float, km: float = 25) -> list[Point]:
    """Return the towns around a point, those with most listings first; confidential places tell nothing."""
    high = km / KM_PER_DEGREE
    wide = high / max(cos(radians(latitude)), 0.05)
    rows = await db.execute(
        select(Address.city, func.avg(Location.latitude), func.avg(Location.longitude))
        .join(Location, Location.id == Address.location_id)
        .where(
            Location.latitude.between(latitude - high, latitude + high),
            Location.longitude.between(longitude - wide, longitude + wide),
            Location.confidential.is_(False),
            Address.city.is_not(None),
        )
        .group_by(Address.city)
        .order_by(func.count().desc(), Address.city)
        .limit(MOST)
    )
    return [Point(north, east, city) for city, north, east in rows]
