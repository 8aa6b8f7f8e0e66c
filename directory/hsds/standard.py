"""What HSDS 3.2 says of its 24 tables: their fields and types, what is required, and how they are nested in documents.

The facts are those of its JSON Schemas (version 3.1.1, of which 3.2 changed no field); fields stand in their order.
"""

import msgspec

VERSION = "3.2"

CHOICES: dict[str, tuple[str, ...]] = {
    "status": ("active", "inactive", "defunct", "temporarily closed"),
    "place": ("physical", "postal", "virtual"),
    "weekday": ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
    "frequency": ("WEEKLY", "MONTHLY"),
}
"""By kind of field, the only values that it may have."""


class Table(msgspec.Struct, frozen=True):
    """One table: the kind of each field, which are required, and what documents nest below a row.

    Kinds are `text`, `uuid`, `uri`, `email`, `number`, `moment` (a date-time), and those of `CHOICES`. `one` gives the
    table of a nested object and our column that refers to it, `many` that of a nested list and the column of *its* rows
    that refers back. Every table but a few has `attributes` and `metadata` besides.
    """

    name: str
    path: str
    """The file it stands in, in a package of CSV files."""
    fields: dict[str, str]
    required: tuple[str, ...] = ("id",)
    one: dict[str, tuple[str, str]] = {}
    many: dict[str, tuple[str, str]] = {}
    attributes: bool = True
    metadata: bool = True


def _fields(text: str) -> dict[str, str]:
    """Read `name:kind` pairs; a name without a kind is a text, one that ends in `id` a UUID."""
    fields = {}
    for word in text.split():
        name, _colon, kind = word.partition(":")
        fields[name] = kind or ("uuid" if name == "id" or name.endswith("_id") else "text")
    return fields


