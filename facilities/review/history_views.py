"""Pages of what was decided, and the files of it."""

from typing import IO, cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from facilities.review.forms import HistoryFilterForm
from facilities.review.history_page import history_page
from facilities.review.request import VIEW, needs, reviewer_of, show
from facilities.selectors.audit import export_history
from facilities.services.decision_files import export_decisions


@require_GET
@needs(VIEW)
def history(request: HttpRequest) -> HttpResponse:
    """Decisions, the latest first."""
    form = HistoryFilterForm(request.GET)
    return show(request, "history", "Decisions", history_page(form, reviewer_of(request)))


@require_GET
@needs(VIEW)
def decisions_file(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 # every view takes one
    """The decisions in force, as `manage.py import_decisions` loads them."""
    response = _csv("decisions")
    export_decisions(cast("IO[str]", response))
    return response


@require_GET
@needs(VIEW)
def history_file(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 # every view takes one
    """Every decision that was ever made, also those taken back and the machine's."""
    response = _csv("decision-history")
    export_history(cast("IO[str]", response))
    return response


def _csv(name: str) -> HttpResponse:
    day = timezone.localdate().isoformat()
    headers = {"Content-Disposition": f'attachment; filename="{name}-{day}.csv"'}
    return HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
