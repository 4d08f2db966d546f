"""`/api/datasets`: how fresh each dataset is, and what changed in it."""

from hashlib import sha256
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from rest_framework.request import Request

from stormwater.api.encoding import encode_json
from stormwater.api.families import Family
from stormwater.api.filters import RANGE, SOME, Filter
from stormwater.api.list_query import check_names
from stormwater.api.listing import Listing
from stormwater.api.meta import LICENCE, describe_answer
from stormwater.api.openapi import AnswerSchema, Described
from stormwater.api.problems import wrong_parameters
from stormwater.api.row_fields import Kind, RowField, own_number
from stormwater.api.selectors import get_data_versions
from stormwater.api.views import ApiView, both_ways, list_urls
from sync.contracts import CONTRACTS
from sync.models import RecordChange
from sync.selectors import list_public_changes, list_published_runs, summarize_datasets

TAG = "Datasets"
_TEXT, _TEXT_OR_NULL = {"type": "string"}, {"type": ["string", "null"]}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_DAY = {"type": ["string", "null"], "format": "date"}
_COUNT = {"type": "integer"}
_RESOURCE = {
    "type": "object",
    "properties": {
        "resource": {"type": "string", "description": "The dataset, or one sampling year of it"},
        "file_date": {**_DAY, "description": "Date that the source gives the file that readers see"},
        "published_at": {**_MOMENT, "description": "When our present copy was published"},
        "rows": {**_COUNT, "description": "Data rows of that file"},
        "is_stale": {"type": "boolean", "description": "Not confirmed for longer than its cadence allows"},
        "last_run": {"type": ["integer", "null"]},
        "last_status": {**_TEXT, "description": "published, unchanged, held, failed, running or never"},
        "last_finished_at": _MOMENT,
    },
}
_RUN_COUNTS = {
    "rows_read": "Data rows of the file",
    "inserted": "Records seen for the first time",
    "updated": "Records with another value than before, or returned",
    "unchanged": "Records that are as they were",
    "removed": "Records that the file no longer has",
    "duplicate": "Rows that repeat another of the file or are superseded by it",
    "quarantined": "Rows that could not be read as rows",
    "issues": "Cells that were emptied or repaired",
}
_DATASET: dict[str, Any] = {
    "slug": _TEXT,
    "title": _TEXT,
    "published": {**_DAY, "description": "Date that the source gives its newest file"},
    "last_synced": {**_MOMENT, "description": "When we last confirmed or replaced the data"},
    "rows": {**_COUNT, "description": "Data rows of the files that readers see"},
    "records": {"type": ["integer", "null"], "description": "Published records that they make"},
    "is_stale": {"type": "boolean"},
    "licence": _TEXT,
    "resources": {"type": "array", "items": _RESOURCE},
}


class DatasetsView(Described, ApiView):
    """All datasets. Its answer moves with every run, also with one that finds nothing new."""

    operation = "datasets"
    title = "The eight datasets: freshness, rows, last run"
    tag = TAG
    described = {
        "results": {"type": "array", "items": {"type": "object", "properties": _DATASET}},
        "next": {"type": "null"},
        "previous": {"type": "null"},
    }
    schema = AnswerSchema()

    def get(self, request: Request) -> HttpResponseBase:
        """The datasets, in the order of loading."""
        return _answer(request, {"results": _datasets(), "next": None, "previous": None}, tuple(CONTRACTS))


class DatasetView(Described, ApiView):
    """One dataset."""

    operation = "dataset"
    title = "One dataset: freshness, rows, last run"
    tag = TAG
    described = _DATASET
    schema = AnswerSchema()

    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """The dataset with this slug."""
        found = next((dataset for dataset in _datasets() if dataset["slug"] == slug), None)
        if found is None:
            raise Http404(f"There is no dataset {slug[:100]!r}.")
        return _answer(request, found, (slug,))


