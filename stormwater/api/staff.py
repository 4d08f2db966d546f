"""Endpoints of staff: by token or session, for those who have the permission, never kept by anyone.

The tokens are those of REST framework's authtoken, which the public API knows already for limits of a client's own:
one per user, looked up in one query, made and withdrawn by `manage.py drf_create_token`, gone with the account. Nobody
here needs what larger libraries add (expiry, several per user, third parties).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from stormwater.api.bodies import Member, read_body
from stormwater.api.encoding import encode_json
from stormwater.api.list_query import check_names
from stormwater.api.listing import Listing
from stormwater.api.openapi import AnswerSchema, Described, ListSchema
from stormwater.api.problems import ProblemError, wrong_parameters
from stormwater.api.selectors import DataVersions, get_data_versions
from stormwater.api.throttling import ClientThrottle
from stormwater.api.views import ApiView, ListView, both_ways
from stormwater.errors import UserError
from stormwater.replicas import stay_on_primary

TAG = "For staff"
_PRIVATE = "private, no-store"


class MayDo(BasePermission):
    """The user has the view's permission; whoever is not known is asked who they are (401)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perm(view.permission))


class StaffThrottle(ClientThrottle):
    """A limit of staff's own, so that no one else's reading keeps them from work."""

    scope = "staff"

    def rate_of(self, request: Request) -> str:
        return str(settings.STORMWATER_STAFF_RATE)


class StaffView(ApiView):
    """What staff's views share. `permission` is what a user needs for them."""

    permission: ClassVar[str]
    # The token first: who is not known is told so with the header that a 401 needs. A session needs the CSRF token.
    authentication_classes: Any = (TokenAuthentication, SessionAuthentication)
    permission_classes: Any = (MayDo,)
    throttle_classes: Any = (StaffThrottle,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read from the primary: staff see what others have just decided, also those with a token, not a session."""
        stay_on_primary()
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = _PRIVATE
        response["Vary"] = "Accept, Authorization, Cookie"
        return response


class StaffAnswerView(Described, StaffView):
    """An answer of its own shape to a GET."""

    tag = TAG
    has_meta = False
    schema = AnswerSchema()

    def get(self, request: Request, **path_parts: Any) -> HttpResponseBase:
        """The answer."""
        _check_names(request)
        return staff_response(self.get_answer(request, **path_parts))

    def get_answer(self, request: Request, **path_parts: Any) -> Mapping[str, Any]:
        """The members of the answer."""
        raise NotImplementedError


class StaffActionView(Described, StaffView):
    """Something that a POST does. `members` are those of its body."""

    tag = TAG
    has_meta = False
    members: ClassVar[Sequence[Member]] = ()
    schema = AnswerSchema()

    def post(self, request: Request, **path_parts: Any) -> HttpResponseBase:
        """Do it."""
        _check_names(request)
        return self.act(request, read_body(request, self.members), **path_parts)

    def act(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> HttpResponseBase:
        """Do it, with a body that was checked."""
        raise NotImplementedError


class StaffDecisionView(StaffActionView):
    """A decision: a row more (201). What it is refused for is a 409 with its sentence."""

    success = "201"
    may_conflict = True

    def act(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> HttpResponseBase:
        """Decide."""
        try:
            members = self.decide(request, body, **path_parts)
        except UserError as error:
            raise ProblemError(409, str(error)) from error
        return staff_response(members, 201)

    def decide(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> Mapping[str, Any]:
        """Decide; returns the members of the answer. Raises Http404 where there is nothing to decide."""
        raise NotImplementedError


class StaffUndoView(StaffDecisionView):
    """A decision taken back. `decisions` are the rows of its kind, which is called `kind`."""

    decisions: ClassVar[type[Model]]
    kind: ClassVar[str] = "decision"

    def decide(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> Mapping[str, Any]:
        """Undo."""
        number: int = path_parts["number"]
        if not self.decisions._default_manager.filter(pk=number).exists():
            raise Http404(f"There is no {self.kind} {number}.")
        return self.undo(number, request, body)

    def undo(self, number: int, request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Undo the decision of this number; returns the members of the answer."""
        raise NotImplementedError


class StaffListView(StaffView, ListView):
    """A list, worked out for each request."""

    def answer(self, request: Request, prepare: Callable[[], Callable[[DataVersions], bytes]]) -> HttpResponseBase:
        """The answer, without validators: what staff decide on must be as it is now."""
        compute = prepare()
        body = compute(get_data_versions(self.families))
        return HttpResponse(body, content_type=request.accepted_renderer.media_type)


def staff_response(members: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """An answer of staff's."""
    return HttpResponse(encode_json(members), status=status, content_type="application/json")


def user_of(request: Request) -> AbstractBaseUser:
    """Who asks: an account, since nobody else has a permission."""
    assert isinstance(request.user, AbstractBaseUser)  # noqa: S101 - see above
    return request.user


def staff_list_urls(listing: Listing, permission: str) -> list[URLPattern]:
    """The address of a list for staff, with or without a slash."""
    view: type[StaffListView] = type(
        "StaffListView",
        (StaffListView,),
        {
            "listing": listing,
            "families": listing.families,
            "permission": permission,
            "renderer_classes": listing.formats,
            "schema": ListSchema(listing),
        },
    )
    return both_ways(listing.path, view.as_view(), name=listing.name)


def _check_names(request: Request) -> None:
    errors = check_names(request.query_params, ("format",))
    if errors:
        raise wrong_parameters(errors)
