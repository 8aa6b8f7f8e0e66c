"""The directory as files for others: HSDS packages and documents, and workbooks for people.

`public` decides what may leave, `rows` reads it, `target` puts files into place when they are whole; `hsds_csv`,
`hsds_json` and `workbook` write them, `run` does it from beginning to end.
"""

from directory.exporting.run import FORMATS, ExportOptions, export_directory
from directory.exporting.target import ExportRefused

__all__ = ["FORMATS", "ExportOptions", "ExportRefused", "export_directory"]
