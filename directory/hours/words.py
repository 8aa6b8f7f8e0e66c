"""The vocabulary of opening hours, English and Spanish, all in lower case without accents."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_DAY_NAMES = (
    "monday mondays mon mons mo lunes lun",
    "tuesday tuesdays tue tues tu martes",
    "wednesday wednesdays wed weds wednes we miercoles mie",
    "thursday thursdays thu thur thurs th jueves jue",
    "friday fridays fri fris fr viernes vie",
    "saturday saturdays sat sats sa sabado sabados sab",
    "sunday sundays sun suns su domingo domingos dom",
)
DAYS: dict[str, int] = {name: day for day, names in enumerate(_DAY_NAMES) for name in names.split()}

# Initials are days only beside another day ("M-F", "T/Th", "MWF"); S alone could be either day of the weekend.
INITIALS: dict[str, int] = {"m": 0, "t": 1, "tu": 1, "w": 2, "th": 3, "f": 4, "sa": 5, "su": 6}

DAY_SETS: dict[str, tuple[int, ...]] = {
    r"(?:week ?days?|entre semana)(?: only)?": (0, 1, 2, 3, 4),
    r"week-?ends?|fin(?:es)? de semana": (5, 6),
    r"daily|nightly|every ?day|each day|(?:7|seven) days (?:a|per|each) week|7 days|todos los dias"
    r"|diari[ao]s?|diariamente|de diario": (0, 1, 2, 3, 4, 5, 6),
}

ORDINALS: dict[str, int] = {
    **dict.fromkeys(("first", "primer", "primero", "primeros"), 1),
    **dict.fromkeys(("second", "segundo", "segundos"), 2),
    **dict.fromkeys(("third", "tercer", "tercero", "terceros"), 3),
    **dict.fromkeys(("fourth", "forth", "cuarto", "cuartos"), 4),
    **dict.fromkeys(("fifth", "quinto", "quintos"), 5),
    **dict.fromkeys(("last", "ultimo", "ultimos"), -1),
}

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero",
            "february feb febrero",
            "march mar marzo",
            "april apr abril",
            "may mayo",
            "june jun junio",
            "july jul julio",
            "august aug agosto",
            "september sept sep septiembre",
            "october oct octubre",
            "november nov noviembre",
            "december dec diciembre",
        ),
        start=1,
    )
    for name in names.split()
}

FILLER = _words(
    "open opens opened hours hour hrs from the of on at between is are only for day days time times"
    " abierto abiertos horario horas desde de del los las el la en"
)
EVERY = _words("every each weekly cada semanal semanalmente")
AND = frozenset(("and", "y", "&", "+", ",", "/", "plus"))
OR = frozenset(("or", "o"))
RANGE = frozenset(("-", "to", "through", "thru", "until", "till", "til", "a", "al", "hasta"))

# What follows each name is a pattern; the first that fits wins, so the longer readings stand first.
PHRASES: tuple[tuple[str, str], ...] = (
    (
        "note",
        r"(?:please )?call (?:us )?(?:at )?\(?\d{3}\)?[ .-]?\d{3}[ .-]\d{4}(?: (?:first|ahead|before coming))?"
        r"|no (?:appointments?|appts?)(?: (?:is|are))? (?:necessary|needed|required)"
        r"|(?:except|excluding|closed|not open|excepto|cerrado)(?: (?:on|for|all|los|en|the))*"
        r"(?: (?:major|federal|legal|national|public|bank|most))*"
        r" (?:holidays|dias? festivos|feriados)(?: and school (?:closures|holidays|breaks))?"
        r"|holidays excluded"
        r"|(?:or )?(?:while|until|till) (?:supplies|supply|food|quantities) (?:lasts?|runs? out|(?:is|are) gone)"
        r"|(?:or )?until gone|first[- ]come,? first[- ]serve[d]?"
        r"|(?:(?:please|must|you must) )?call (?:ahead|first|before (?:coming|visiting|you come))"
        r"|drive[- ]?(?:thru|through|up)|curb-?side|walk[- ]?ins?(?: (?:only|welcome|accepted))?"
        r"|breakfast|lunch(?! break)|dinner|supper|snacks?|desayuno|almuerzo|cena|merienda",
    ),
    (
        "appointment",
        r"(?:also |or )?(?:by|with|via)(?: an)? (?:appointments?|appoint|appts?|apt)\b\.?(?: only)?"
        r"|(?:appointments?|appts?)\b\.?(?: (?:only|required|needed|necessary))?"
        r"|(?:con|por|solo con|previa) cita(?: previa)?|cita previa"
        r"|(?:on|by) call|as needed|when needed",
    ),
    ("filler", r"we(?: are|'re) open|(?:every|each|per|a) week|cada semana"),
    ("emergency", r"emergenc(?:y|ies)(?: only)?|emergencias?"),
    (
        "doubt",
        r"temporar\w+|suspend\w+|inactive|no longer|covid\S*|discontinued|until further notice|cancell?ed|permanent\w*"
        r"|closed until|summers?|winters?|spring|autumn|fall|season\w*|school year|during|semesters?|varies|vary"
        r"|var[iy]ing|tb[ad]|unknown|odd|even|not|no|pending|moved|changed",
    ),
    ("alternate", r"every other(?: weeks?)?|every (?:2|two|second) weeks?|alternat\w+|cada dos semanas"),
    (
        "loose",
        r"bi-?weekly|bi-?monthly|fortnightly|quincenal(?:mente)?"
        r"|(?:once|twice|(?:one|two|three|[1-4]) ?x|[1-4] times|(?:one|two|three) times)"
        r" ?(?:/|a|an|per|each|every)? ?(?:month|monthly|week)",
    ),
    ("doubt", r"once|twice|some|select(?:ed)?|certain|sometimes|usually|occasionally|if"),
    ("week_of", r"(?:full )?weeks? (?:of|each|every|in)(?: (?:the|each|every))? ?month"),
    (
        "month",
        r"(?:of|in|per|de|del)(?: (?:the|each|every|a|cada))? ?(?:month|mes)\b|(?:each|every|cada) (?:month|mes)\b",
    ),
    ("monthly", r"monthly|mensual(?:mente)?|una vez al mes"),
    ("break", r"(?:lunch )?break(?: for lunch)?|closed for lunch"),
    ("closed", r"closed|cerrad[oa]s?"),
    ("except", r"except(?: for)?|excluding|excepto|but not|salvo"),
    ("start", r"(?:starting|starts|beginning|begins|effective|as of|since|a partir de(?:l)?)(?: on)?"),
    ("end", r"(?:ending|ends|valid (?:until|through))(?: on)?"),
    ("everyday", r"24 ?/ ?7|24/7/365"),
    (
        "all_day",
        r"(?:open )?24[- ]?(?:hours?|hrs?|h|horas)(?: (?:a|per) day| al dia)?|around the clock|all day",
    ),
)

# A heading that names one of these gives the hours of something else than the service itself.
OTHER_HOURS = _words(
    "deliver delivery deliveries phone phones call calls office donation donations donate volunteer volunteers thrift"
    " store staff screening intake mobile enrollment registration line lines"
)
