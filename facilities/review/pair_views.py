"""The page of a pair, and what is decided on it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from facilities.models import MatchCandidate, MatchDecision
from facilities.review.actions import offered_undo, save_verdict
from facilities.review.forms import SKIP, VerdictForm
from facilities.review.pair_page import find_pair, pair_page
from facilities.review.queue_page import go_on, position_in, queue_of
from facilities.review.request import (
    DECIDE,
    VIEW,
    address,
    filters_only,
    needs,
    queue_filters,
    reviewer_of,
    show,
)
from facilities.selectors.blind import is_blind_pair
from facilities.services.decisions import AlreadyDecidedError, undo_decision
from facilities.services.queue import skip_candidate
from stormwater.errors import UserError

_LATER = "Saved. A sync or the matcher is at work: the facilities follow with the matcher's next run."


@require_http_methods(["GET", "HEAD", "POST"])
@needs(VIEW)
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    """A pair with all candidates of its plant; a POST is a verdict about it."""
    if request.method == "POST":
        return decide(request, pk)
    return _page(request, _pair_or_404(pk), VerdictForm())


@needs(DECIDE)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a verdict and show the next pair; if that is refused, this one again, as it is now."""
    form, found = VerdictForm(request.POST), _pair_or_404(pk)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    reviewer, query = reviewer_of(request), filters_only(request.GET)
    queue = queue_of(queue_filters(request), reviewer)
    position = position_in(queue, pk)
    undo = None
    try:
        if form.cleaned_data["verdict"] == SKIP:
            skip_candidate(candidate_id=pk, reviewer=reviewer)
            messages.info(request, "Passed over: it comes last in your queue.")
        else:
            is_blind = form.cleaned_data["blind"] or is_blind_pair(found)
            decided = save_verdict(form, found, reviewer, is_blind=is_blind)
            undo = decided.decision.pk
            if not decided.is_joined:
                messages.warning(request, _LATER)
    except UserError as error:
        status = 409 if isinstance(error, AlreadyDecidedError) else 400
        return _page(request, _pair_or_404(pk), form, refusal=str(error), status=status)
    after = go_on(queue, position, pk)
    if after is None:
        return redirect(address("queue", query=query, undo=undo))
    return redirect(address("pair", after, query=query, undo=undo))


@require_POST
@needs(DECIDE)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a decision back, by a decision of its own."""
    query = filters_only(request.GET)
    decision = MatchDecision.objects.filter(pk=pk).first()
    try:
        done = undo_decision(decision_id=pk, reviewer=reviewer_of(request), note=request.POST.get("note", "")[:2_000])
        words = f"Taken back: decision {pk}, {decision.get_verdict_display() if decision else ''}."
        messages.success(request, words if done.is_joined else f"{words} {_LATER}")
    except UserError as error:
        messages.error(request, str(error))
    if decision is None or request.POST.get("back") == "history":
        return redirect(address("history"))
    rows = MatchCandidate.objects.filter(esmr_facility=decision.esmr_facility_id).order_by("-log_odds", "pk")
    if decision.enrollment_id is not None:
        rows = rows.filter(enrollment=decision.enrollment_id)
    found = rows.values_list("pk", flat=True).first()
    return redirect(address("history") if found is None else address("pair", found, query=query))


def _page(
    request: HttpRequest, found: MatchCandidate, form: VerdictForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    reviewer, filters = reviewer_of(request), queue_filters(request)
    if status == 400:  # something is missing
        form.fields["note" if "note" in form.errors else "reason_code"].widget.attrs["autofocus"] = True
    is_blind = is_blind_pair(found) or (filters.is_valid() and filters.is_blind)
    context: dict[str, Any] = pair_page(found, reviewer, is_blind=is_blind)
    context |= {
        "form": form,
        "refusal": refusal,
        "position": position_in(queue_of(filters, reviewer), found.pk),
        "offer": offered_undo(request.GET.get("undo"), reviewer),
        "is_blind_sample": is_blind_pair(found),
    }
    names = (found.esmr_facility.name or "unnamed", found.enrollment.site_name or "unnamed")
    return show(request, "pair", "{} and {}: one site?".format(*names), context, status=status)


def _pair_or_404(pk: int) -> MatchCandidate:
    found = find_pair(pk)
    if found is None:
        raise Http404(f"There is no pair {pk}.")
    return found
