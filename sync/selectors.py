"""Reads: how fresh the datasets are, and what a run found."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db.models import Count, Exists, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.http import Http404
from django.utils import timezone

from stormwater.api.ledger import DatasetFacts
from stormwater.fields import is_private
from sync.contracts import CONTRACTS
from sync.ledger import ENDED_WITHOUT_A_WORD
from sync.models import DataQualityIssue, RecordChange, Resource, Run
from sync.sources.base import RECENT_YEARS


@dataclass(frozen=True, slots=True)
class ResourceStatus:
    """What readers see of a resource, and how its last run ended."""

    resource: str
    published_at: datetime | None  # when our present copy was published
    file_date: date | None  # the date that the source gives that file
    rows: int  # data rows of that file
    is_stale: bool  # older than the dataset's cadence allows, or never loaded
    last_run: int | None
    last_status: str
    last_message: str
    last_finished_at: datetime | None
    confirmed_at: datetime | None  # when a run last published it or found nothing newer
    ages: bool  # false of a sampling year that is no longer in the schedule: once loaded, it does not get stale

    def as_json(self) -> dict[str, Any]:
        """The status with dates as ISO text."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}


def list_resource_statuses() -> list[ResourceStatus]:
    """The status of every resource that has had a run, and of every dataset that has not.

    What was loaded by a contract that there is no more is left out.
    """
    resources = Resource.objects.filter(dataset__in=CONTRACTS).select_related("last_published").order_by("slug")
    last_runs = {run.resource_id: run for run in Run.objects.order_by("resource_id", "-pk").distinct("resource_id")}
    confirmed = _last_confirmations()
    newest_year = max((resource.sampling_year or 0 for resource in resources), default=0)
    statuses = [
        _status(resource, last_runs.get(resource.pk), confirmed.get(resource.pk), newest_year) for resource in resources
    ]
    known = {resource.dataset_id for resource in resources}
    statuses += [
        ResourceStatus(slug, None, None, 0, True, None, "never", "", None, None, ages=True)
        for slug in CONTRACTS
        if slug not in known
    ]
    order = list(CONTRACTS)
    return sorted(statuses, key=lambda status: (order.index(status.resource.partition(":")[0]), status.resource))


def list_unsuccessful_runs() -> dict[str, list[Run]]:
    """Resource -> its runs that failed or were held since one last published it or found nothing newer, in their order.

    A run that is at work says nothing yet, so it is not among them and makes none of them undone.
    """
    later_success = Run.objects.order_by().filter(
        resource=OuterRef("resource"), pk__gt=OuterRef("pk"), status__in=[Run.Status.PUBLISHED, Run.Status.UNCHANGED]
    )
    runs = Run.objects.filter(
        ~Exists(later_success),
        status__in=[Run.Status.FAILED, Run.Status.HELD],
        resource__dataset__in=CONTRACTS,
    )
    found: dict[str, list[Run]] = {}
    for run in runs.select_related("resource").defer("header", "holds", "timings").order_by("resource__slug", "pk"):
        found.setdefault(run.resource.slug, []).append(run)
    return found


def list_latest_changes(slug: str, most: int) -> list[RecordChange]:
    """The last changes of a dataset's records, the newest first, each with its run; by the index of its changes."""
    resource = Resource.objects.order_by().filter(slug=slug).values("pk")
    changes = RecordChange.objects.filter(resource=Subquery(resource)).select_related("run")
    return list(changes.order_by("-pk")[:most])


def list_latest_runs(most: int) -> list[Run]:
    """The last runs, the newest first, but for those that found the file that is published already."""
    return list(Run.objects.exclude(status=Run.Status.UNCHANGED).select_related("resource").order_by("-pk")[:most])


def list_public_changes(slug: str) -> QuerySet[RecordChange]:
    """Changes of a dataset's records, but those of personal contact data. Raises Http404 for an unknown dataset."""
    changes = RecordChange.objects.order_by()
    if not slug:
        return changes.none()
    contract = CONTRACTS.get(slug)
    if contract is None:
        raise Http404(f"There is no dataset {slug[:100]!r}.")
    models = [apps.get_model(label) for label in (contract.target, contract.detail) if label]
    shown = {field.name for model in models for field in model._meta.concrete_fields if not is_private(field)}
    # Records with changes are in datasets of one file, whose resource is called as they are.
    resource = Resource.objects.order_by().filter(slug=slug).values("pk")
    return changes.filter(resource=Subquery(resource)).filter(field__in=["", *sorted(shown)])


def list_published_runs(slug: str) -> QuerySet[Run]:
    """The runs that published a file of a dataset. Raises Http404 for an unknown dataset."""
    if slug and slug not in CONTRACTS:
        raise Http404(f"There is no dataset {slug[:100]!r}.")
    return Run.objects.order_by().filter(resource__dataset=slug, status=Run.Status.PUBLISHED)


def find_reading(run: Run) -> Run | None:
    """The run that read the file of one that was held again without reading it, and has its findings; else None."""
    if run.status != Run.Status.HELD or run.raw_file_id is None or "stage" in run.timings:
        return None
    same = Run.objects.filter(resource=run.resource_id, raw_file=run.raw_file_id, status=Run.Status.HELD)
    return same.filter(pk__lt=run.pk, timings__has_key="stage").order_by("-pk").first()


def count_issues(run: Run) -> list[tuple[str, str, int]]:
    """(code, column, number) of the run's data-quality issues, the most frequent first."""
    issues = DataQualityIssue.objects.filter(run=run).order_by().values_list("code", "column")
    return list(issues.annotate(number=Count("pk")).order_by("-number", "code", "column"))


