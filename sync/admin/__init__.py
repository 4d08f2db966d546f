"""Staff pages of the ledger."""

from sync.admin import datasets, findings, operations, raw_files, runs

__all__ = ["datasets", "findings", "operations", "raw_files", "runs"]
