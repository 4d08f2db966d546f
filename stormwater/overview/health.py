"""`/api/health`: whether the service lives, and whether it can do its work."""

import logging
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from stormwater.api.caching import ALIAS
from stormwater.api.encoding import encode_json
from stormwater.api.list_query import check_names
from stormwater.api.openapi import AnswerSchema, Described
from stormwater.api.problems import wrong_parameters
from stormwater.api.views import ApiView

logger = logging.getLogger(__name__)

OK, DEGRADED, FAILING = "ok", "degraded", "failing"
_STATUS = {"status": {"type": "string", "enum": [OK, DEGRADED, FAILING]}}


class LiveView(Described, ApiView):
    """Liveness: the process answers. Looks at nothing else, so that a database that is away restarts nothing."""

    authentication_classes = ()
    throttle_classes = ()
    operation = "health_live"
    title = "Whether the process answers"
    tag = "About the API"
    has_meta = False
    described = _STATUS
    schema = AnswerSchema()

    def get(self, request: Request) -> HttpResponseBase:
        """Always ok."""
        return _answer(request, 200, {"status": OK})


class HealthView(Described, ApiView):
    """Readiness: database and migrations are needed; a cache that is away costs speed only."""

    authentication_classes = ()
    throttle_classes = ()
    operation = "health"
    title = "Whether the service can do its work"
    tag = "About the API"
    has_meta = False
    more_statuses = {"503": "Cannot do its work at the moment."}
    described = {
        **_STATUS,
        "version": {"type": "string"},
        "checks": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("database", "migrations", "cache")},
        },
    }
    schema = AnswerSchema()

    def get(self, request: Request) -> HttpResponseBase:
        """200 if all that is needed is there, 503 if not."""
        checks = {"database": _check_database(), "migrations": "unknown", "cache": _check_cache()}
        if checks["database"] == OK:
            checks["migrations"] = _check_migrations()
        is_ready = checks["database"] == checks["migrations"] == OK
        status = FAILING if not is_ready else OK if checks["cache"] == OK else DEGRADED
        version = settings.SPECTACULAR_SETTINGS["VERSION"]
        return _answer(request, 200 if is_ready else 503, {"status": status, "version": version, "checks": checks})


class ReadyView(HealthView):
    """The same at the address that orchestrators expect."""

    operation = "health_ready"


def _answer(request: Request, status: int, body: dict[str, Any]) -> HttpResponseBase:
    errors = check_names(request.query_params, ("format",))
    if errors:
        raise wrong_parameters(errors)
    response = HttpResponse(encode_json(body), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def _check_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except AnyDatabaseError as error:
        logger.warning("The database is not ready: %s", error)
        return FAILING
    return OK


class _Applied:
    """Whether all migrations are applied: once they are, they stay so as long as the process lives."""

    are_known = False


def _check_migrations() -> str:
    if not _Applied.are_known:
        executor = MigrationExecutor(connection)
        _Applied.are_known = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return OK if _Applied.are_known else FAILING


def _check_cache() -> str:
    try:
        caches[ALIAS].get("health")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the answer is the same
        logger.warning("The cache is not ready: %s", error)
        return FAILING
    return OK
