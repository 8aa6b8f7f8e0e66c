"""What has no domain: settings, clock, database, jobs, forms, web, security, mail and translation.

Nothing in here knows what a service, a client or a referral is, and nothing in here imports another package
of the product.
"""
