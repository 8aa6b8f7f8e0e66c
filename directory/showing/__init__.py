"""What a listing says to its reader: records of many tables put into the words and the order of a page."""

from directory.showing.organization import OrganizationPage, organization_page
from directory.showing.service import ServicePage, service_page

__all__ = ["OrganizationPage", "ServicePage", "organization_page", "service_page"]
