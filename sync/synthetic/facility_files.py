"""Writing the two facility files, and counting what a sync makes of them."""

from dataclasses import dataclass, field
from pathlib import Path

from sync.synthetic.enrollments import INDUSTRIAL, Enrollment, Enrollments, Lane
from sync.synthetic.facility_rows import CONTRACTS, Row, facility_rows
from sync.synthetic.keyed_truth import KeyedTruth, Published
from sync.synthetic.oddities import quarantined_lines, repaired_lines
from sync.synthetic.portal_file import PortalFile
from sync.synthetic.sizes import total_in
from sync.synthetic.tally import Tally

ODD_ROWS = 3


@dataclass(slots=True)
class FacilityCounts:
    """What a facility file is to leave in the tables."""

    tally: Tally
    live: int = 0
    removed: int = 0
    superseded: int = 0
    sites: set[str] = field(default_factory=set)  # one per APP_ID, or per WDID without one


def write_facilities(folder: Path, enrollments: Enrollments, week: int) -> FacilityCounts:
    """Write the file of one program and week."""
    contract = CONTRACTS[enrollments.program]
    renamed = {"REGION_BOARD": "REGION", "REGION": "REGION_BOARD"} if week % 2 else {}
    with PortalFile(folder, contract, week, renamed=renamed) as file:
        counts = FacilityCounts(file.tally)
        truth = KeyedTruth(contract, file.tally)
        for index in range(total_in(week, enrollments.count)):
            enrollment = enrollments.get(index)
            rows = facility_rows(enrollment, week)
            file.add_lines([file.line_of(row) for row in rows])
            _count(enrollment, rows, week, truth, counts)
            file.tally.add_entity(Lane, enrollment.lane)
            if index == 20:
                _add_oddities(file, counts, enrollments, week)
        file.add_blank_lines()
    return counts


def _rows_before(enrollment: Enrollment, week: int) -> list[Row]:
    """The rows of an enrollment when it was last published before this week."""
    for earlier in range(week - 1, enrollment.life.first - 1, -1):
        if enrollment.life.is_there(earlier):
            return facility_rows(enrollment, earlier)
    return []


def _count(enrollment: Enrollment, rows: list[Row], week: int, truth: KeyedTruth, counts: FacilityCounts) -> None:
    if not week or enrollment.changes(week):
        was_there = week > 0 and enrollment.life.is_there(week - 1)
        truth.count(Published(rows, _rows_before(enrollment, week), was_there=was_there))
    elif rows:
        truth.count_unchanged(rows)
    counts.live += bool(rows)
    counts.removed += not rows  # whoever has been born and is not there was there once
    counts.superseded += truth.superseded(rows or _rows_before(enrollment, week))
    counts.sites.add(enrollment.app_id or f"w{enrollment.wdid}")


def _add_oddities(file: PortalFile, counts: FacilityCounts, enrollments: Enrollments, week: int) -> None:
    sound = next(index for index in range(enrollments.count) if enrollments.get(index).lane > 30)
    columns = list(file.columns)
    app_id, wdid, operator = columns.index("APP_ID"), columns.index("WDID"), 8
    rows = []
    for number in range(ODD_ROWS):
        row = list(facility_rows(enrollments.get(sound), week)[0])
        row[app_id] = f"{'49' if enrollments.program == INDUSTRIAL else '59'}990{number}X"
        row[wdid] = f"4 19{'I' if enrollments.program == INDUSTRIAL else 'C'}99900{number}"
        counts.sites.add(str(row[app_id]))
        rows.append(row)
    for line, code in repaired_lines(rows, operator):
        file.add_raw(line)
        file.tally.add_flaws([("", code)])
        if week:
            file.tally.unchanged += 1
        else:
            file.tally.inserted += 1
    counts.live += ODD_ROWS
    for line, reason in quarantined_lines(rows[0], (app_id, wdid), operator):
        file.add_raw(line)
        file.tally.quarantined[reason] += 1