CHANGES = Listing(
    name="dataset_changes",
    row_name="DatasetChange",
    path="datasets/<str:slug>/changes",
    path_parts={"slug": "Slug of the dataset"},
    dataset_part="slug",
    tag=TAG,
    title="Changes of a dataset's records",
    description="Every change of a value, removal and return of a record that a sync found, but those of personal "
    "contact data. Monitoring results have none: a corrected result is one row less and one more.",
    rows=list_public_changes,
    families=frozenset(Family),
    datasets=(),
    fields=(
        own_number("Number of the change; later changes have higher ones"),
        RowField("resource", "resource__slug", Kind.TEXT, "Resource that the run loaded", is_nullable=False),
        RowField("run", "run_id", Kind.INTEGER, "Run of the ledger that found it", is_nullable=False),
        RowField("changed_at", "run__finished_at", Kind.TIMESTAMP, "When the run published it"),
        RowField("kind", "kind", Kind.TEXT, "updated, removed or returned", is_nullable=False),
        RowField(
            "record_key", "record_key", Kind.TEXT, "Key in the source: an event's id, or APP_ID|WDID", is_nullable=False
        ),
        RowField("field", "field", Kind.TEXT, "Field; empty for a removal or return", is_nullable=False),
        RowField("old_value", "old_value", Kind.TEXT, "Value before, as text"),
        RowField("new_value", "new_value", Kind.TEXT, "Value after, as text"),
    ),
    filters=(
        Filter("kind", "What happened", path="kind", choices=tuple(RecordChange.Kind.values), lookups=SOME),
        Filter("record_key", "Key in the source", path="record_key"),
        Filter("field", "Field", path="field", lookups=SOME),
        Filter("run", "Run of the ledger", path="run_id", kind=Kind.INTEGER),
    ),
)


RUNS = Listing(
    name="dataset_runs",
    row_name="DatasetRun",
    path="datasets/<str:slug>/runs",
    path_parts={"slug": "Slug of the dataset"},
    dataset_part="slug",
    tag=TAG,
    title="Files that a dataset's records come from",
    description="Every run that published a file, with the file's name, date and checksum: the `run` of a record, and "
    "its `line`, lead to the place where it was published. "
    "Each file's rows are accounted for: read = inserted + updated + unchanged + duplicate + quarantined.",
    rows=list_published_runs,
    families=frozenset(Family),
    datasets=(),
    fields=(
        own_number("Number of the run, which records have as `run`"),
        RowField("resource", "resource__slug", Kind.TEXT, "The dataset, or one sampling year of it", is_nullable=False),
        RowField("file_name", "file_name", Kind.TEXT, "Name of the file at its source", is_nullable=False),
        RowField("file_date", "published_on", Kind.DATE, "Date that the source gives the file"),
        RowField("sha256", "raw_file__sha256", Kind.TEXT, "SHA-256 of the file, hexadecimal"),
        RowField("bytes", "raw_file__size", Kind.INTEGER, "Size of the file"),
        RowField("published_at", "finished_at", Kind.TIMESTAMP, "When the run published it"),
        *(RowField(name, name, Kind.INTEGER, text, is_nullable=False) for name, text in _RUN_COUNTS.items()),
    ),
    filters=(
        Filter("resource", "The dataset, or one sampling year of it", path="resource__slug"),
        Filter("file_date", "Date of the file", path="published_on", kind=Kind.DATE, lookups=RANGE),
        Filter("sha256", "Checksum of the file", path="raw_file__sha256"),
    ),
)


def _datasets() -> list[dict[str, Any]]:
    return [dataset | {"licence": LICENCE} for dataset in summarize_datasets()]


def _answer(request: Request, members: dict[str, Any], datasets: tuple[str, ...]) -> HttpResponseBase:
    """The answer with an ETag of its own content."""
    errors = check_names(request.query_params, ("format",))
    if errors:
        raise wrong_parameters(errors)
    versions = get_data_versions(tuple(Family))
    body = encode_json({**members, "meta": describe_answer(versions, datasets)})
    etag = quote_etag(sha256(body).hexdigest()[:32])
    response = get_conditional_response(request._request, etag=etag)
    if not isinstance(response, HttpResponseNotModified):
        response = HttpResponse(body, content_type=request.accepted_renderer.media_type)
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    return response


urlpatterns = [
    *both_ways("datasets", DatasetsView.as_view(), name="datasets"),
    *both_ways("datasets/<str:slug>", DatasetView.as_view(), name="dataset"),
    *list_urls(CHANGES),
    *list_urls(RUNS),
]
