"""A referral from draft to closed: sending, answering, reminding, working the list, and knowing who got help."""
