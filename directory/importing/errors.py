"""What stops an import as a whole."""


class ImportRefused(Exception):
    """The file cannot be imported; the message is one sentence that says why. Nothing was changed."""
