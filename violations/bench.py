"""Measurements of the findings: from nothing, and after a sync that changed one sample in a hundred."""

import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from stormwater.bench.figures import Figure, paired_ratio
from stormwater.bench.processes import run_command
from stormwater.bench.registry import Conditions, measurement
from violations.services import compute_exceedances

SCALE = 0.15  # of the world, unless another is asked for
FROM_NOTHING = 6  # times the reference
AFTER_A_SYNC = 0.2  # of the computation from nothing
CHANGED_EVERY = 100  # one row in a hundred
_SAMPLES = {
    "monitoring_smartssample": ("enrollment_id", "sample_date"),
    "monitoring_esmrsample": ("esmr_facility_id", "sampling_date"),
}
_FINDINGS = (
    "violations_exceedance, violations_indeterminate, violations_eralevel, violations_unusableresults, "
    "violations_findingchange, violations_computation"
)
# Column of each monitoring file that a corrected report changes.
_CORRECTED = {
    "industrial_ad_hoc_reports": "RL",
    "construction_ad_hoc_reports": "RL",
    "esmr-analytical-export": "rl",
}


@measurement("findings")
def measure_findings(conditions: Conditions) -> Iterator[Figure]:
    """All findings from nothing, and after a sync with 1 % changed rows, against one GROUP BY of the same samples."""
    first, changed = _files(conditions)
    _empty_database()
    run_command("sync", "--from", str(first), "--json")
    _vacuum()
    full, references = [], []
    for pair in range(conditions.pairs):
        conditions.say(f"  pair {pair + 1} of {conditions.pairs}")
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {_FINDINGS} CASCADE")
        references.append(_seconds_of_reference())
        full.append(_seconds_of_computation())
    yield paired_ratio(
        "all findings from nothing",
        full,
        references,
        reference="GROUP BY discharger, parameter, reporting year with count and mean",
        limit=FROM_NOTHING,
    )
    run_command("sync", "--from", str(changed), "--json")
    seconds = _seconds_of_computation()
    yield paired_ratio(
        "findings after 1 % changed rows",
        [seconds],
        [full[-1]],
        reference="all findings from nothing",
        limit=AFTER_A_SYNC,
    )


def _seconds_of_computation() -> float:
    start = time.perf_counter()
    compute_exceedances()
    return time.perf_counter() - start


def _seconds_of_reference() -> float:
    start = time.perf_counter()
    with connection.cursor() as cursor:
        for table, (discharger, day) in _SAMPLES.items():
            cursor.execute(f"""
                SELECT count(*) FROM (
                    SELECT {discharger}, parameter_id,
                        extract(year FROM {day})::integer - (extract(month FROM {day}) < 7)::integer AS reporting_year,
                        count(*), avg(result)
                    FROM {table} WHERE removed_by_id IS NULL GROUP BY 1, 2, 3
                ) groups
            """)
    return time.perf_counter() - start


def _files(conditions: Conditions) -> tuple[Path, Path]:
    """The files of a world, and those of its samples again with every hundredth row corrected; made once."""
    scale = conditions.scale or SCALE
    first, changed = conditions.folder / f"findings-{scale:g}", conditions.folder / f"findings-{scale:g}-changed"
    if not changed.exists():
        conditions.say("  making the files")
        run_command("synthesize", "--out", str(first), "--scale", str(scale))
        part = conditions.folder / "unfinished"
        part.mkdir(exist_ok=True)
        for stem, column in _CORRECTED.items():
            for path in first.glob(f"{stem}*.csv"):
                _correct_rows(path, part / path.name, column)
        part.rename(changed)
    return first, changed


def _correct_rows(source: Path, target: Path, column: str) -> None:
    """Copy a file with another reporting limit in every hundredth row, as corrected reports would have.

    Rows with a quote in them are copied as they are.
    """
    with source.open("rb") as file, target.open("wb") as out:
        header = file.readline()
        out.write(header)
        names = header.decode("utf-8-sig").strip().split(",")
        position = names.index(column)
        for number, line in enumerate(file):
            row = line
            cells = line.split(b",")
            if number % CHANGED_EVERY == 0 and len(cells) == len(names) and b'"' not in line:
                cells[position] = b"0.0123"
                row = b",".join(cells)
            out.write(row)


def _empty_database() -> None:
    """Back to a database that has never seen a file."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {_FINDINGS} CASCADE")
        cursor.execute(
            "TRUNCATE sync_run, sync_rawfile, sync_resource, facilities_facility, monitoring_smartssample, "
            "monitoring_esmrsample, monitoring_parameter, monitoring_unit, monitoring_method CASCADE"
        )


def _vacuum() -> None:
    """As autovacuum leaves the tables an hour after a load."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
