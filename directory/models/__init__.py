"""The 24 tables of HSDS 3.1, named and shaped as its schemas, with a few columns of our own."""

from directory.models.base import Recorded
from directory.models.classification import (
    Attribute,
    Metadata,
    MetaTableDescription,
    Taxonomy,
    TaxonomyTerm,
)
from directory.models.locations import Accessibility, Address, Location, LocationPosition
from directory.models.organizations import (
    Contact,
    Funding,
    Language,
    Organization,
    OrganizationIdentifier,
    Phone,
    Program,
    Url,
)
from directory.models.services import (
    PUBLIC_STATUSES,
    CostOption,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    Unit,
)

__all__ = [
    "HSDS_TABLES",
    "PUBLIC_STATUSES",
    "Accessibility",
    "Address",
    "Attribute",
    "Contact",
    "CostOption",
    "Funding",
    "Language",
    "Location",
    "LocationPosition",
    "MetaTableDescription",
    "Metadata",
    "Organization",
    "OrganizationIdentifier",
    "Phone",
    "Program",
    "Recorded",
    "RequiredDocument",
    "Schedule",
    "Service",
    "ServiceArea",
    "ServiceAtLocation",
    "ServiceCapacity",
    "Taxonomy",
    "TaxonomyTerm",
    "Unit",
    "Url",
]

HSDS_TABLES = {
    model.__tablename__: model
    for model in (
        # in an order in which every row finds the rows it points to already there
        Taxonomy,
        TaxonomyTerm,
        Unit,
        Organization,
        OrganizationIdentifier,
        Program,
        Location,
        Service,
        ServiceAtLocation,
        Contact,
        Phone,
        Address,
        Accessibility,
        Schedule,
        ServiceArea,
        Language,
        CostOption,
        RequiredDocument,
        ServiceCapacity,
        Url,
        Funding,
        Attribute,
        Metadata,
        MetaTableDescription,
    )
}
"""Every table by its HSDS name, owners before what belongs to them."""
