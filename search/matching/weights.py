"""How much each part of a match weighs: all numbers of the ranking stand here, and nowhere else.

A match is the product of its parts, each between 0 and 1 and raised to its weight:

    rank = need ** 1.0 * eligibility ** 1.0 * distance ** 1.0 * open ** 0.5 * freshness ** 0.3 * track ** 0.5

A product, because a service that fails badly in one respect is not saved by others; weights below 1, where a part tells
less. What is not known stands between what is known to fit and what is known to fit badly, and never excludes.
"""

from __future__ import annotations

WEIGHTS = {"need": 1.0, "eligibility": 1.0, "distance": 1.0, "open": 0.5, "freshness": 0.3, "track": 0.5}
"""Exponents of the parts, in the order in which they are multiplied."""

# -- Need: how much a service is about what is asked.
OTHER_NEED = 0.08
"""A service that also speaks to n needs that were not asked for is worth 1 / (1 + n * this): it is about more."""
RELATED = 0.4
"""A service of the same field of needs that is not tagged with the very need."""

# -- Eligibility: a product of these.
UNKNOWN_AGE = 0.8
"""There is an age limit, and whether the person is within it is not known."""
SILENT_AGE = 0.97
"""The listing says nothing about age."""
FOR_A_MEMBER = 0.9
"""The person is outside of the ages, but somebody of the household is within: a child, an older relative."""
UNKNOWN_GROUP = 0.6
"""It is for a group alone, and whether the person belongs to it is not known."""
MEANT_FOR_OTHERS = 0.5
"""It is named after a group that the person is not known to belong to."""
SILENT_GROUP = 0.97
"""The listing names no group that the person belongs to."""
OTHER_LANGUAGE = 0.6
"""Its languages are known, and none of the person's is among them."""
SILENT_LANGUAGE = 0.75
"""Nobody knows its languages, and the person does not speak English."""
UNKNOWN_STEPS = 0.7
"""The person needs a step-free way in, and nobody knows whether there is one."""
PAPERS_LACKING = 0.6
"""It asks for a paper that the person does not have, or would not show."""
PAPERS_UNKNOWN = 0.9
"""It asks for a paper, and whether the person has it is not known."""
SILENT_PAPERS = 0.97
"""The listing says nothing about papers."""
UNKNOWN_AREA = 0.95
"""Whether it serves the place is not known."""
MUST_GO_THERE = 0.25
"""The person cannot leave home, and no word tells that it comes, or works by telephone."""

# -- Distance.
HALF_NEAR_M = 5_000.0
"""At this distance nearness is one half: a short drive."""
HALF_NEAR_ON_FOOT_M = 1_600.0
"""The same for who has no car: a walk of twenty minutes."""
BY_AREA = 0.5
"""Nearness of what has no place of its own and serves the area: as good as a short drive away."""
BY_AREA_ON_FOOT = 0.7
"""The same for who has no car, or cannot leave home: nobody has to go anywhere."""
NO_PLACE_ASKED = 0.5
"""Nearness of everything when nobody said where."""

# -- Open and room.
CLOSED_NOW = 0.8
UNKNOWN_HOURS = 0.85
WAITING = 0.5
UNKNOWN_ROOM = 0.85

# -- Freshness.
STALEST = 0.1
"""What nobody has looked at for years, or who knows when, is worth this at least."""

# -- Track record.
PRIOR_STRENGTH = 8.0
"""A service's own referrals count against as many imagined average ones: after eight they weigh the same."""
PRIOR_ANSWERED, PRIOR_ACCEPTED, PRIOR_HELPED = 0.75, 0.70, 0.36
"""What an average service does: share of referrals answered, of answered ones accepted, of accepted ones helped.

Helped: of those who made contact with a service, 36 % got help in a study of 211 callers. The other two are ours.
"""
PRIOR_HOURS = 48.0
"""An average service answers within this time: two business days."""
TRACK_PARTS = {"answered": 0.2, "accepted": 0.2, "helped": 0.5, "speed": 0.1}
"""Getting help is what counts; the others tell it early."""
FEWEST_REFERRALS = 5
"""With fewer closed or answered referrals a service has no record: nobody could tell one person's from it."""
FEWEST_ANSWERS = 10
"""The time to an answer is told only from so many on."""

# -- Looking and choosing.
CIRCLES_M = (5_000.0, 15_000.0, 45_000.0, 100_000.0)
"""How far around the place is looked, wider while there is too little to choose from."""
CIRCLES_ON_FOOT_M = (3_000.0, 10_000.0, 30_000.0, 100_000.0)
ENOUGH = 6
"""So many organizations with a service that fits end the widening."""
FITS = 0.5
"""What fits well enough to be counted there: not excluded, and eligibility at least this."""
LIMIT = 150
"""How many candidates of a need an engine is asked for: the nearest, and as many that serve by area."""
LEAST, MOST = 3, 5
"""How many matches of a need are shown: three of different organizations, and two more when nearly as good."""
NEARLY = 0.5
"""A fourth and fifth match is shown with this share of the first one's rank."""
MOST_EXCLUDED = 5
"""How many of those that do not fit are shown on request, nearest first."""
