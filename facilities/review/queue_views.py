"""Pages of the queue: the list, what is done with a selection of it, and the blind sample."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from facilities.review.actions import offered_undo
from facilities.review.bulk_page import bulk_page
from facilities.review.forms import AssignForm, BulkForm, SampleForm, check, parse_versions
from facilities.review.queue_page import queue_of, queue_page
from facilities.review.request import (
    DECIDE,
    SAMPLE,
    VIEW,
    address,
    filters_only,
    needs,
    queue_filters,
    reviewer_of,
    show,
)
from facilities.services.queue import assign_candidates, bulk_decide, sample_automatic_links
from stormwater.errors import UserError


@require_GET
@needs(VIEW)
def queue(request: HttpRequest) -> HttpResponse:
    """The queue, with the figures, or why it is empty."""
    reviewer = reviewer_of(request)
    context = queue_page(queue_filters(request), reviewer, request.GET.get("page"))
    context["offer"] = offered_undo(request.GET.get("undo"), reviewer)
    return show(request, "queue", "Review queue", context)


@require_GET
@needs(VIEW)
def start(request: HttpRequest) -> HttpResponse:
    """The first pair of the queue, or the queue if it is empty."""
    first = queue_of(queue_filters(request), reviewer_of(request)).values_list("pk", flat=True).first()
    query = filters_only(request.GET)
    return redirect(address("queue", query=query) if first is None else address("pair", first, query=query))


@require_POST
@needs(DECIDE)
def bulk(request: HttpRequest) -> HttpResponse:
    """What one verdict about the selected pairs would do; with `confirm`, do it and report."""
    form = BulkForm(request.POST)
    back = address("queue", query=filters_only(request.GET))
    try:
        versions = parse_versions(request.POST.getlist("selected"))
        check(form)
        report = bulk_decide(
            versions=versions,
            reviewer=reviewer_of(request),
            is_dry_run="confirm" not in request.POST,
            **form.cleaned_data,
        )
    except (UserError, ValidationError) as error:
        for sentence in getattr(error, "messages", None) or [str(error)]:
            messages.error(request, sentence)
        return redirect(back)
    title = "Dry run: nothing is decided yet" if report.is_dry_run else "Decided together"
    return show(request, "bulk", title, bulk_page(form, versions, report))


@require_POST
@needs(DECIDE)
def assign(request: HttpRequest) -> HttpResponse:
    """Give the selected pairs to a reviewer, or to nobody."""
    form = AssignForm(request.POST)
    try:
        versions = parse_versions(request.POST.getlist("selected"))
    except ValidationError as error:
        messages.error(request, error.message)
        versions = {}
    else:
        if not versions:
            messages.error(request, "No pair is selected.")
        elif not form.is_valid():
            messages.error(request, "There is no such reviewer.")
    if versions and form.is_valid():
        assignee = form.cleaned_data["assignee"]
        given = assign_candidates(candidate_ids=versions, assignee=assignee)
        messages.success(request, f"{given:,} of {len(versions):,} pairs were given to {assignee or 'nobody'}.")
    return redirect(address("queue", query=filters_only(request.GET)))


@require_POST
@needs(SAMPLE)
def sample(request: HttpRequest) -> HttpResponse:
    """Put some automatic links into the queue, to be judged blind."""
    form = SampleForm(request.POST)
    if form.is_valid():
        drawn = sample_automatic_links(size=form.cleaned_data["size"])
        words = f"{len(drawn):,} automatic links were drawn at random; they are judged blind."
        messages.success(request, words if drawn else "There is no automatic link that was not drawn before.")
    else:
        messages.error(request, "Draw between 1 and 500 links.")
    return redirect(address("queue", query=filters_only(request.GET)))
