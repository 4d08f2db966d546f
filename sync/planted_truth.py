"""What the rules made of the probable duplicates and the links that are planted in a synthetic world."""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sync.synthetic.truth_planted import DUPLICATE_COLUMNS, DUPLICATES, LINK_COLUMNS, LINKS
from violations.models import DuplicatePair, InferredEnforcementLink

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlantedTruth:
    """Of what is planted how much there is, and what the rules do not say: rows of the truth files."""

    duplicates: int
    not_proposed: Collection[Row]
    links: int
    not_inferred: Collection[Row]

    def sentence(self) -> str:
        """The counts in words; what is missing by the ids of its row."""
        duplicates = _counted(self.duplicates, self.not_proposed, "proposed", "violation")
        links = _counted(self.links, self.not_inferred, "inferred", "action")
        return f"Planted duplicates: {duplicates}. Planted links of enforcement actions: {links}."


def compare_with_planted(folder: Path) -> PlantedTruth:
    """Look for what the truth files of the world in `folder` name, after a refresh. By chance there is more."""
    duplicates, links = _read(folder / DUPLICATES, DUPLICATE_COLUMNS), _read(folder / LINKS, LINK_COLUMNS)
    return PlantedTruth(
        duplicates=len(duplicates),
        not_proposed=sorted(duplicates - _proposed()),
        links=len(links),
        not_inferred=sorted(links - _inferred()),
    )


def _proposed() -> set[Row]:
    pairs = DuplicatePair.objects.filter(is_proposed=True, exceedance__enrollment__isnull=False).values_list(
        "violation__violation_id",
        "exceedance__rule",
        "exceedance__enrollment__wdid",
        "exceedance__enrollment__app_id",
        "exceedance__pollutant__key",
        "exceedance__period_start",
        "exceedance__period_end",
    )
    return {
        (violation, rule, wdid or f"APP {app_id}", pollutant, str(start), str(end))
        for violation, rule, wdid, app_id, pollutant, start, end in pairs
    }


def _inferred() -> set[Row]:
    return set(
        InferredEnforcementLink.objects.values_list("enforcement_action__enforcement_id", "violation__violation_id")
    )


def _read(path: Path, columns: Collection[str]) -> set[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {tuple(row[column] for column in columns) for row in csv.DictReader(stream)}


def _counted(number: int, missing: Collection[Row], done: str, what: str) -> str:
    if not missing:
        return f"{number:,}, all {done}"
    return f"{number:,}, of which {len(missing):,} NOT {done} ({what} {', '.join(row[0] for row in missing)})"
