"""Writes: findings computed from samples, and permit limits loaded from a file."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, TextIO

from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import SerializationFailure

from facilities.locks import hold_off_joining
from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions
from violations.computation.applying import Changes, apply_findings, apply_unusable, close_periods
from violations.computation.effluent import create_effluent_rows, find_secondary_treatment
from violations.computation.findings_table import create_findings_tables
from violations.computation.levels import refresh_levels
from violations.computation.permits import find_permit_limits, mark_chronic
from violations.computation.reference_tables import (
    create_reference_tables,
    read_statistics,
    read_vocabulary,
)
from violations.computation.scope import Scope, create_scope, read_progress
from violations.computation.statements import drop_work_tables, execute, fetch
from violations.computation.stormwater import find_construction, find_industrial
from violations.computation.suspects import flag_suspect_units
from violations.limits_file import BadRow, read_limits
from violations.models import (
    Benchmark,
    Computation,
    PermitLimit,
    Pollutant,
    PollutantAlias,
    QualifierClass,
    StaleRecord,
    StatisticAlias,
    UnitConversion,
)
from violations.rules.reporting_year import reporting_year
from violations.rules.vocabulary import CGP, IGP, RULE_VERSIONS

_LIMIT_KEY = (
    "facility_place_id", "npdes_number", "location", "pollutant_id", "statistic", "unit", "valid_from",
)  # fmt: skip
# A decision of staff that is saved meanwhile makes the database refuse our write of the same finding.
_ATTEMPTS = 3
_JUDGED_BY = (Benchmark, PermitLimit, Pollutant, PollutantAlias, QualifierClass, StatisticAlias, UnitConversion)


@dataclass(slots=True)
class ComputationResult:
    """What a computation did: which runs it took in, and what it wrote."""

    as_of: date
    is_full: bool
    runs: list[int] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    levels: int = 0  # rows of ERA levels written
    unusable: int = 0  # numbers of unusable results written
    computation: int | None = None  # none if there was nothing to do

    @property
    def has_written(self) -> bool:
        """Whether anything that readers see has changed."""
        return bool(self.changes.any or self.levels or self.unusable)

    def as_json(self) -> dict[str, Any]:
        """The result for a program."""
        return {
            "as_of": self.as_of.isoformat(),
            "is_full": self.is_full,
            "runs": self.runs,
            "computation": self.computation,
            **asdict(self.changes),
        }


@dataclass(slots=True)
class LimitsImport:
    """What became of the rows of a file of permit limits."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: list[BadRow] = field(default_factory=list)
    resolved: int = 0  # limits whose plant was found now
    unresolved: int = 0  # limits in the database whose plant is unknown

    @property
    def has_written(self) -> bool:
        """Whether any limit is another one than before."""
        return bool(self.inserted or self.updated or self.resolved)


def compute_exceedances(
    *, as_of: date | None = None, is_full: bool = False, since: int | None = None
) -> ComputationResult:
    """Bring all findings, ERA levels and numbers of unusable results in line with the published samples.

    By default what the sync has changed since the last computation is judged, and what time has
    changed: years that closed, levels of a new year. `is_full` judges everything again, as happens by
    itself the first time and when a rule, a benchmark or a limit is another one; `since` takes in the
    runs after that number, too. `as_of` is the day on which years are open (today).

    One transaction with one view of the data: a sync that publishes meanwhile is the next computation's.
    A second computation at the same time waits. Writes nothing if nothing changed.
    """
    day = as_of or timezone.localdate()
    for attempt in range(_ATTEMPTS):
        try:
            with _computing():
                return _compute_once(day, is_full=is_full, since=since)
        except OperationalError as error:
            is_conflict = isinstance(error.__cause__, SerializationFailure)
            if not is_conflict or connection.in_atomic_block or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("The last attempt returns or raises.")


def _compute_once(day: date, *, is_full: bool, since: int | None) -> ComputationResult:
    resolve_permit_limits()
    last, fingerprint = Computation.objects.first(), _fingerprint()
    progress = read_progress(last.marks if last else None)
    runs = progress.runs_to_judge(since)
    is_full = is_full or last is None or str(last.fingerprint) != fingerprint
    is_new_year = last is not None and _years(last.as_of) != _years(day)
    result = ComputationResult(day, is_full, runs)
    if not (is_full or runs or is_new_year):
        return result
    started_at = timezone.now()
    drop_work_tables()
    number = fetch("SELECT nextval(pg_get_serial_sequence('violations_computation', 'id'))")[0][0]
    _compute(result, number, is_new_year=is_new_year)
    drop_work_tables()
    marks = {str(resource): run for resource, run in progress.published.items()}
    is_as_before = last is not None and last.marks == marks and str(last.fingerprint) == fingerprint
    if is_as_before and not is_new_year and not result.has_written:
        return result
    result.computation = number
    Computation.objects.create(
        pk=number,
        started_at=started_at,
        finished_at=timezone.now(),
        as_of=day,
        is_full=is_full,
        marks=marks,
        fingerprint=fingerprint,
        **asdict(result.changes),
    )
    if result.has_written:
        bump_data_versions(families=[Family.VIOLATIONS])
    return result


