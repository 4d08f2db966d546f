"""Decisions on staff pages: what the form posts goes to a service, and what comes of it is said."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect

from stormwater.errors import UserError


def decide(
    request: HttpRequest, permission: str, page: str, words: str, decision: Callable[[Any], Any]
) -> HttpResponse:
    """Take one decision for whoever posted it, and lead back to the page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(permission):
        raise PermissionDenied
    reviewer = get_user_model().objects.get(username=request.user.get_username())
    try:
        decision(reviewer)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return HttpResponseRedirect(page)


def posted_number(request: HttpRequest, name: str) -> int:
    """A number of the form; 0, which nothing has, for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0
