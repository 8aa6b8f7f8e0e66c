"""For whom services are: one table of the groups of people that listings speak of, and the words they do it with.

A group is what a `Seeker` may be known to belong to, or known not to. Words are patterns over lower-case text without
accents; the first group of the table that fits is meant, so that "pregnant women" is not "women". Where a listing says
that nobody else is served (`search.matching.reading`), its group stands in `Document.only_for`; where it merely names
the group, in `Document.welcomes`.
"""

from __future__ import annotations

import msgspec

from core.i18n import N_


class Audience(msgspec.Struct, frozen=True):
    """A group of people: how the page calls it after "for", and how listings name it in English and Spanish."""

    code: str
    label: str
    words: tuple[str, ...]


_TABLE = (
    Audience(
        "pregnant",
        N_("pregnant people"),
        (
            r"pregnan\w+( women| people| persons| teens)?",
            r"(expecting|expectant) (parents|mothers|women|people)",
            r"mothers.to.be",
            r"(mujeres |personas )?embarazadas?",
        ),
    ),
    Audience(
        "survivors",
        N_("people who were hurt at home"),
        (
            r"(survivors?|victims?) of (\w+(,| and| or|/or)? ){0,6}(violence|abuse|assault|trafficking|rape|"
            r"crimes?|stalking)",
            r"(domestic violence|sexual assault|abuse) (survivors?|victims?)",
            r"(battered|abused) (people|persons|spouses|partners)?",
            r"fleeing (\w+(,| and| or)? ){0,5}(violence|abuse)",
            r"(sobrevivientes|victimas) de (\w+ ){0,4}(violencia|abuso|trata)( \w+)?",
        ),
    ),
    Audience(
        "homeless",
        N_("people without a home"),
        (
            r"(who are |currently )?(experiencing|facing) homelessness",
            r"(people|persons|individuals|those) without (a )?(\w+ )?(home|housing)",
            r"homeless",
            r"unhoused",
            r"(personas )?sin (hogar|techo)",
        ),
    ),
    Audience(
        "veterans",
        N_("veterans"),
        (
            r"(u\.?s\.? |military )?veterans?",
            r"vets",
            r"former service members",
            r"veteran[oa]s?( militares)?",
        ),
    ),
    Audience(
        "military",
        N_("military families"),
        (
            r"active.duty( military| service members| personnel)?",
            r"service members",
            r"military (families|personnel|spouses)",
            r"militares( activos)?",
        ),
    ),
    Audience(
        "disability",
        N_("people with a disability"),
        (
            r"(people|persons|individuals|those|anyone)? ?with (a |any |an )?(\w+(,| and| or)? ){0,3}disabilit(y|ies)",
            r"disabled",
            r"(personas )?con discapacidad(es)?",
            r"discapacitad[oa]s",
            r"(deaf|blind|hard of hearing)",
        ),
    ),
    Audience(
        "hiv",
        N_("people with HIV"),
        (
            r"(people |persons |individuals |those )?(living )?with (hiv|aids)(.{0,5}aids)?",
            r"hiv.positive",
            r"personas con vih",
        ),
    ),
    Audience("lgbtq", N_("LGBTQ people"), (r"lgbt\w*\+?( community)?", r"(gay|lesbian|queer|transgender)")),
    Audience(
        "reentry",
        N_("people coming out of jail or prison"),
        (
            r"(formerly|previously|recently|currently) incarcerated",
            r"ex.?offenders?",
            r"returning citizens",
            r"justice.(involved|impacted)",
            r"(people |individuals )?(leaving|released from|coming out of) (jail|prison|incarceration)",
            r"parolees?",
            r"probationers?",
            r"ex.?(presos|reclusos)",
        ),
    ),
    Audience(
        "immigrants",
        N_("immigrants and refugees"),
        (
            r"(im)?migrants?( workers)?",
            r"refugees?",
            r"asylum.seekers",
            r"asylees",
            r"newcomers?",
            r"inmigrantes?",
            r"refugiad[oa]s?",
            r"recien llegados",
        ),
    ),
    Audience(
        "native",
        N_("Native Americans"),
        (
            r"native americans?",
            r"american indians?( and alaska natives?)?",
            r"alaska natives?",
            r"(enrolled )?tribal members",
            r"nativos americanos",
        ),
    ),
    Audience(
        "uninsured",
        N_("people without health insurance"),
        (
            r"(un|under)insured",
            r"(people |those |anyone )?without (health )?insurance",
            r"sin seguro( medico)?",
        ),
    ),
    Audience(
        "low-income",
        N_("people with a low income"),
        (
            r"(very |extremely )?low.?(to.moderate.)?income",
            r"(de )?(bajos|escasos) (ingresos|recursos)",
        ),
    ),
    Audience(
        "seniors",
        N_("older people"),
        (
            r"seniors?( citizens?| adults?)?",
            r"older (adults?|people|persons|americans)",
            r"elders?",
            r"elderly",
            r"retirees",
            r"(personas|adultos) mayores",
            r"ancian[oa]s",
            r"tercera edad",
        ),
    ),
    Audience(
        "youth",
        N_("young people"),
        (
            r"youths?",
            r"teens?",
            r"teenagers?",
            r"adolescents?",
            r"young (adults?|people|men|women)",
            r"jovenes",
            r"adolescentes",
        ),
    ),
    Audience(
        "families",
        N_("families with children"),
        (
            r"(famil(y|ies)|households|parents?) (with|who have|raising) (\w+ ){0,3}(child(ren)?|kids?|"
            r"minors?|teens?|bab(y|ies)|infants?|newborns?)",
            r"(single |new |young |foster |teen )?parents",
            r"familias con (\w+ )?(ninos|hijos)",
            r"padres( de familia)?",
        ),
    ),
    Audience(
        "students", N_("students"), (r"(enrolled |current |full.time |college )?students?", r"estudiantes?")
    ),
    Audience(
        "members",
        N_("their own members or clients"),
        (
            r"(current |registered |enrolled |existing |active |paid )?members( in good standing)?",
            r"(current|enrolled|existing|established) (clients|patients|residents|tenants|participants)",
            r"miembros",
            r"socios",
        ),
    ),
    Audience(
        "women",
        N_("women"),
        (r"wom[ae]n", r"females?", r"ladies", r"mothers?", r"moms?", r"mujer(es)?", r"madres?"),
    ),
    Audience("men", N_("men"), (r"m[ae]n", r"males?", r"fathers?", r"dads?", r"hombres?", r"varones")),
    Audience(
        "children",
        N_("children"),
        (r"child(ren)?", r"kids?", r"infants?", r"babies", r"toddlers?", r"nin[oa]s?", r"bebes"),
    ),
    Audience("adults", N_("adults"), (r"adults?", r"adultos?")),
)

AUDIENCES: dict[str, Audience] = {one.code: one for one in _TABLE}
"""Every group by code."""

HOUSEHOLD = (
    "families",
    "pregnant",
    "seniors",
    "veterans",
    "military",
    "disability",
    "homeless",
    "survivors",
    "immigrants",
    "lgbtq",
    "reentry",
    "low-income",
    "uninsured",
    "students",
    "native",
    "hiv",
    "women",
    "men",
)
"""Groups that may be said of a seeker, true or not true; the others follow from the age band, or cannot be known."""
