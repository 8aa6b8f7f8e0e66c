"""What tables, fields and states are called on the pages about sources."""

from typing import Any

from core.i18n import N_
from core.i18n import gettext as _

TABLES = {
    "service": N_("Service"),
    "organization": N_("Organization"),
    "location": N_("Place"),
    "program": N_("Program"),
    "service_at_location": N_("Where it is"),
    "taxonomy": N_("Taxonomy"),
    "taxonomy_term": N_("Term"),
    "unit": N_("Unit"),
    "organization_identifier": N_("Identifier"),
    "contact": N_("Contact person"),
    "phone": N_("Phone"),
    "address": N_("Address"),
    "accessibility": N_("Accessibility"),
    "schedule": N_("Hours"),
    "service_area": N_("Area served"),
    "language": N_("Language"),
    "cost_option": N_("Cost"),
    "required_document": N_("What to bring"),
    "service_capacity": N_("Room"),
    "url": N_("Web address"),
    "funding": N_("Funding"),
    "attribute": N_("Classification"),
    "metadata": N_("History"),
    "meta_table_description": N_("Description of a table"),
}

FIELDS = {
    "name": N_("Name"),
    "alternate_name": N_("Other name"),
    "description": N_("Description"),
    "url": N_("Web address"),
    "website": N_("Web address"),
    "email": N_("Mail address"),
    "status": N_("State"),
    "organization_id": N_("Organization"),
    "program_id": N_("Program"),
    "interpretation_services": N_("Interpreters"),
    "application_process": N_("How to get it"),
    "fees_description": N_("Cost"),
    "fees": N_("Cost"),
    "wait_time": N_("Waiting time"),
    "accreditations": N_("Accreditations"),
    "licenses": N_("Licenses"),
    "eligibility_description": N_("Who it is for"),
    "minimum_age": N_("Youngest age"),
    "maximum_age": N_("Oldest age"),
    "assured_date": N_("Last checked"),
    "assurer_email": N_("Checked by"),
    "alert": N_("Alert"),
    "capacity": N_("Room"),
    "transportation": N_("How to get there"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "location_type": N_("Kind of place"),
    "parent_organization_id": N_("Part of"),
    "tax_status": N_("Tax status"),
    "legal_status": N_("Legal status"),
    "year_incorporated": N_("Founded"),
}

CHANGES = {
    "added": N_("new"),
    "updated": N_("changed"),
    "removed": N_("removed"),
    "unchanged": N_("unchanged"),
    "gone": N_("no longer listed there"),
}

STATES = {
    "reading": N_("being read"),
    "ready": N_("waits for a decision"),
    "applied": N_("applied"),
    "discarded": N_("discarded"),
    "failed": N_("failed"),
}

STEPS = {
    "root": N_("Finding out what is there"),
    "services": N_("Reading services"),
    "ids": N_("Reading the list of all ids"),
    "compare": N_("Looking for what is missing"),
    "wanted": N_("Reading what was missing"),
    "organizations": N_("Looking for further organizations"),
    "lone": N_("Reading further organizations"),
    "taxonomies": N_("Reading taxonomies"),
    "taxonomy_terms": N_("Reading terms"),
    "late": N_("Reading what has changed meanwhile"),
    "rest": N_("Reading what was missing"),
    "done": N_("Working out what would change"),
}


def said(sentence: list[Any] | None) -> str:
    """Return a stored sentence in the language of the request."""
    return _(str(sentence[0])) % sentence[1] if sentence else ""


def field(name: str) -> str:
    """Return what a field is called."""
    return _(FIELDS[name]) if name in FIELDS else name.replace("_", " ").capitalize()


def table(name: str) -> str:
    """Return what a row of a table is called."""
    return _(TABLES.get(name, name))


def words() -> dict[str, Any]:
    """Return what the templates need."""
    return {
        "said": said,
        "field_name": field,
        "table_name": table,
        "changes": CHANGES,
        "states": STATES,
        "steps": STEPS,
    }
