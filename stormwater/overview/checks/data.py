"""Whether the data are fresh, and nothing waits for a person."""

from collections.abc import Iterator

from django.utils import timezone

from stormwater.overview.checks.finding import Finding, warning
from sync import rawstore
from sync.follow_ups import list_failing_follow_ups
from sync.models import Alert, Resource, Run
from sync.pending_indexes import list_pending_indexes
from sync.selectors import list_resource_statuses, list_unsuccessful_runs


def check_data() -> Iterator[Finding]:
    """Every dataset is as fresh as its cadence asks for, and no run is held or failed."""
    unsuccessful = list_unsuccessful_runs()
    for status in list_resource_statuses():
        if status.resource in unsuccessful:
            # Also while the next try is at work: that one has mended nothing yet.
            latest = {run.status: run for run in unsuccessful[status.resource]}
            yield from (_finding_of_run(run, status.resource) for run in latest.values())
        elif status.is_stale:
            how_old = "was never loaded" if status.last_run is None else "is older than its cadence allows"
            yield warning("data", f"{status.resource} {how_old}.", f"Run: manage.py sync {status.resource}")


def _finding_of_run(run: Run, resource: str) -> Finding:
    if run.status == Run.Status.HELD:
        return warning(
            "data",
            f"Run {run.pk} of {resource} is held: {run.message}",
            f'Look at its file; if that is right: manage.py sync --release {run.pk} --reason "..."',
        )
    return warning(
        "data",
        f"Run {run.pk} of {resource} failed: {run.message}",
        f"When the cause is mended: manage.py sync {resource}",
    )


def check_raw_files() -> Iterator[Finding]:
    """The files that readers' data come from are in the store, and whole as far as a look at their ends tells."""
    for resource in Resource.objects.exclude(last_published=None).select_related("last_published__raw_file"):
        run = resource.last_published
        if run and run.raw_file and not rawstore.is_whole(run.raw_file):
            yield warning(
                "raw files",
                f"The stored file of run {run.pk}, which readers' data of {resource} come from, is lost or damaged.",
                f"Run: manage.py sync {resource}, which stores it again if the source still has it.",
            )


def check_indexes() -> Iterator[Finding]:
    """No table of samples is without its indexes, unless its first load is at work."""
    if Run.objects.filter(status=Run.Status.RUNNING).exists():
        return
    for table in sorted({pending.table for pending in list_pending_indexes()}):
        yield warning(
            "indexes",
            f"The table {table} is without indexes, and slow to read: its first load has ended before its last file.",
            "Run: manage.py follow_up, or the sync again. Each builds them before anything else.",
        )


def check_follow_ups() -> Iterator[Finding]:
    """What follows a publish was done."""
    for step in list_failing_follow_ups():
        sentence = f"The follow-up {step.name} failed: {step.message}"
        yield warning("follow-ups", sentence, f"When the cause is mended: manage.py follow_up {step.name}")


def check_alerts() -> Iterator[Finding]:
    """No alert is open that the other checks do not speak of already."""
    for alert in Alert.objects.filter(closed_at=None).exclude(cause__regex="^((held|failed|stale|follow_up):|disk$)"):
        since = timezone.localtime(alert.opened_at)
        yield warning("alerts", f"{alert.sentence} (since {since:%Y-%m-%d %H:%M})", "It closes when that is over.")
