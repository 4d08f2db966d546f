"""The sync app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SyncConfig(AppConfig):
    """Sync of the published datasets, and its ledger."""

    name = "sync"
    verbose_name = "Sync"

    def ready(self) -> None:
        """Have a row for every dataset as soon as there are tables, so that staff see what was never loaded.

        And hand the reading of the ledger down to the API, whose answers say how fresh they are.
        """
        from stormwater.api.ledger import provide_ledger
        from sync.selectors import read_ledger

        provide_ledger(read_ledger)
        post_migrate.connect(_know_datasets, sender=self)


def _know_datasets(**_: Any) -> None:
    from sync.contracts import CONTRACTS
    from sync.ledger import dataset_of

    for contract in CONTRACTS.values():
        dataset_of(contract)
