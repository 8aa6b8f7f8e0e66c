"""Brings listings in from files of other people: HSDS packages, and tables through a mapping.

One import goes through four steps, one module each: `files` opens what was given and `rows` reads it, `hsds_csv` or
`spreadsheet` turn its rows into drafts of ours, `stage` works out what would change, `write` changes it. `report` tells
what became of every row.
"""

from directory.importing.errors import ImportRefused
from directory.importing.report import Report
from directory.importing.run import FORMATS, ImportOptions, import_directory

__all__ = ["FORMATS", "ImportOptions", "ImportRefused", "Report", "import_directory"]
