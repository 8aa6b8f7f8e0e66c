"""The code lists that the pages of referrals show, by the names their templates know."""

from typing import Any

from care.models import CATEGORIES, CONSENT_FORMS, URGENCIES
from directory.needs import NEEDS
from referrals.models import BUSINESS_STATES, OUTCOMES, REASONS, STATES


def words() -> dict[str, Any]:
    """Return the code lists that the templates of referrals show."""
    return {
        "needs": NEEDS,
        "states": STATES,
        "reasons": REASONS,
        "outcomes": OUTCOMES,
        "business_states": BUSINESS_STATES,
        "urgencies": URGENCIES,
        "categories": CATEGORIES,
        "consent_forms": CONSENT_FORMS,
    }
