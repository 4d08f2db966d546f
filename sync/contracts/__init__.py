"""The eight dataset contracts, side by side."""

from sync.contracts import (
    esmr,
    smarts_construction_facilities,
    smarts_construction_monitoring,
    smarts_enforcement_actions,
    smarts_industrial_facilities,
    smarts_industrial_monitoring,
    smarts_inspections,
    smarts_violations,
)
from sync.contracts.base import DatasetContract

# In the order of loading: what others link to comes first.
CONTRACTS: dict[str, DatasetContract] = {
    contract.slug: contract
    for contract in (
        smarts_industrial_facilities.CONTRACT,
        smarts_construction_facilities.CONTRACT,
        smarts_inspections.CONTRACT,
        smarts_violations.CONTRACT,
        smarts_enforcement_actions.CONTRACT,
        smarts_industrial_monitoring.CONTRACT,
        smarts_construction_monitoring.CONTRACT,
        esmr.CONTRACT,
    )
}
