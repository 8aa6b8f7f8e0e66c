"""A referral from draft to closed: sending, answering, reminding, working the list, and knowing who got help."""

# Whoever writes referrals keeps what is derived from them, also who imports nothing but the models.
from referrals import waiting  # noqa: F401