_TABLES = (
    Table(
        "taxonomy", "taxonomies.csv", _fields("id name description uri:uri version"),
        ("id", "name", "description"), attributes=False,
    ),
    Table(
        "taxonomy_term", "taxonomy_terms.csv",
        _fields("id code name description parent_id taxonomy language taxonomy_id term_uri:uri"),
        ("id", "name", "description"), one={"taxonomy_detail": ("taxonomy", "taxonomy_id")}, attributes=False,
    ),
    Table("unit", "units.csv", _fields("id name scheme identifier uri:uri"), ("id", "name")),
    Table(
        "organization", "organizations.csv",
        _fields(
            "id name alternate_name description email:email website:uri tax_status tax_id:text "
            "year_incorporated:number legal_status logo uri:uri parent_organization_id"
        ),
        ("id", "name", "description"),
        many={
            "additional_websites": ("url", "organization_id"),
            "funding": ("funding", "organization_id"),
            "contacts": ("contact", "organization_id"),
            "phones": ("phone", "organization_id"),
            "locations": ("location", "organization_id"),
            "programs": ("program", "organization_id"),
            "organization_identifiers": ("organization_identifier", "organization_id"),
            "services": ("service", "organization_id"),
        },
    ),
    Table(
        "organization_identifier", "organization_identifiers.csv",
        _fields("id organization_id identifier_scheme identifier_type identifier"),
        ("id", "identifier_type", "identifier"),
    ),
    Table(
        "program", "programs.csv", _fields("id organization_id name alternate_name description"),
        ("id", "name", "description"),
    ),
    Table(
        "location", "locations.csv",
        _fields(
            "id location_type:place url:uri organization_id name alternate_name description transportation "
            "latitude:number longitude:number external_identifier external_identifier_type"
        ),
        ("id", "location_type"),
        many={
            "languages": ("language", "location_id"),
            "addresses": ("address", "location_id"),
            "contacts": ("contact", "location_id"),
            "accessibility": ("accessibility", "location_id"),
            "phones": ("phone", "location_id"),
            "schedules": ("schedule", "location_id"),
        },
    ),
    Table(
        "service", "services.csv",
        _fields(
            "id organization_id program_id name alternate_name description url:uri email:email status:status "
            "interpretation_services application_process fees_description wait_time fees accreditations "
            "eligibility_description minimum_age:number maximum_age:number assured_date assurer_email:email "
            "licenses alert last_modified:moment"
        ),
        ("id", "name", "status"),
        one={
            "organization": ("organization", "organization_id"),
            "program": ("program", "program_id"),
        },
        many={
            "additional_urls": ("url", "service_id"),
            "phones": ("phone", "service_id"),
            "schedules": ("schedule", "service_id"),
            "service_areas": ("service_area", "service_id"),
            "service_at_locations": ("service_at_location", "service_id"),
            "languages": ("language", "service_id"),
            "funding": ("funding", "service_id"),
            "cost_options": ("cost_option", "service_id"),
            "required_documents": ("required_document", "service_id"),
            "contacts": ("contact", "service_id"),
            "capacities": ("service_capacity", "service_id"),
        },
    ),
    Table(
        "service_at_location", "service_at_location.csv",
        _fields("id service_id location_id description"),
        one={
            "location": ("location", "location_id"),
            "service": ("service", "service_id"),
        },
        many={
            "service_areas": ("service_area", "service_at_location_id"),
            "contacts": ("contact", "service_at_location_id"),
            "phones": ("phone", "service_at_location_id"),
            "schedules": ("schedule", "service_at_location_id"),
        },
    ),
    Table(
        "contact", "contacts.csv",
        _fields(
            "id organization_id service_id service_at_location_id location_id name title department email:email"
        ),
        many={"phones": ("phone", "contact_id")},
    ),
    Table(
        "phone", "phones.csv",
        _fields(
            "id location_id service_id organization_id contact_id service_at_location_id number extension:number "
            "type description"
        ),
        ("id", "number"),
        many={"languages": ("language", "phone_id")},
    ),
    Table(
        "address", "addresses.csv",
        _fields(
            "id location_id attention address_1 address_2 city region state_province postal_code country "
            "address_type:place"
        ),
        ("id", "address_1", "city", "state_province", "postal_code", "country", "address_type"),
    ),
    Table("accessibility", "accessibility.csv", _fields("id location_id description details url:uri")),
    Table(
        "schedule", "schedules.csv",
        _fields(
            "id service_id location_id service_at_location_id valid_from valid_to dtstart timezone:number until "
            "count:number wkst:weekday freq:frequency interval:number byday byweekno bymonthday byyearday description "
            "opens_at closes_at schedule_link:uri attending_type notes"
        ),
    ),
    Table(
        "service_area", "service_areas.csv",
        _fields("id service_id service_at_location_id name description extent extent_type uri"),
    ),
    Table("language", "languages.csv", _fields("id service_id location_id phone_id name code note")),
    Table(
        "cost_option", "cost_options.csv",
        _fields("id service_id valid_from valid_to option currency amount:number amount_description"),
    ),
    Table("required_document", "required_documents.csv", _fields("id service_id document uri:uri")),
    Table(
        "service_capacity", "service_capacity.csv",
        _fields("id service_id unit_id available:number maximum:number description updated:moment"),
        ("id", "unit", "available", "updated"), one={"unit": ("unit", "unit_id")},
    ),
    Table("url", "url.csv", _fields("id label url:uri organization_id service_id"), ("id", "url")),
    Table("funding", "funding.csv", _fields("id organization_id service_id source")),
    Table(
        "attribute", "attributes.csv",
        _fields("id link_id taxonomy_term_id link_type link_entity value label"),
        one={"taxonomy_term": ("taxonomy_term", "taxonomy_term_id")}, attributes=False,
    ),
    Table(
        "metadata", "metadata.csv",
        _fields(
            "id resource_id resource_type last_action_date last_action_type field_name previous_value "
            "replacement_value updated_by"
        ),
        (
            "id", "last_action_date", "last_action_type", "field_name", "previous_value", "replacement_value",
            "updated_by",
        ),
        attributes=False, metadata=False,
    ),
    Table(
        "meta_table_description", "meta_table_descriptions.csv",
        _fields("id name language character_set"),
    ),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
"""Every table by its name."""

OWNED = frozenset(
    (
        "organization_identifier", "contact", "phone", "address", "accessibility", "schedule", "service_area",
        "language", "cost_option", "required_document", "service_capacity", "url", "funding", "attribute", "metadata",
    )
)  # fmt: skip
"""Tables whose rows are part of others: within documents, where they stand says whose they are."""

_OWNERS = (
    "organization_id", "service_id", "service_at_location_id", "location_id", "contact_id", "phone_id",
    "link_id", "link_entity", "resource_id", "resource_type",
)  # fmt: skip


def implied(table: str) -> tuple[str, ...]:
    """Return the fields of a table that a document need not repeat, since they name what the row stands below."""
    return tuple(name for name in _OWNERS if name in TABLES[table].fields) if table in OWNED else ()


def nested_keys(table: str) -> frozenset[str]:
    """Return the keys under which a document of a table holds other rows."""
    one = TABLES[table]
    keys = {*one.one, *one.many}
    if one.attributes:
        keys.add("attributes")
    if one.metadata:
        keys.add("metadata")
    return frozenset(keys)
