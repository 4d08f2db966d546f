"""Staff pages of the ledger."""

from sync.admin import datasets, findings, raw_files, runs

__all__ = ["datasets", "findings", "raw_files", "runs"]
