"""How much each likeness of two listings counts for, or against, their being one and the same.

Points are added up; from `PROPOSE` on a pair is shown to people. Each line says for whom it stands: the numbers were set
on half of the labelled pairs of `tests/directory/duplicate_pairs.txt` and are measured on the other half.
"""

PROPOSE = 55
"""Points from which a pair is proposed."""

NAMES = ((97, 42), (90, 34), (82, 24), (74, 10), (65, -4), (50, -20), (0, -45))
"""Likeness of the names in percent from which on so many points are given; 97 and more is called the same name."""

SAME_ADDRESS = 26
SAME_STREET = 20
"""Street and number, in another suite or with another way of writing the rest."""

METRES = ((75, 20), (300, 12), (1_500, 0), (8_000, -10), (40_000, -24), (float("inf"), -40))
"""Points by distance, where addresses do not tell; a moved office is often in the same part of the town."""

WITHOUT_STREET = 0.5
"""How much a distance counts against, where one has coordinates without a street: these are often somebody's guess."""

SAME_ZIP, OTHER_STREET = 5, -6
"""Where coordinates are missing: the same ZIP code alone, and with addresses that differ."""
SAME_TOWN, OTHER_TOWN, OTHER_STATE = 0, -24, -40

SAME_PHONE = ((3, 26), (8, 14), (float("inf"), 5))
"""Points of the same telephone by how many listings have it: a hotline or a switchboard says little."""
OTHER_PHONE = -6

SAME_SITE = ((4, 10), (float("inf"), 3))
OTHER_SITE = -4
SAME_MAIL = 8
SAME_NUMBER, OTHER_NUMBER = 40, -40
"""Tax numbers and other official numbers."""

SAME_ORGANIZATION, ALIKE_ORGANIZATION, OTHER_ORGANIZATION = 4, 6, -10
"""Of services: the same organization, one that is called alike, one that is called quite differently."""

TOLD_APART, HALF_TOLD_APART = -34, -14
"""Both names have a number, a direction or a group of people, and a different one; or only one of them has."""

ONE_LIST, ONE_LIST_ONE_ORGANIZATION = -5, -15
"""Both come from one source, whose keepers took them for two; even more so for two services of one organization."""

OPPOSITES: tuple[frozenset[str], ...] = (
    frozenset((
        "north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "central",
        "downtown", "midtown", "uptown",
    )),
    frozenset((
        "men", "women", "boy", "girl",
    )),
    frozenset((
        "youth", "teen", "adult", "senior", "child", "infant", "toddler", "baby",
    )),
    frozenset((
        "day", "night", "morning", "evening", "weekend",
    )),
    frozenset((
        "english", "spanish",
    )),
    frozenset((
        "inpatient", "outpatient",
    )),
)  # fmt: skip
"""Words that tell listings of one organization apart."""

KINDS = {
    "food": frozenset((
        "food", "pantry", "shelf", "cupboard", "kitchen", "meal", "lunch", "soup", "grocery",
    )),
    "health": frozenset((
        "clinic", "health", "medical", "dental", "dentist", "hospital", "pharmacy", "counseling",
    )),
    "clothes": frozenset((
        "clothing", "clothe", "closet", "coat", "thrift",
    )),
    "learning": frozenset((
        "class", "ged", "tutoring", "education", "college", "literacy",
    )),
    "roof": frozenset((
        "shelter", "housing", "rent",
    )),
    "law": frozenset((
        "legal", "law", "attorney", "immigration",
    )),
    "work": frozenset((
        "job", "employment", "workforce", "career",
    )),
}  # fmt: skip
"""Words that say what kind of help it is: where both names do, and none of it is common, they are told apart."""

GENERIC = frozenset((
    "a", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to", "inc", "incorporated", "llc", "ltd",
    "corp", "corporation", "company", "co", "nfp", "nonprofit", "food", "pantry", "bank", "shelf", "cupboard",
    "distribution", "site", "program", "service", "center", "community", "resource", "assistance", "help",
    "office", "agency", "church", "ministry", "mission", "outreach", "organization", "association", "society",
    "foundation", "council", "department", "county", "city", "state", "public", "national", "local", "clinic",
    "health", "care", "family",
))  # fmt: skip
"""Words that many names share: likeness without them counts for more."""

SPELLINGS = {
    "st": "saint", "ste": "saint", "mt": "mount", "ft": "fort", "ctr": "center", "centre": "center", "cntr": "center",
    "comm": "community", "cmty": "community", "dept": "department", "svc": "service", "svcs": "service",
    "assn": "association", "assoc": "association", "org": "organization", "intl": "international", "natl": "national",
    "govt": "government", "univ": "university", "min": "ministry", "ministries": "ministry", "families": "family",
    "charities": "charity", "agencies": "agency", "churches": "church", "pantries": "pantry", "societies": "society",
    "children": "child", "childrens": "child", "kid": "child", "womens": "women", "woman": "women", "mens": "men",
    "man": "men", "elderly": "senior", "harbour": "harbor", "neighbour": "neighbor", "neighbourhood": "neighborhood",
    "n": "north", "s": "south", "e": "east", "w": "west", "ne": "northeast", "nw": "northwest", "se": "southeast",
    "sw": "southwest", "twp": "township", "co": "county", "ctrs": "center", "bldg": "building", "&": "and",
    "1st": "first", "2nd": "second", "3rd": "third", "prog": "program", "tmpl": "temple", "theatre": "theater",
}  # fmt: skip
"""How words of names are written otherwise, or in the plural where taking the s off does not do."""

NOBODYS_SITES = frozenset((
    "facebook.com", "instagram.com", "twitter.com", "x.com", "linktr.ee", "google.com", "sites.google.com",
    "youtube.com", "wix.com", "wordpress.com", "weebly.com", "eventbrite.com", "gofundme.com", "tinyurl.com",
    "bit.ly",
))  # fmt: skip
"""Hosts where everybody has a page."""
