"""Where dataset files come from: the open data portal, or a directory of downloaded files.

A source answers two questions, each in one call of `base.Source`: which files are there for the
datasets that were asked for (`plan`), and where can this one be read (`fetch`). It knows nothing of
the database and nothing of the columns; a file that leaves here is complete, is no error page, and
has a known hash. Pure Python.
"""

from sync.sources.base import FetchedFile, Plan, PlannedFile, Source, Unresolved, Validators
from sync.sources.directory import DirectorySource
from sync.sources.errors import DamagedFile, SourceError, TransportError
from sync.sources.opening import open_csv

__all__ = [
    "DamagedFile",
    "DirectorySource",
    "FetchedFile",
    "Plan",
    "PlannedFile",
    "Source",
    "SourceError",
    "TransportError",
    "Unresolved",
    "Validators",
    "open_csv",
]
