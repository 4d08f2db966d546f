"""Writes: syncing datasets and releasing held runs."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, connection
from django.db.models import Q, QuerySet
from django.db.utils import Error as AnyDatabaseError
from django.utils import timezone

from stormwater.errors import UserError
from sync import ledger, pipeline, rawstore
from sync.contracts import CONTRACTS
from sync.first_loads import first_loads
from sync.guards import Hold
from sync.models import RawFile, Resource, Run, SignOfLife
from sync.pipeline import LoadRequest
from sync.progress import Progress, Silence
from sync.sources.base import PlannedFile, Source, Unresolved, Validators
from sync.sources.errors import DamagedFile, SourceError, TransportError, TruncatedBodyError
from sync.sources.opening import let_go_of

logger = logging.getLogger(__name__)

ABSENT = "absent"
_NO_DATA = frozenset({"damaged_file", "unreadable", "no_rows", "no_good_rows"})  # guards that no release gets past
_COUNTS = ("inserted", "updated", "unchanged", "removed", "duplicate", "quarantined", "issues")


@dataclass(slots=True)
class RunResult:
    """How the sync of one resource ended, in the words of the ledger (or `absent`)."""

    dataset: str  # resource slug
    source: str
    status: str
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    duplicate: int = 0
    quarantined: int = 0
    issues: int = 0
    seconds: float = 0.0
    run: int | None = None  # id of the ledger's entry; none for an absent file and after a dry run
    message: str = ""
    may_pass: bool = False  # it failed on the way to the source, and another try may succeed

    def as_json(self) -> dict[str, Any]:
        """The result as the `--json` output has it."""
        return {name: value for name, value in asdict(self).items() if name != "may_pass"}


@dataclass(slots=True)
class SyncReport:
    """What a sync did: a result per resource, and the names of files that it did not know."""

    runs: list[RunResult] = field(default_factory=list)
    ignored: tuple[str, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Whether some run failed."""
        return any(run.status == Run.Status.FAILED for run in self.runs)

    @property
    def is_held(self) -> bool:
        """Whether some run waits for a person."""
        return any(run.status == Run.Status.HELD for run in self.runs)


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to sync: `force` loads unchanged files again, `is_dry_run` writes nothing."""

    force: bool = False
    is_dry_run: bool = False
    all_years: bool = False


def sync_datasets(
    *,
    source: Source,
    requests: Sequence[str] = (),
    options: SyncOptions | None = None,
    progress: Progress | None = None,
) -> SyncReport:
    """Bring the requested datasets or resources (all if none is named) up to date from a source.

    One after the other, in the order of their links; one that is held or fails does not stop the
    rest. Raises UserError for an unknown name or a source that cannot be read at all.
    """
    options, progress = options or SyncOptions(), progress or Silence()
    plan = source.plan(requests, all_years=options.all_years)
    report = SyncReport(ignored=plan.ignored)
    with first_loads(plan.files, progress) as loads:
        for planned in plan.files:
            has_sequel = loads.has_sequel(planned)
            report.runs.append(_sync_file(planned, source, options, progress, leaves_indexes=has_sequel))
            loads.end(planned)
    report.runs += [RunResult(name, source.kind, ABSENT) for name in plan.absent]
    report.runs += [_fail_unresolved(unresolved, source, options) for unresolved in plan.unresolved]
    return report


def release_run(
    *, run_id: int, reason: str, user: AbstractBaseUser | None = None, progress: Progress | None = None
) -> RunResult:
    """Publish the file of a held run on a person's word, as a run of its own.

    Raises UserError if the run is not held, its file is not there or cannot be loaded at all, or
    something newer of the same resource was published meanwhile.
    """
    held = Run.objects.select_related("resource", "raw_file").filter(pk=run_id).first()
    if held is None:
        raise UserError(f"There is no run {run_id}.")
    if not reason.strip():
        raise UserError("A release needs a reason.")
    raw_file = releasable_file(held)
    details = {
        name: getattr(held, name)
        for name in ("source", "location", "file_name", "published_on", "etag", "last_modified")
    }
    start = time.monotonic()
    progress = progress or Silence()
    progress.begin(held.resource.slug)
    with ledger.claimed_run(
        held.resource, release_of=held, released_by=user, release_reason=reason.strip(), **details
    ) as run:
        progress.size_known(raw_file.size)
        request = LoadRequest(
            CONTRACTS[held.resource.dataset_id],
            rawstore.absolute_path(raw_file),
            raw_file.sha256,
            raw_file.size,
            is_released=True,
        )
        pipeline.load(run, request, progress)
    result = _result(run, time.monotonic() - start)
    progress.end(_sentence(result))
    return result


def note_sign_of_life(*, name: str) -> None:
    """Note that a part of the system that runs on its own has just been heard of."""
    SignOfLife.objects.update_or_create(name=name, defaults={"heard_at": timezone.now()})


def releasable_file(held: Run) -> RawFile:
    """The file of a held run that may be released. Raises UserError if it may not."""
    if held.status != Run.Status.HELD:
        raise UserError(f"Run {held.pk} is {held.status}, not held.")
    if Run.objects.filter(release_of=held, status=Run.Status.PUBLISHED).exists():
        raise UserError(f"Run {held.pk} has been released already.")
    _refuse_if_something_is_newer(held)
    if held.raw_file is None:
        raise UserError(f"Run {held.pk} was held before its file could be read; there is nothing to release.")
    if not rawstore.is_whole(held.raw_file):
        raise UserError(f"The stored file of run {held.pk} is lost or damaged; there is nothing to release.")
    if _has_no_data(held):
        raise UserError(f"The file of run {held.pk} has no data: {held.message} Sync again instead.")
    contract = CONTRACTS[held.resource.dataset_id]
    missing = set(held.header.get("missing_required", ()))
    for group in contract.required:
        if missing.issuperset(group):
            raise UserError(f"The file of run {held.pk} has no column {' or '.join(group)}: no row could be loaded.")
    return held.raw_file


def _refuse_if_something_is_newer(held: Run) -> None:
    """Raise UserError if a later run has learned that the source has another file than the held one."""
    later = _latest_word(held.resource)
    if later is None or later.pk <= held.pk:
        return
    if later.status != Run.Status.HELD:
        raise UserError(f"Run {later.pk} found newer data of {held.resource} since; run {held.pk} would undo it.")
    if later.raw_file_id != held.raw_file_id:
        raise UserError(f"Run {later.pk} holds a later file of {held.resource}: release that one instead.")


def _latest_word(resource: Resource) -> Run | None:
    """The latest run that learned what the source has; what came damaged or without data says nothing of that."""
    has_no_data = Q()
    for guard in _NO_DATA:
        has_no_data |= Q(holds__contains=[{"guard": guard}])
    return _runs_with_an_outcome(resource).exclude(has_no_data).first()


def _held_file(resource: Resource, sha256: str) -> Run | None:
    """The run that waits for a person with a file of this content, if it is the latest that has read a file's rows."""
    last = _runs_with_an_outcome(resource).exclude(status=Run.Status.HELD, rows_read=0).first()
    if last is None or last.status != Run.Status.HELD:
        return None
    raw_file = rawstore.find(resource, sha256)
    return last if raw_file is not None and raw_file.pk == last.raw_file_id else None


