"""Loading the crosswalk: the CIWQS facility list, which knows more of an eSMR facility than eSMR says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from facilities.csv_files import BadRow, Row, read_rows, whole_number
from facilities.lookup_sql import county_number, region_code
from facilities.matching.normalize_places import usable_point
from facilities.models import CrosswalkEntry
from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions

# Canonical column -> other names for it. The list is published under several headers.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "place_id": ("facility_place_id", "facility id", "place id", "esmr_id"),
    "name": ("facility_name", "facility name"),
    "agency_name": ("agency", "agency name"),
    "address": ("facility_address", "place address"),
    "city": ("place city",),
    "zip_code": ("zip", "place zip"),
    "county_published": ("county", "place county"),
    "region_published": ("region", "reg. measure region"),
    "latitude": ("place latitude",),
    "longitude": ("place longitude",),
    "ciwqs_wdid": ("wdid",),
    "npdes_number": ("npdes_no", "npdes no. ca#", "npdes"),
}
_TEXTS = tuple(column for column in COLUMNS if column not in {"place_id", "latitude", "longitude"})
_VALUES = (*_TEXTS, "latitude", "longitude")


@dataclass(slots=True)
class CrosswalkReport:
    """What became of the rows of a crosswalk file: read = inserted + updated + unchanged + repeated + bad."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0  # rows of a place id that a later row has again
    bad: list[BadRow] = field(default_factory=list)
    remarks: list[BadRow] = field(default_factory=list)  # rows that were taken without some of their cells


@transaction.atomic
def import_crosswalk(*, path: Path) -> CrosswalkReport:
    """Load a CIWQS facility list: one entry per place id, new or brought up to date.

    Entries that the file does not have stay, since a list may be of some kinds of plants only. Of a place id that
    comes twice the last row counts. Coordinates outside California are left out. Raises UserError for a file that
    cannot be read. The next run of the matcher takes up what has changed.
    """
    report = CrosswalkReport()
    entries: dict[int, CrosswalkEntry] = {}
    for row in read_rows(path, COLUMNS, ("place_id", "name")):
        report.read += 1
        place_id = whole_number(row, "place_id")
        if place_id is None:
            report.bad.append(BadRow(row.line, f"no place id: {row.cells.get('place_id', 'empty')}"))
            continue
        if place_id in entries:
            report.repeated += 1
            report.remarks.append(BadRow(row.line, f"place id {place_id} came before; this row counts"))
        entries[place_id] = _entry(row, place_id, path.name, report)
    _write(entries, report)
    if report.inserted or report.updated:
        bump_data_versions(families=[Family.FACILITIES])
    return report


def _entry(row: Row, place_id: int, file_name: str, report: CrosswalkReport) -> CrosswalkEntry:
    point = _point(row, report)
    return CrosswalkEntry(
        place_id=place_id,
        file_name=file_name,
        line=row.line,
        imported_at=timezone.now(),
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        **{column: row.cells.get(column) for column in _TEXTS},
    )


def _point(row: Row, report: CrosswalkReport) -> tuple[float, float] | None:
    if "latitude" not in row.cells and "longitude" not in row.cells:
        return None
    try:
        point = usable_point(float(row.cells["latitude"]), float(row.cells["longitude"]))
    except (KeyError, ValueError):
        point = None
    if point is None:
        report.remarks.append(BadRow(row.line, "coordinates are not in California; taken without them"))
    return point


def _write(entries: Mapping[int, CrosswalkEntry], report: CrosswalkReport) -> None:
    stored = {entry.place_id: entry for entry in CrosswalkEntry.objects.filter(place_id__in=list(entries))}
    new = [entry for place_id, entry in entries.items() if place_id not in stored]
    changed = [
        entry
        for place_id, entry in entries.items()
        if place_id in stored and any(getattr(entry, name) != getattr(stored[place_id], name) for name in _VALUES)
    ]
    report.inserted, report.updated = len(new), len(changed)
    report.unchanged = len(entries) - len(new) - len(changed)
    CrosswalkEntry.objects.bulk_create(
        [*new, *changed],
        update_conflicts=True,
        unique_fields=("place_id",),
        update_fields=(*_VALUES, "file_name", "line", "imported_at"),
        batch_size=1_000,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE facilities_crosswalkentry c
            SET region_id = {region_code("c.region_published")}, county_id = {county_number("c.county_published")}
            WHERE c.place_id = ANY(%s)
            """,
            [[entry.place_id for entry in (*new, *changed)]],
        )
