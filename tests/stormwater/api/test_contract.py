"""The service held against its own OpenAPI document by a property-based client, over all paths, for a bounded time."""

import pytest
import schemathesis
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.authtoken.models import Token
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from stormwater.overview.urls import urlpatterns
from stormwater.wsgi import application

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.timeout(300)]

EXAMPLES = 40  # of each kind and path
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
NOT_DESCRIBED = {"schema", "docs", "api_unknown"}
OPERATIONS = sorted(
    (str(pattern.pattern).replace("<str:", "{").replace("<int:", "{").replace(">", "}"), method)
    for pattern in urlpatterns
    if pattern.name not in NOT_DESCRIBED and not str(pattern.name).endswith("_slash")
    for method in ("GET", "POST")
    if hasattr(getattr(pattern.callback, "cls", None), method.lower())
)


@pytest.fixture(scope="module")
def _one_connection():
    """Requests keep the one connection whose transaction holds the sample data."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def document(world, _one_connection, django_db_blocker):
    with django_db_blocker.unblock():
        return schemathesis.openapi.from_wsgi("/api/schema?format=json", application)


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.STORMWATER_ANON_RATE = settings.STORMWATER_USER_RATE = settings.STORMWATER_EXPENSIVE_RATE = ""
    settings.STORMWATER_STAFF_RATE = ""


@pytest.fixture
def token(world, db):
    """Of a reviewer: what an operator may do would start syncs, and is held against the document as a 403."""
    user = get_user_model().objects.create_user("rivera")
    user.groups.add(Group.objects.get(name="Reviewer"))
    return {"Authorization": f"Token {Token.objects.create(user=user).key}"}


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("path, method", OPERATIONS)
def test_no_500_no_undocumented_status_no_answer_of_another_shape(document, token, path, method, mode):
    operation = document[f"/api/{path}"][method]
    headers = token if path.startswith("staff/") else {}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    def ask(case):
        case.call_and_validate(checks=CHECKS, headers=headers)

    ask()
