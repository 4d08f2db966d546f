"""`meta`: what every answer says of itself."""

from collections.abc import Sequence
from typing import Any

from stormwater.api.ledger import DatasetFacts, ledger_facts
from stormwater.api.selectors import DataVersions

LICENCE = "The source data are published by the California State Water Resources Control Board as open data."
ATTRIBUTION = (
    "California State Water Resources Control Board: California Integrated Water Quality System (eSMR) and "
    "Stormwater Multiple Application and Report Tracking System (SMARTS), by way of the California Open Data Portal."
)
DISCLAIMER = (
    "Records are shown as published and may be corrected by their publisher. Computed findings are not violations: "
    "only the Water Boards determine those. That nothing is found does not mean compliance."
)


def describe_answer(versions: DataVersions, datasets: Sequence[str]) -> dict[str, Any]:
    """The meta of an answer that is made of these datasets.

    `published` and `last_synced` are those of the dataset that lags behind most.
    """
    known = ledger_facts(versions.label)
    facts = [known[slug] for slug in datasets if slug in known]
    return {
        "data_version": versions.label,
        "published": _oldest(facts, "published"),
        "last_synced": _oldest(facts, "last_synced"),
        "sources": [
            {
                "dataset": fact.slug,
                "title": fact.title,
                "published": fact.published,
                "last_synced": fact.last_synced,
            }
            for fact in facts
        ],
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "disclaimer": DISCLAIMER,
    }


def _oldest(facts: Sequence[DatasetFacts], name: str) -> Any:
    return min((getattr(fact, name) for fact in facts if getattr(fact, name) is not None), default=None)
