"""Benchmarks: believable services and referrals in any number, and what it costs to serve them."""
