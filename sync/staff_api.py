"""Staff's endpoints of the sync: the runs, a sync, and the release of a held run."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from stormwater.api.bodies import Member
from stormwater.api.filters import SOME, Filter
from stormwater.api.listing import Listing
from stormwater.api.problems import ProblemError
from stormwater.api.row_fields import Kind, RowField
from stormwater.api.staff import TAG, StaffActionView, staff_list_urls, staff_response, user_of
from stormwater.api.views import both_ways
from stormwater.errors import UserError
from sync.asking import Asked, UnknownNameError, ask_for_release, ask_for_sync
from sync.models import Run
from sync.queues import QueueUnreachableError

_COUNTS = ("rows_read", "inserted", "updated", "unchanged", "removed", "duplicate", "quarantined", "issues")
_ASKED = {
    "status": {"type": "string", "enum": ["queued", "done"], "description": "queued: a worker will do it"},
    "runs": {"type": "array", "items": {"type": "object"}, "description": "As `manage.py sync --json` has them"},
    "follow_ups": {"type": "array", "items": {"type": "string"}, "description": "What followed, in words"},
}


def list_runs() -> QuerySet[Run]:
    """All runs of the ledger."""
    return Run.objects.order_by()


RUNS = Listing(
    name="staff_runs",
    row_name="Run",
    path="staff/runs",
    tag=TAG,
    title="Runs of the sync",
    description="The ledger: every run with what it read and did, and why it was held or failed.",
    rows=list_runs,
    families=frozenset(),
    datasets=(),
    is_for_staff=True,
    fields=(
        RowField("id", "pk", Kind.INTEGER, "Number of the run", is_nullable=False),
        RowField("dataset", "resource__dataset_id", Kind.TEXT, "Dataset", is_nullable=False),
        RowField("resource", "resource__slug", Kind.TEXT, "Resource", is_nullable=False),
        RowField("status", "status", Kind.TEXT, "How it ended, or running", is_nullable=False),
        RowField("message", "message", Kind.TEXT, "Why it was held or failed", is_nullable=False),
        RowField("started_at", "started_at", Kind.TIMESTAMP, "When it began", is_nullable=False),
        RowField("finished_at", "finished_at", Kind.TIMESTAMP, "When it ended"),
        *(RowField(name, name, Kind.INTEGER, f"Rows: {name.removeprefix('rows_')}") for name in _COUNTS),
    ),
    filters=(
        Filter("status", "How it ended", path="status", lookups=SOME, choices=tuple(Run.Status.values)),
        Filter("dataset", "Dataset by its slug", path="resource__dataset_id"),
        Filter("resource", "Resource by its slug", path="resource__slug"),
    ),
)


class SyncView(StaffActionView):
    """A sync."""

    permission = "sync.add_run"
    operation = "staff_sync"
    title = "Bring a dataset up to date"
    success = "202"
    may_be_missing = True
    may_conflict = True
    described = _ASKED
    members = (
        Member("dataset", "Slug of a dataset, or of a resource such as esmr:2024", is_required=True, max_length=100),
    )

    def act(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> HttpResponseBase:
        """Sync, here or by a worker."""
        return _answer(lambda: ask_for_sync(name=body["dataset"]))


class ReleaseView(StaffActionView):
    """The release of a held run."""

    permission = "sync.change_run"
    operation = "staff_run_release"
    title = "Publish the file of a held run"
    success = "202"
    may_conflict = True
    described = _ASKED
    members = (Member("reason", "Why the file is right all the same", is_required=True),)

    def act(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> HttpResponseBase:
        """Release, here or by a worker."""
        reason, user = body["reason"], user_of(request)
        return _answer(lambda: ask_for_release(run_id=path_parts["number"], reason=reason, user=user))


def _answer(ask: Callable[[], Asked]) -> HttpResponseBase:
    try:
        asked = ask()
    except UnknownNameError as error:
        raise Http404(str(error)) from error
    except QueueUnreachableError as error:
        raise ProblemError(503, str(error), headers={"Retry-After": "60"}) from error
    except UserError as error:
        raise ProblemError(409, str(error)) from error
    members = {
        "status": "queued" if asked.is_queued else "done",
        "runs": [run.as_json() for run in asked.runs],
        "follow_ups": [step.sentence() for step in asked.follow_ups],
    }
    return staff_response(members, 202)


urlpatterns = [
    *staff_list_urls(RUNS, "sync.view_run"),
    *both_ways("staff/syncs", SyncView.as_view(), name="staff_sync"),
    *both_ways("staff/runs/<int:number>/release", ReleaseView.as_view(), name="staff_run_release"),
]
