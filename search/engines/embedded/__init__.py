"""The default engine: tantivy for words and a numpy grid for distance, both in this process.

Nothing to install and nothing to run. One folder, disposable, shared by any number of reading processes.
"""

from search.engines.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
