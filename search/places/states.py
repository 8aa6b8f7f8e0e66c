"""The states and territories of the United States, by their postal abbreviation."""

STATES = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AS": "American Samoa",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "GU": "Guam",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "MP": "Northern Mariana Islands",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "PR": "Puerto Rico",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VI": "Virgin Islands",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}

STATE_CODES = {name.lower(): code for code, name in STATES.items()} | {code.lower(): code for code in STATES}
"""Lower-case name or abbreviation -> abbreviation."""


def in_united_states(lat: float, lon: float) -> bool:
    """Whether a point can lie in the United States: a rough frame around each part, no coast lines."""
    return any(south <= lat <= north and west <= lon <= east for south, north, west, east in _FRAMES)


_FRAMES = (
    (24.3, 49.5, -125.0, -66.8),  # the contiguous states
    (51.0, 71.6, -180.0, -129.9),  # Alaska
    (51.0, 53.2, 172.0, 180.0),  # the Aleutians beyond the date line
    (18.8, 22.4, -160.6, -154.7),  # Hawaii
    (17.6, 18.7, -67.4, -64.4),  # Puerto Rico and the Virgin Islands
    (13.1, 20.7, 144.5, 146.2),  # Guam and the Northern Marianas
    (-14.6, -10.9, -171.2, -168.0),  # American Samoa
)