def _runs_with_an_outcome(resource: Resource) -> QuerySet[Run]:
    """Its runs that have neither failed nor are at work, the latest first."""
    runs = Run.objects.filter(resource=resource).order_by("-pk")
    return runs.exclude(status__in=[Run.Status.FAILED, Run.Status.RUNNING])


def _has_no_data(run: Run) -> bool:
    """Whether the run was held because no row of its file could be loaded, whatever a person says."""
    return any(item["guard"] in _NO_DATA for item in run.holds)


def _sync_file(
    planned: PlannedFile, source: Source, options: SyncOptions, progress: Progress, *, leaves_indexes: bool
) -> RunResult:
    """One run; whatever goes wrong with it is in the result."""
    contract = CONTRACTS[planned.dataset]
    resource = ledger.resource_of(contract, planned.year)
    start = time.monotonic()
    progress.begin(resource.slug)
    try:
        with ledger.claimed_run(
            resource,
            is_kept=not options.is_dry_run,
            source=source.kind,
            location=planned.location,
            file_name=planned.file_name,
            published_on=planned.published_on,
        ) as run:
            _fetch_and_load(run, planned, source, options, progress, leaves_indexes=leaves_indexes)
            result = _result(run, time.monotonic() - start)
            if options.is_dry_run:
                result.run = None
    except UserError as error:
        may_pass = isinstance(error, TransportError)
        result = RunResult(resource.slug, source.kind, Run.Status.FAILED, message=str(error), may_pass=may_pass)
    except (AnyDatabaseError, psycopg.Error) as error:  # a COPY raises psycopg's own
        if connection.connection is None or not connection.is_usable():
            # The database is gone, and nothing that follows could work.
            raise OperationalError(str(error)) from error
        if not isinstance(error, OperationalError | psycopg.OperationalError):
            logger.exception("The sync of %s failed.", resource.slug)
        result = RunResult(resource.slug, source.kind, Run.Status.FAILED, message=str(error))
    except Exception as error:
        logger.exception("The sync of %s failed.", resource.slug)
        result = RunResult(resource.slug, source.kind, Run.Status.FAILED, message=f"Unexpected error: {error}")
    result.seconds = round(time.monotonic() - start, 2)
    progress.end(_sentence(result))
    return result


