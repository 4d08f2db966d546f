"""Measurements of the findings and of the unified list: from nothing, and after 1 % of the samples changed."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from stormwater.api.cursors import Cursor
from stormwater.api.keyset import NO_DATE, by_date, order_rows, rows_from
from stormwater.bench.emptying import empty_database
from stormwater.bench.figures import Figure, paired_ratio
from stormwater.bench.processes import run_command
from stormwater.bench.registry import Conditions, measurement
from violations.models import UnifiedFinding
from violations.refreshing.refresh import refresh_violations
from violations.selectors.unified import list_unified_findings
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
_DERIVED = (
    "violations_unifiedfinding, violations_facilitysummary, violations_findingcount, violations_duplicatepair, "
    "violations_inferredenforcementlink"
)
_NEWEST = by_date("event_date")
_PAGE = 50
_READS = 200  # of a page, for one figure
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
    empty_database()
    # Without what follows a sync, which would leave nothing to measure.
    run_command("sync", "--from", str(first), "--json", "--no-follow-ups")
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
    from_nothing = _seconds_of_refresh()
    yield Figure(
        "unified list, duplicates, links and sums from nothing",
        from_nothing,
        "s",
        note=f"{UnifiedFinding.objects.count():,} rows of the list",
    )
    _vacuum()
    yield from _pages()
    run_command("sync", "--from", str(changed), "--json", "--no-follow-ups")
    seconds = _seconds_of_computation()
    yield paired_ratio(
        "findings after 1 % changed rows",
        [seconds],
        [full[-1]],
        reference="all findings from nothing",
        limit=AFTER_A_SYNC,
    )
    start = time.perf_counter()
    refresh_violations()
    yield paired_ratio(
        "unified list, duplicates, links and sums after 1 % changed rows",
        [time.perf_counter() - start],
        [from_nothing],
        reference="the same from nothing",
    )


def _pages() -> Iterator[Figure]:
    """The last page of the list and of its largest county, newest first, against the first one."""
    county = _largest_county()
    for name, filters in (("unified list", Q()), ("unified list of the largest county", Q(county=county))):
        rows = order_rows(list_unified_findings().filter(filters), _NEWEST, is_descending=True)
        last: Any = rows.reverse()[_PAGE]
        key = (_NEWEST.as_text(last.event_date or NO_DATE), last.pk)
        beyond = rows_from(
            list_unified_findings().filter(filters),
            _NEWEST,
            is_descending=True,
            cursor=Cursor(key, is_backwards=False),
        )
        deep = order_rows(beyond, _NEWEST, is_descending=True)
        first_seconds, deep_seconds = (_seconds_of_reads(page) for page in (rows, deep))
        yield paired_ratio(
            f"last page of the {name}", [deep_seconds], [first_seconds], reference=f"its first page, {_READS} reads"
        )


def _largest_county() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT county_id FROM violations_unifiedfinding WHERE county_id IS NOT NULL "
            "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _seconds_of_reads(page: QuerySet[Any]) -> float:
    start = time.perf_counter()
    for _ in range(_READS):
        list(page.values_list("pk", "public_id", "event_date")[:_PAGE])
    return time.perf_counter() - start


def _seconds_of_refresh() -> float:
    """Of a refresh of everything into empty tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {_DERIVED} CASCADE")
    start = time.perf_counter()
    refresh_violations(is_full=True)
    return time.perf_counter() - start


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


def _vacuum() -> None:
    """As autovacuum leaves the tables an hour after a load."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
