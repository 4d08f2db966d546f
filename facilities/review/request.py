"""What the views share: who may come in, the filters of the address, and the frame of a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from facilities.review.forms import QueueFilterForm

View = Callable[..., HttpResponse]
VIEW, DECIDE, SAMPLE = "view_matchcandidate", "decide_matchcandidate", "run_matching"
_PASSING = ("undo", "page", "before")  # parameters of one page, not filters of the queue


def needs(permission: str) -> Callable[[View], View]:
    """Let in those with a permission of the matching; the admin's own check of staff comes first."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(f"facilities.{permission}"):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorate


def reviewer_of(request: HttpRequest) -> AbstractBaseUser:
    """The person who asks."""
    if not isinstance(request.user, AbstractBaseUser):
        raise PermissionDenied
    return request.user


def queue_filters(request: HttpRequest) -> QueueFilterForm:
    """The filters in the address."""
    return QueueFilterForm(request.GET)


def filters_only(parameters: QueryDict) -> str:
    """The part of the address that says which queue it is, for links from page to page."""
    kept = parameters.copy()
    for name in list(kept):
        if name in _PASSING or not any(kept.getlist(name)):
            del kept[name]
    return kept.urlencode()


def address(name: str, *args: int, query: str = "", **more: object) -> str:
    """Address of a page of the console, with the filters and further parameters."""
    added = "&".join([*filter(None, [query]), *(f"{key}={value}" for key, value in more.items() if value is not None)])
    page = reverse(f"admin:review_{name}", args=args)
    return f"{page}?{added}" if added else page


def show(request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page in the frame of the admin."""
    frame = {
        **admin.site.each_context(request),
        "title": title,
        "is_nav_sidebar_enabled": False,  # two records side by side need the width
        "query": filters_only(request.GET),
        "may_decide": request.user.has_perm(f"facilities.{DECIDE}"),
        "may_sample": request.user.has_perm(f"facilities.{SAMPLE}"),
    }
    return render(request, f"admin/review/{template}.html", frame | context, status=status)
