"""What tables and columns were called in older HSDS packages, and what they are called now."""

import re

GIVEN = "given_"
"""How names of columns begin, in packages that were exported here, that hold what a source wrote differently."""

SHEETS: dict[str, tuple[str, str]] = {
    # file stem in the singular: (our table, kind of sheet); the kind decides about renamed columns
    "organization": ("organization", "organization"),
    "program": ("program", "program"),
    "service": ("service", "service"),
    "location": ("location", "location"),
    "service_at_location": ("service_at_location", "service_at_location"),
    "services_at_location": ("service_at_location", "service_at_location"),
    "phone": ("phone", "phone"),
    "contact": ("contact", "contact"),
    "address": ("address", "address"),
    "physical_address": ("address", "physical_address"),
    "postal_address": ("address", "postal_address"),
    "schedule": ("schedule", "schedule"),
    "regular_schedule": ("schedule", "regular_schedule"),
    "holiday_schedule": ("schedule", "holiday_schedule"),
    "language": ("language", "language"),
    "accessibility": ("accessibility", "accessibility"),
    "accessibility_for_disability": ("accessibility", "accessibility"),
    "funding": ("funding", "funding"),
    "service_area": ("service_area", "service_area"),
    "required_document": ("required_document", "required_document"),
    "payment_accepted": ("cost_option", "payment_accepted"),
    "payments_accepted": ("cost_option", "payment_accepted"),
    "cost_option": ("cost_option", "cost_option"),
    "eligibility": ("service", "eligibility"),
    "taxonomy": ("taxonomy", "taxonomy"),
    "taxonomy_term": ("taxonomy_term", "taxonomy_term"),
    "service_taxonomy": ("attribute", "service_taxonomy"),
    "services_taxonomy": ("attribute", "service_taxonomy"),
    "service_attribute": ("attribute", "service_taxonomy"),
    "other_attribute": ("attribute", "attribute"),
    "attribute": ("attribute", "attribute"),
    "metadata": ("metadata", "metadata"),
    "meta_table_description": ("meta_table_description", "meta_table_description"),
    "url": ("url", "url"),
    "unit": ("unit", "unit"),
    "service_capacity": ("service_capacity", "service_capacity"),
    "organization_identifier": ("organization_identifier", "organization_identifier"),
}

RENAMED: dict[str, dict[str, str]] = {
    "organization": {"url": "website"},
    "service": {"fees": "fees_description", "eligibility": "eligibility_description"},
    "eligibility": {"eligibility": "eligibility_description"},
    "language": {"language": "name"},
    "accessibility": {"accessibility": "description"},
    "service_area": {"service_area": "name"},
    "payment_accepted": {"payment": "option"},
    "taxonomy_term": {"vocabulary": "taxonomy"},
    "service_taxonomy": {
        "taxonomy_id": "taxonomy_term_id",
        "taxonomy_detail": "value",
        "service_id": "link_id",
    },
    "attribute": {"taxonomy_id": "taxonomy_term_id", "taxonomy_detail": "value"},
    "holiday_schedule": {"start_date": "valid_from", "end_date": "valid_to"},
}
"""By kind of sheet, old names of columns; each holds only where a sheet lacks the new name."""


def singular(stem: str) -> str:
    """Return a file stem as `SHEETS` has it."""
    stem = re.sub(r"[^a-z]+", "_", stem.lower()).strip("_")
    if stem in SHEETS:
        return stem
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if stem.endswith(ending) and stem.removesuffix(ending) + instead in SHEETS:
            return stem.removesuffix(ending) + instead
    return stem