def _fetch_and_load(
    run: Run,
    planned: PlannedFile,
    source: Source,
    options: SyncOptions,
    progress: Progress,
    *,
    leaves_indexes: bool,
) -> None:
    last = _last_published_file(run.resource)
    progress.step("fetch")
    start = time.monotonic()
    try:
        fetched = source.fetch(planned, None if options.force else last, progress.downloaded)
    except (DamagedFile, TruncatedBodyError) as error:
        pipeline.hold(run, [Hold("damaged_file", str(error))])
        return
    run.timings["fetch"] = round(time.monotonic() - start, 3)
    run.etag, run.last_modified = fetched.etag or "", fetched.last_modified or ""
    try:
        if last and fetched.sha256 == last.sha256 and not options.force:
            run.raw_file = rawstore.find(run.resource, last.sha256)
            ledger.finish(run, Run.Status.UNCHANGED)
            return
        progress.size_known(fetched.size)
        request = LoadRequest(
            CONTRACTS[planned.dataset],
            fetched.path,
            fetched.sha256,
            fetched.size,
            expected_rows=fetched.expected_rows,
            is_dry_run=options.is_dry_run,
            leaves_indexes=leaves_indexes,
        )
        held = None if options.force else _held_file(run.resource, fetched.sha256)
        if held is None or not pipeline.hold_again(run, request, held):
            pipeline.load(run, request, progress)
    finally:
        if fetched.temporary:
            fetched.path.unlink(missing_ok=True)
        else:
            let_go_of(fetched.path)


def _last_published_file(resource: Resource) -> Validators | None:
    """What we know of the file that readers see, if its raw file is still here and whole."""
    last = resource.last_published
    if last is None or last.raw_file is None or not rawstore.is_whole(last.raw_file):
        return None
    return Validators(
        location=last.location,
        etag=last.etag or None,
        last_modified=last.last_modified or None,
        sha256=last.raw_file.sha256,
        size=last.raw_file.size,
        path=rawstore.absolute_path(last.raw_file),
    )


def _fail_unresolved(unresolved: Unresolved, source: Source, options: SyncOptions) -> RunResult:
    """The failure of what the portal should have and has not; in the ledger, where alerts and the doctor look."""
    error = unresolved.error
    result = RunResult(
        unresolved.resource,
        source.kind,
        Run.Status.FAILED,
        message=str(error),
        may_pass=isinstance(error, TransportError),
    )
    resource = None if options.is_dry_run else _resource_of(unresolved)
    if resource is not None:
        # What ends the run is the error itself. If another run is at work there is none: that one will tell.
        with suppress(SourceError, ledger.ResourceBusyError), ledger.claimed_run(resource, source=source.kind) as run:
            result.run = run.pk
            raise error
    return result


def _resource_of(unresolved: Unresolved) -> Resource | None:
    """Whose run has failed: of a dataset that comes in years the newest year's. None for a year that nobody knows."""
    contract = CONTRACTS[unresolved.dataset]
    if not contract.is_yearly:
        return ledger.resource_of(contract, None)
    loaded = Resource.objects.filter(dataset=contract.slug).values_list("sampling_year", flat=True)
    years = {*contract.years, *(year for year in loaded if year is not None)}
    named = unresolved.resource.partition(":")[2]
    year = int(named) if named else max(years)
    return ledger.resource_of(contract, year) if year in years else None


def _result(run: Run, seconds: float) -> RunResult:
    counts = {name: getattr(run, name) for name in _COUNTS}
    return RunResult(
        dataset=run.resource.slug,
        source=run.source,
        status=str(run.status),
        read=run.rows_read,
        seconds=round(seconds, 2),
        run=run.pk,
        message=run.message,
        **counts,
    )


def _sentence(result: RunResult) -> str:
    if result.status == Run.Status.PUBLISHED:
        return (
            f"{result.dataset} published: {result.read:,} rows read, {result.inserted:,} inserted, "
            f"{result.updated:,} updated, {result.removed:,} removed in {result.seconds:.1f} s."
        )
    if result.status == Run.Status.UNCHANGED:
        return f"{result.dataset} is unchanged."
    return f"{result.dataset} {result.status}: {result.message}"