def count_changes(run: Run) -> list[tuple[str, str, int]]:
    """(kind, field, number) of the record changes that the run made, the most frequent first."""
    changes = RecordChange.objects.filter(run=run).order_by().values_list("kind", "field")
    return list(changes.annotate(number=Count("pk")).order_by("-number", "kind", "field"))


def read_ledger() -> dict[str, DatasetFacts]:
    """What the public API says of the datasets behind an answer, by slug."""
    return {
        summary["slug"]: DatasetFacts(**{name: summary[name] for name in DatasetFacts.__slots__})
        for summary in summarize_datasets()
    }


def summarize_datasets() -> list[dict[str, Any]]:
    """The public summary of every dataset, in the order of loading.

    A dataset of several files (eSMR, by year) is as new as its newest file, was synced when any of
    them was, and is stale when one of them is.
    """
    statuses = list_resource_statuses()
    records, synced = _published_records(), _last_synced()
    summaries = []
    for slug, contract in CONTRACTS.items():
        members = [status for status in statuses if status.resource.partition(":")[0] == slug]
        summaries.append(
            {
                "slug": slug,
                "title": contract.title,
                "published": max((member.file_date for member in members if member.file_date), default=None),
                "last_synced": synced.get(slug),
                "rows": sum(member.rows for member in members),
                "records": records.get(slug),
                "is_stale": any(member.is_stale for member in members),
                "resources": [_public_status(member) for member in members],
            }
        )
    return summaries


def list_published_years(slug: str) -> list[dict[str, Any]]:
    """Per sampling year of a dataset that comes in years: published samples, and the date of the file."""
    resources = Resource.objects.filter(dataset=slug, last_published__isnull=False).select_related("last_published")
    return [
        {
            "sampling_year": resource.sampling_year,
            "sample_count": run.inserted + run.updated + run.unchanged,
            "file_date": run.published_on,
        }
        for resource in resources.order_by("sampling_year")
        if (run := resource.last_published) is not None
    ]


_FOR_STAFF = {"last_message", "confirmed_at", "ages"}


def _public_status(status: ResourceStatus) -> dict[str, Any]:
    """The status without what is for staff."""
    return {name: value for name, value in asdict(status).items() if name not in _FOR_STAFF}


def _published_records() -> dict[str, int]:
    """Dataset -> records that readers see: what the last published run of each resource found in its file."""
    published = Resource.objects.order_by().filter(last_published__isnull=False).values("dataset_id")
    counted = published.annotate(
        records=Sum(F("last_published__inserted") + F("last_published__updated") + F("last_published__unchanged"))
    )
    return dict(counted.values_list("dataset_id", "records"))


def _last_synced() -> dict[str, datetime]:
    """Dataset -> when a run last confirmed or replaced data of it."""
    confirming = Run.objects.order_by().filter(status__in=[Run.Status.PUBLISHED, Run.Status.UNCHANGED])
    latest = confirming.values("resource__dataset_id").annotate(moment=Max("finished_at"))
    return dict(latest.values_list("resource__dataset_id", "moment"))


def has_died_repeatedly(names: Iterable[str], times: int = 3) -> bool:
    """Whether the last `times` runs of some resource of these datasets (or resources) all lost their process."""
    for name in names:
        resources = Resource.objects.filter(slug=name) if ":" in name else Resource.objects.filter(dataset=name)
        for resource in resources:
            if _have_died(Run.objects.filter(resource=resource), times):
                return True
    return False


def release_has_died_repeatedly(run_id: int, times: int = 3) -> bool:
    """Whether the last `times` tries to release a held run all lost their process."""
    return _have_died(Run.objects.filter(release_of=run_id), times)


def _have_died(runs: QuerySet[Run], times: int) -> bool:
    """Whether the last `times` of these runs lost their process."""
    last = runs.order_by("-pk").values_list("status", "message")[:times]
    # The latest may still say that it is running: whoever opens the next run will call it dead.
    deaths = [status == Run.Status.RUNNING or message == ENDED_WITHOUT_A_WORD for status, message in last]
    return len(deaths) == times and all(deaths)


def _last_confirmations() -> dict[int, datetime | None]:
    """Resource -> when a run last confirmed its data.

    An unchanged file is a confirmation: the source has nothing newer.
    """
    confirming = Run.objects.filter(status__in=[Run.Status.PUBLISHED, Run.Status.UNCHANGED])
    latest = confirming.order_by("resource_id", "-pk").distinct("resource_id")
    return dict(latest.values_list("resource_id", "finished_at"))


def _ages(resource: Resource, newest_year: int) -> bool:
    """Whether the resource is in the schedule: sampling years before the recent ones are not."""
    return not (resource.sampling_year and resource.sampling_year <= newest_year - RECENT_YEARS)


def _is_stale(resource: Resource, confirmed: datetime | None, *, ages: bool) -> bool:
    """Whether no run has confirmed the resource's data for longer than its cadence allows."""
    if confirmed is None:
        return True
    return ages and timezone.now() - confirmed > CONTRACTS[resource.dataset_id].cadence.stale_after


def _status(resource: Resource, last: Run | None, confirmed: datetime | None, newest_year: int) -> ResourceStatus:
    published = resource.last_published
    ages = _ages(resource, newest_year)
    return ResourceStatus(
        resource=resource.slug,
        published_at=published.finished_at if published else None,
        file_date=published.published_on if published else None,
        rows=published.rows_read if published else 0,
        is_stale=_is_stale(resource, confirmed, ages=ages),
        last_run=last.pk if last else None,
        last_status=last.status if last else "never",
        last_message=last.message if last else "",
        last_finished_at=last.finished_at if last else None,
        confirmed_at=confirmed,
        ages=ages,
    )