def _compute(result: ComputationResult, computation: int, *, is_new_year: bool) -> None:
    tables = create_reference_tables()
    scope = Scope() if result.is_full else create_scope(tables, result.runs)
    create_findings_tables()
    units = find_industrial(tables, scope.of_family(IGP), result.as_of)
    find_construction(tables, scope.of_family(CGP), result.as_of)
    rows = create_effluent_rows(tables, scope.effluent)
    find_secondary_treatment(rows, result.as_of)
    if PermitLimit.objects.exclude(esmr_facility=None).exists():
        find_permit_limits(rows, result.as_of)
    result.changes = apply_findings(scope, computation)
    if is_new_year and not result.is_full:
        result.changes.changed += close_periods(result.as_of.isoformat(), computation).changed
    result.unusable = apply_unusable(scope)
    result.levels = refresh_levels(units, scope.of_family(IGP), result.as_of, is_new_year=is_new_year)
    mark_chronic()
    flag_suspect_units(tables, scope, units)


@contextmanager
def _computing() -> Iterator[None]:
    """A transaction with one view of the data that keeps other computations out, and the matcher from joining.

    The locks come before the first query: only that takes the view, so that whoever has waited sees
    what the other one wrote. Syncs are not kept out, nor are readers, but for those of a table that is still empty.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        execute("LOCK TABLE violations_computation IN SHARE ROW EXCLUSIVE MODE")
        hold_off_joining()
        execute(
            "SET LOCAL TimeZone = 'UTC'; SET LOCAL jit = off; SET LOCAL work_mem = '192MB'; "
            # Millions of rows go through few groups: workers are worth more than the planner thinks.
            "SET LOCAL parallel_tuple_cost = 0.01; SET LOCAL parallel_setup_cost = 100; "
            "SET LOCAL statement_timeout = 0; SET LOCAL client_connection_check_interval = '5s'"
        )
        yield


def import_permit_limits(*, stream: TextIO) -> LimitsImport:
    """Load permit limits from a CSV (`violations.limits_file` lists its columns).

    Good rows are kept whether or not there are bad ones, which the result names with their line. A
    limit is recognized by its plant, location, pollutant, statistic, unit and first day: importing the
    same file again writes nothing. Findings follow at the next computation.

    Raises UserError if the file cannot be read as such a CSV.
    """
    result = LimitsImport()
    pollutants = dict(Pollutant.objects.values_list("key", "pk"))
    seen: dict[tuple[object, ...], int] = {}
    with transaction.atomic():
        for line, row in read_limits(stream, read_vocabulary(), read_statistics()):
            if isinstance(row, BadRow):
                result.bad.append(row)
                continue
            values = asdict(row)
            key = {name: values.pop(name) for name in _LIMIT_KEY if name != "pollutant_id"}
            key["pollutant_id"] = pollutants[values.pop("pollutant")]
            first = seen.setdefault(tuple(key.values()), line)
            if first != line:
                result.bad.append(BadRow(line, f"The row is about the same limit as line {first}."))
                continue
            _save_limit(key, values, result)
        result.resolved = resolve_permit_limits()
        result.unresolved = PermitLimit.objects.filter(esmr_facility=None).count()
        if result.has_written:
            bump_data_versions(families=[Family.VIOLATIONS])
    return result


def resolve_permit_limits() -> int:
    """Find the plants of limits that have none yet, by place id or NPDES number; returns how many were found.

    NPDES numbers go through the CIWQS crosswalk, where one is installed: the number must belong to one
    plant alone.
    """
    found = execute("""
        UPDATE violations_permitlimit l SET esmr_facility_id = f.id FROM facilities_esmrfacility f
        WHERE l.esmr_facility_id IS NULL AND l.facility_place_id = f.place_id
    """)
    if fetch("SELECT to_regclass('facilities_crosswalkentry')")[0][0]:
        found += execute("""
            UPDATE violations_permitlimit l SET esmr_facility_id = c.esmr_facility_id
            FROM (
                SELECT upper(c.npdes_number) AS npdes_number, min(f.id) AS esmr_facility_id
                FROM facilities_crosswalkentry c JOIN facilities_esmrfacility f ON f.place_id = c.place_id
                GROUP BY upper(c.npdes_number) HAVING count(DISTINCT f.id) = 1
            ) c
            WHERE l.esmr_facility_id IS NULL AND l.facility_place_id IS NULL AND l.npdes_number = c.npdes_number
        """)
    return found


def _save_limit(key: dict[str, Any], values: dict[str, Any], result: LimitsImport) -> None:
    """Insert or update a limit, or leave it as it is."""
    stored = PermitLimit.objects.filter(
        **{f"{name}__isnull" if value is None else name: value is None or value for name, value in key.items()}
    ).first()
    if stored is None:
        PermitLimit.objects.create(**key, **values, imported_at=timezone.now())
        result.inserted += 1
    elif any(getattr(stored, name) != value for name, value in values.items()):
        PermitLimit.objects.filter(pk=stored.pk).update(**values, imported_at=timezone.now())
        if stored.esmr_facility_id:
            # A finding's row in the unified list repeats the limit's source, which no computation compares.
            StaleRecord.objects.create(kind=StaleRecord.Kind.PLANT, record_id=stored.esmr_facility_id)
        result.updated += 1
    else:
        result.unchanged += 1


def _years(day: date) -> tuple[int, int]:
    """The years that a verdict can depend on: the reporting year, and the calendar year of eSMR."""
    return reporting_year(day), day.year


def _fingerprint() -> str:
    """Hash of all that samples are judged by."""
    rows = [list(model.objects.order_by("pk").values()) for model in _JUDGED_BY]
    text = json.dumps([RULE_VERSIONS, rows], cls=DjangoJSONEncoder, sort_keys=True)
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"
