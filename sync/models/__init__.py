"""The ledger: what was fetched, what became of every row, and what changed."""

from sync.models.findings import DataQualityIssue, QuarantinedRow, RecordChange
from sync.models.ledger import Dataset, RawFile, Resource, Run

__all__ = ["DataQualityIssue", "Dataset", "QuarantinedRow", "RawFile", "RecordChange", "Resource", "Run"]
