"""Searching with a Meilisearch server, for installations that share one index between many machines."""

from search.engines.meilisearch.engine import MeilisearchEngine

__all__ = ["MeilisearchEngine"]
