"""What a listing says to its reader: records of many tables put into the words and the order of a page."""

from directory.showing.hours_file import hours_file, keeps_hours
from directory.showing.linked_data import embedded, organization_data, service_data
from directory.showing.organization import OrganizationPage, organization_page
from directory.showing.service import ServicePage, service_page

__all__ = [
    "OrganizationPage",
    "ServicePage",
    "embedded",
    "hours_file",
    "keeps_hours",
    "organization_data",
    "organization_page",
    "service_data",
    "service_page",
]
