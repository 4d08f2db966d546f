"""The nightly clean-up: what is older than its retention, and what killed processes left behind.

Nothing that readers or staff can still need goes: the published file of a resource and the file of
a held run that can be released stay whatever their age. The ledger's runs stay for ever; a raw
file's row stays and says when the file was removed.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from sync import rawstore
from sync.follow_ups import end_dead_follow_ups
from sync.ledger import ResourceBusyError, end_dead_runs, quiet_resource
from sync.models import DataQualityIssue, QuarantinedRow, RawFile, Resource, Run
from sync.statements import SCHEMA

_WORK_TABLE = re.compile(r"run_\d+_\w+")
_DELETED_AT_ONCE = 10_000  # rows per statement: a first clean-up of years holds no lock for minutes


@dataclass(slots=True)
class CleanUp:
    """What was removed, or with a dry run would be."""

    is_dry_run: bool
    counts: dict[str, int] = field(default_factory=dict)
    bytes_freed: int = 0
    skipped: list[str] = field(default_factory=list)  # resources that were being synced, and folders left alone

    def add(self, what: str, number: int = 1, size: int = 0) -> None:
        """Count something that goes."""
        self.counts[what] = self.counts.get(what, 0) + number
        self.bytes_freed += size

    def lines(self) -> list[str]:
        """The result in words, the sum last."""
        verb = "would be removed" if self.is_dry_run else "removed"
        lines = [f"{number:,} {what} {verb}." for what, number in self.counts.items() if number]
        lines += self.skipped
        total = sum(self.counts.values())
        sentence = f"{total:,} {verb}, {self.bytes_freed:,} bytes on disk." if total else "Nothing to clean up."
        return [*lines, sentence]


def clean_up(*, is_dry_run: bool = False, now: datetime | None = None) -> CleanUp:
    """Remove what is past its retention and what was left behind; with `is_dry_run` only count it.

    A resource that is being synced is left for the next night.
    """
    now = now or timezone.now()
    done = CleanUp(is_dry_run)
    for resource in Resource.objects.order_by("slug"):
        try:
            with quiet_resource(resource):
                _end_dead_runs(resource, done)
                _remove_raw_files(resource, done, now)
                _remove_strays(resource, done, now)
        except ResourceBusyError:
            done.skipped.append(f"{resource} is being synced, so its files were left alone.")
        _remove_findings(resource, done, now)
    if not is_dry_run:
        done.add("claims of dead follow-ups", end_dead_follow_ups())
    _note_unknown_folders(done)
    _remove_downloads(done, now)
    _drop_work_tables(done)
    _remove_sessions(done, now)
    return done


def _end_dead_runs(resource: Resource, done: CleanUp) -> None:
    """We hold the resource: whatever still says that it runs is dead."""
    dead = Run.objects.filter(resource=resource, status=Run.Status.RUNNING).count()
    done.add("claims of dead runs", dead if done.is_dry_run else end_dead_runs(resource))


def _remove_raw_files(resource: Resource, done: CleanUp, now: datetime) -> None:
    """Raw files past their retention; those whose removal was cut short, too."""
    if not settings.RAW_FILE_DAYS:
        return
    limit = now - timedelta(days=settings.RAW_FILE_DAYS)
    # A file counts from when a run last read it: an unchanged one is as good as new.
    recent = Run.objects.filter(resource=resource, raw_file__isnull=False, started_at__gte=limit)
    old = RawFile.objects.filter(resource=resource, kept_at__lt=limit).exclude(pk__in=recent.values("raw_file"))
    for raw_file in old.exclude(pk__in=_needed_files(resource)):
        path = rawstore.absolute_path(raw_file)
        size = path.stat().st_size if path.exists() else 0
        if raw_file.removed_at is not None and not size:
            continue
        done.add("raw files", size=size)
        if not done.is_dry_run:
            # The row first: a kill in between leaves a file that the next night removes.
            RawFile.objects.filter(pk=raw_file.pk).update(removed_at=now)
            path.unlink(missing_ok=True)


def _needed_files(resource: Resource) -> list[int]:
    """The published file, and those of held runs that came after it: a person may still release one."""
    published = resource.last_published
    held = Run.objects.filter(resource=resource, status=Run.Status.HELD, pk__gt=published.pk if published else 0)
    needed = list(held.exclude(raw_file=None).values_list("raw_file_id", flat=True))
    return [*needed, published.raw_file_id] if published and published.raw_file_id else needed


def _remove_strays(resource: Resource, done: CleanUp, now: datetime) -> None:
    """Half-written files, which nobody is writing while we hold the resource; and files that no row speaks of."""
    folder = rawstore.folder_of(resource)
    if not folder.is_dir():
        return
    known = set(RawFile.objects.filter(resource=resource).values_list("path", flat=True))
    for path in sorted(folder.iterdir()):
        if path.suffix == ".part":
            _unlink(path, "half-written raw files", done)
        elif f"{folder.name}/{path.name}" not in known and _is_older(path, now, settings.LEFTOVER_DAYS):
            _unlink(path, "raw files without a row", done)


def _remove_findings(resource: Resource, done: CleanUp, now: datetime) -> None:
    """Quarantined rows and issues of runs past their retention, but of the published run and the held file after it."""
    if not settings.FINDING_DAYS:
        return
    limit = now - timedelta(days=settings.FINDING_DAYS)
    published = resource.last_published_id or 0
    old = Run.objects.filter(resource=resource, finished_at__lt=limit)
    runs = list(old.exclude(pk__in=[published, *_held_with_findings(resource)]).values_list("pk", flat=True))
    _delete(QuarantinedRow.objects.filter(run__in=runs), "quarantined rows", done)
    _delete(DataQualityIssue.objects.filter(run__in=runs), "data-quality issues", done)


def _held_with_findings(resource: Resource) -> list[int]:
    """The held run whose findings a person decides by: the latest that has any, as the same file may come again."""
    findings = [model.objects.filter(run=OuterRef("pk")) for model in (QuarantinedRow, DataQualityIssue)]
    held = Run.objects.filter(resource=resource, status=Run.Status.HELD, pk__gt=resource.last_published_id or 0)
    having = held.filter(Exists(findings[0]) | Exists(findings[1])).order_by("-pk")
    return list(having.values_list("pk", flat=True)[:1])


def _note_unknown_folders(done: CleanUp) -> None:
    """Folders of no resource: of another database, perhaps, whose evidence is not ours to remove."""
    root = Path(settings.RAW_DIR)
    known = {rawstore.folder_of(resource).name for resource in Resource.objects.all()}
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.name not in known:
            done.skipped.append(f"{folder} belongs to no resource of this database and was left alone.")


def _remove_downloads(done: CleanUp, now: datetime) -> None:
    """Downloads that were never finished; younger ones are continued by the next sync."""
    folder = Path(settings.DATA_DIR) / "downloads"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.name.startswith(".") and _is_older(path, now, settings.LEFTOVER_DAYS):
            _unlink(path, "unfinished downloads", done)


def _drop_work_tables(done: CleanUp) -> None:
    """Work tables that can be seen: a run makes and drops its own within its transaction, so its process is dead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [SCHEMA])
        tables = [name for (name,) in cursor.fetchall() if _WORK_TABLE.fullmatch(name)]
        for name in tables:
            done.add("work tables of dead runs")
            if not done.is_dry_run:
                cursor.execute(f'DROP TABLE IF EXISTS {SCHEMA}."{name}"')


def _remove_sessions(done: CleanUp, now: datetime) -> None:
    """Logins that have run out."""
    done.add("expired sessions", Session.objects.filter(expire_date__lt=now).count())
    if not done.is_dry_run:
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def _delete(rows: QuerySet[QuarantinedRow] | QuerySet[DataQualityIssue], what: str, done: CleanUp) -> None:
    if done.is_dry_run:
        done.add(what, rows.count())
        return
    while batch := list(rows.order_by().values_list("pk", flat=True)[:_DELETED_AT_ONCE]):
        with transaction.atomic():
            number = rows.model._base_manager.filter(pk__in=batch)._raw_delete(connection.alias)
        done.add(what, number)


def _is_older(path: Path, now: datetime, days: int) -> bool:
    return bool(days) and path.stat().st_mtime < (now - timedelta(days=days)).timestamp()


def _unlink(path: Path, what: str, done: CleanUp) -> None:
    done.add(what, size=path.stat().st_size)
    if not done.is_dry_run:
        path.unlink(missing_ok=True)
