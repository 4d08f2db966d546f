"""One run: from a fetched file to published records, in one transaction.

stage -> validate -> guards -> merge -> link -> publish. Readers see all of it or nothing; a run
that is killed leaves nothing behind, not even its work tables.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from facilities.locks import share_identity
from stormwater.api.services import bump_data_versions
from sync import guards, ledger, rawstore
from sync.contracts.base import DatasetContract, Shape
from sync.data_versions import touched_families
from sync.findings import record_findings
from sync.follow_ups import announce_publish
from sync.guards import Hold
from sync.header import HeaderCheck, check_header
from sync.linking import link_merged_records
from sync.merging.counts import MergeCounts
from sync.merging.keyed import merge_keyed
from sync.merging.samples import merge_samples
from sync.merging.targets import table_of
from sync.models import DataQualityIssue, Run
from sync.pending_indexes import build_pending_indexes
from sync.progress import Progress
from sync.reading import CsvFile, UnreadableFileError
from sync.sample_texts import compare_texts, typing_seed
from sync.selectors import find_reading
from sync.staging import StagedFile, session_settings, stage_file, stage_keys, stage_rows
from sync.statements import drop_work_tables
from sync.typed_rows import create_typed_records
from sync.typed_samples import create_typed_samples

# What a held run knows of its file that another run with the same file need not find out.
_KNOWN_OF_A_FILE = ("raw_file", "header", "rows_read", "quarantined", "issues")


@dataclass(slots=True)
class LoadRequest:
    """A file to load, and how."""

    contract: DatasetContract
    path: Path
    sha256: str
    size: int
    expected_rows: int | None = None
    is_released: bool = False  # a person has vouched for the file: no guards
    is_dry_run: bool = False
    leaves_indexes: bool = False  # more first files of its table follow: see sync/first_loads.py
    today: date = field(default_factory=timezone.localdate)


def load(run: Run, request: LoadRequest, progress: Progress) -> list[Hold]:
    """Load the file and end the run: published, or held (then the holds are returned).

    With `is_dry_run` everything is done and rolled back, and the run left open.
    """
    if _is_compared(run, request.contract):
        build_pending_indexes(table_of(request.contract.target))  # by which its rows are looked up
    with session_settings():
        holds = _load(run, request, progress)
        if request.is_dry_run:
            transaction.set_rollback(True)
    if request.is_dry_run:
        rawstore.forget_unrecorded(run.resource, request.sha256)
    return holds


def hold(run: Run, holds: list[Hold], *remarks: str) -> None:
    """End the run as held: readers keep the last good data until a person decides."""
    run.holds = [item.as_json() for item in holds]
    ledger.finish(run, Run.Status.HELD, " ".join([*remarks, *(item.sentence for item in holds)]))


def hold_again(run: Run, request: LoadRequest, held: Run) -> bool:
    """End the run as held, without reading its file, if `held` has read the same one; returns whether it was.

    The guards judge anew by what is known of the file: they, or the portal's count, may have changed.
    """
    for name in _KNOWN_OF_A_FILE:
        setattr(run, name, getattr(held, name))
    holds = _check_counts(run, request)
    if holds:
        reading = find_reading(held) or held
        hold(run, holds, f"The file of run {reading.pk}, where its findings are, has come again.")
    return bool(holds)


def _load(run: Run, request: LoadRequest, progress: Progress) -> list[Hold]:
    contract = request.contract
    holds: list[Hold] = []
    staged = None
    with (
        _timed(run, "stage", progress),
        rawstore.keeping(request.path, run.resource, request.sha256, request.size) as (stream, run.raw_file),
    ):
        try:
            file = CsvFile(stream)
            header = check_header(file.header, contract)
            run.header = header.as_json()
            if not request.is_released:
                holds = guards.check_columns(header)
            if not holds:
                staged = _stage(file, header, run, contract, progress)
        except UnreadableFileError as error:
            holds = [Hold("unreadable", str(error))]
    if staged is None:
        hold(run, holds)
        return holds
    run.rows_read = staged.rows_read
    with _timed(run, "validate", progress):
        _create_typed(run, contract, header, request.today)
        record_findings(contract, header, staged, run)
    holds = _check_counts(run, request)
    if holds:
        drop_work_tables(run.pk)
        hold(run, holds)
        return holds
    _merge_and_publish(run, request, progress)
    return []


def _is_compared(run: Run, contract: DatasetContract) -> bool:
    """Whether there are samples that the file's rows may be known by."""
    return contract.shape is Shape.SAMPLES and run.resource.last_published_id is not None


def _stage(file: CsvFile, header: HeaderCheck, run: Run, contract: DatasetContract, progress: Progress) -> StagedFile:
    seed = typing_seed(contract, header)
    if _is_compared(run, contract):
        return stage_keys(file, run.pk, progress.bytes_read, seed)
    return stage_file(file, header, run.pk, progress.bytes_read, seed)


def _create_typed(run: Run, contract: DatasetContract, header: HeaderCheck, today: date) -> None:
    if contract.shape is not Shape.SAMPLES:
        create_typed_records(contract, header, run.pk, today)
        return
    if _is_compared(run, contract):
        unknown = compare_texts(contract, run)
        with rawstore.open_stored(run.raw_file) as stream:
            stage_rows(CsvFile(stream), header, run.pk, unknown, typing_seed(contract, header))
    create_typed_samples(contract, header, run.pk, today)


def _check_counts(run: Run, request: LoadRequest) -> list[Hold]:
    if request.is_released:
        return []
    last = run.resource.last_published
    return guards.check_counts(
        request.contract.guards,
        source=run.source,
        rows_read=run.rows_read,
        quarantined=run.quarantined,
        last_published_rows=last.rows_read if last else None,
        expected_rows=request.expected_rows,
    )


def _merge_and_publish(run: Run, request: LoadRequest, progress: Progress) -> None:
    contract = request.contract
    with _timed(run, "merge", progress):
        if contract.brings_facilities:
            share_identity()  # before any row is written: see facilities/locks.py
        if contract.shape is Shape.SAMPLES:
            counts = merge_samples(
                contract,
                run,
                is_first=run.resource.last_published_id is None,
                leaves_indexes=request.leaves_indexes,
            )
        else:
            counts = merge_keyed(contract, run, timezone.now())
    with _timed(run, "link", progress):
        link_merged_records(contract, run)
    progress.step("publish")
    for name in MergeCounts.__slots__:
        setattr(run, name, getattr(counts, name))
    # Issues are about the file that is published now; the ledger keeps the older counts.
    others = Run.objects.filter(resource=run.resource).exclude(pk=run.pk).values_list("pk", flat=True)
    DataQualityIssue.objects.filter(run__in=list(others)).delete()
    drop_work_tables(run.pk)
    bump_data_versions(families=touched_families(contract, run))
    ledger.finish(run, Run.Status.PUBLISHED)
    run.resource.last_published = run
    run.resource.save(update_fields=["last_published"])
    transaction.on_commit(announce_publish)


@contextmanager
def _timed(run: Run, step: str, progress: Progress) -> Iterator[None]:
    """Tell people what is going on, and write down how long it took."""
    progress.step(step)
    start = time.monotonic()
    yield
    run.timings[step] = round(time.monotonic() - start, 3)
