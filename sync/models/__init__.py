"""The ledger: what was fetched, what became of every row, and what changed."""

from sync.models.findings import DataQualityIssue, QuarantinedRow, RecordChange
from sync.models.ledger import Dataset, RawFile, Resource, Run
from sync.models.operations import Alert, FollowUp, PendingIndex, SignOfLife

__all__ = [
    "Alert",
    "DataQualityIssue",
    "Dataset",
    "FollowUp",
    "PendingIndex",
    "QuarantinedRow",
    "RawFile",
    "RecordChange",
    "Resource",
    "Run",
    "SignOfLife",
]
