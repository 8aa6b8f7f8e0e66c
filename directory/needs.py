"""What people need, in plain words: the catalog that listings, screenings, needs and referrals share.

The first 24 codes are the social categories of the HL7 SDOH Clinical Care guide 3.0.0 (`SDOH_SYSTEM`); the
others are ours (`OWN_SYSTEM`): clinical needs, and legal help, which the guide does not have. Codes never change;
names do not show which is which, because nobody who asks for help should have to know.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.i18n import N_

SDOH_SYSTEM = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
OWN_SYSTEM = "urn:handrail:need"


class Need(msgspec.Struct, frozen=True):
    """One need: its code, its plain name (translate at display), its field, icon and ICD-10-CM suggestions.

    `icd10` holds billable codes only, to be suggested once the need is confirmed with the person, best first.
    """

    code: str
    name: str
    field: str
    icon: str
    icd10: tuple[str, ...] = ()
    system: str = SDOH_SYSTEM


class Field(msgspec.Struct, frozen=True):
    """A group of needs that is offered as one tile and one filter; `hint` says in a few words what is in it."""

    code: str
    name: str
    hint: str
    icon: str
    needs: tuple[str, ...]


_CATALOG = (
    Need("food-insecurity", N_("Food today"), "food", "food", ("Z59.41", "Z59.48")),
    Need(
        "housing-instability",
        N_("Keeping a home"),
        "housing",
        "home",
        ("Z59.811", "Z59.812", "Z59.819"),
    ),
    Need("homelessness", N_("A place to sleep"), "housing", "home", ("Z59.00", "Z59.01", "Z59.02")),
    Need(
        "inadequate-housing",
        N_("A home in good repair"),
        "housing",
        "home",
        ("Z59.10", "Z59.11", "Z59.12", "Z59.19"),
    ),
    Need("transportation-insecurity", N_("A ride"), "transportation", "ride", ("Z59.82",)),
    Need(
        "financial-insecurity",
        N_("Money to get by"),
        "money",
        "cost",
        ("Z59.868", "Z59.869", "Z59.861", "Z59.5", "Z59.6", "Z59.72"),
    ),
    Need("material-hardship", N_("Clothes, furniture, child care"), "money", "hand", ("Z59.87",)),
    Need(
        "educational-attainment",
        N_("School and classes"),
        "vocational",
        "paper",
        ("Z55.5", "Z55.0", "Z55.8", "Z55.9"),
    ),
    Need("employment-status", N_("A job"), "vocational", "work", ("Z56.0", "Z56.2", "Z56.9")),
    Need("veteran-status", N_("Help for veterans"), "more", "flag"),
    Need("stress", N_("Stress and hard times"), "mental-health", "mind"),
    Need("social-connection", N_("Company and support"), "more", "people", ("Z60.2", "Z60.4")),
    Need("intimate-partner-violence", N_("Safety from a partner"), "safety", "safe"),
    Need("elder-abuse", N_("Safety for older people"), "safety", "safe"),
    Need("personal-health-literacy", N_("Understanding my health"), "health", "ask", ("Z55.6",)),
    Need("health-insurance-coverage-status", N_("Health insurance"), "health", "paper", ("Z59.71",)),
    Need("medical-cost-burden", N_("Medical bills and medicine costs"), "health", "bill"),
    Need("digital-literacy", N_("Learning to use a computer"), "vocational", "info"),
    Need("digital-access", N_("Phone and internet"), "money", "phone"),
    Need("utility-insecurity", N_("Light, heat and water"), "money", "bill", ("Z59.861", "Z59.12", "Z58.81")),
    Need("incarceration-status", N_("After jail or prison"), "more", "key", ("Z65.1", "Z65.2")),
    Need("language-access", N_("Help in my language"), "more", "speak"),
    Need("protective-factor", N_("Something that gives strength"), "more", "ok"),
    Need("sdoh-category-unspecified", N_("Something else"), "more", "more"),
    Need("depression", N_("Feeling very low"), "mental-health", "mind", system=OWN_SYSTEM),
    Need("anxiety", N_("Worry and panic"), "mental-health", "mind", system=OWN_SYSTEM),
    Need("psychosis", N_("Hearing or seeing things"), "mental-health", "mind", system=OWN_SYSTEM),
    Need("substance-use", N_("Alcohol or drugs"), "mental-health", "mind", system=OWN_SYSTEM),
    Need("trauma", N_("After something terrible"), "mental-health", "mind", system=OWN_SYSTEM),
    Need("suicide-risk", N_("Thoughts of ending life"), "mental-health", "phone", system=OWN_SYSTEM),
    Need("medication-management", N_("Help with medicines"), "mental-health", "list", system=OWN_SYSTEM),
    Need("primary-care", N_("A doctor or clinic"), "health", "mind", system=OWN_SYSTEM),
    Need("legal-help", N_("Legal help"), "legal", "law", system=OWN_SYSTEM),
)


class Catalog(dict[str, Need]):
    """Needs by code, in the order in which lists show them.

    A code that is not listed, such as one of an older catalog, stands for itself, so that no old record breaks a page.
    """

    def __missing__(self, code: str) -> Need:
        return Need(code, code, "", "hand")


NEEDS = Catalog({need.code: need for need in _CATALOG})
"""Every need by code."""

_FIELDS = (
    ("food", N_("Food"), N_("Groceries, hot meals, baby food"), "food"),
    ("housing", N_("A place to stay"), N_("Tonight, or before you lose your home"), "home"),
    ("transportation", N_("Rides"), N_("To the doctor, work or court"), "ride"),
    ("vocational", N_("Work and training"), N_("A job, papers, a course"), "work"),
    ("mental-health", N_("Mental health"), N_("Talk to somebody, groups, medicine"), "mind"),
    ("safety", N_("Safety"), N_("At home, from another person"), "safe"),
    ("money", N_("Bills"), N_("Light, heat, water, phone"), "bill"),
    ("legal", N_("Legal"), N_("Eviction, benefits, immigration"), "law"),
    ("health", N_("Health"), N_("Clinics, insurance, medical bills"), "ok"),
    ("more", N_("More"), N_("Company, veterans, language, after prison"), "more"),
)

FIELD_LIST: dict[str, Field] = {
    code: Field(code, name, hint, icon, tuple(need.code for need in _CATALOG if need.field == code))
    for code, name, hint, icon in _FIELDS
}
"""Every field by code, in the order of the tiles on the home page."""

FIELDS: dict[str, tuple[str, ...]] = {code: field.needs for code, field in FIELD_LIST.items()}
"""Field code -> codes of its needs."""


def label(code: str) -> str:
    """The plain English name of a need or field code (translate at display); the code itself when unknown."""
    found = NEEDS.get(code) or FIELD_LIST.get(code)
    return found.name if found else code


def with_fields(codes: Iterable[str]) -> tuple[str, ...]:
    """These need codes and the codes of the fields that they fall in: what a listing is found and counted by."""
    known = [code for code in NEEDS if code in set(codes)]
    fields = {NEEDS[code].field for code in known}
    return (*known, *(code for code in FIELD_LIST if code in fields))
