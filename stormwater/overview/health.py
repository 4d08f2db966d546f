"""`/api/health`: whether the service lives, and whether it can do its work."""

import logging
import time
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import Error as AnyDatabaseError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from stormwater.api.caching import ALIAS
from stormwater.api.encoding import encode_json
from stormwater.api.list_query import check_names
from stormwater.api.openapi import AnswerSchema, Described
from stormwater.api.problems import wrong_parameters
from stormwater.api.views import ApiView
from stormwater.overview.checks import QUICK, Finding, Level, run_checks
from stormwater.overview.checks.finding import error

logger = logging.getLogger(__name__)

OK, DEGRADED, FAILING, UNKNOWN = "ok", "degraded", "failing", "unknown"
# Name of a check here -> the doctor's.
CHECKED = {"database": "database", "migrations": "migrations", "cache": "redis", "schedule": "beat", "data": "data"}
NEEDED = ("database", "migrations")
SECONDS = 5
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
    """Readiness: database and migrations are needed; whatever else is wrong costs speed or freshness only.

    Says which check is not well, and no more: sentences and remedies are `manage.py doctor`'s, and in the log.
    """

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
            "description": "database, migrations, cache, schedule, data: unknown without what they need",
            "properties": {name: {"type": "string", "enum": [OK, DEGRADED, FAILING, UNKNOWN]} for name in CHECKED},
        },
    }
    schema = AnswerSchema()

    def get(self, request: Request) -> HttpResponseBase:
        """200 if all that is needed is there, 503 if not."""
        checks = _state.checks()
        is_ready = all(checks[name] == OK for name in NEEDED)
        status = FAILING if not is_ready else OK if set(checks.values()) == {OK} else DEGRADED
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


class _State:
    """How the checks stood a moment ago: whoever asks every millisecond asks the database every few seconds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at = 0.0
        self._checks: dict[str, str] = {}
        self._said: list[str] = []
        self._has_migrations = False  # once all are applied, they stay so as long as the process lives

    def checks(self) -> dict[str, str]:
        """The state of each check, at most `SECONDS` old."""
        with self._lock:
            if not self._checks or time.monotonic() - self._at >= SECONDS:
                self._checks = self._look()
                self._at = time.monotonic()
            return dict(self._checks)

    def forget(self) -> None:
        """Look anew next time."""
        with self._lock:
            self._checks = {}

    def _look(self) -> dict[str, str]:
        cache = _check_cache()
        wanted = set(QUICK)
        if cache != OK:
            wanted.remove("redis")  # it would be waited for again, and longer
        if self._has_migrations:
            wanted.remove("migrations")
        try:
            findings = run_checks(wanted)
        except AnyDatabaseError as problem:  # it went away between two checks
            findings = [error("database", str(problem), "")]
        self._tell(findings)
        checks = {public: _worst(findings, name) for public, name in CHECKED.items()}
        checks["cache"] = checks["cache"] if cache == OK else cache
        self._has_migrations = self._has_migrations or checks["database"] == checks["migrations"] == OK
        if checks["database"] != OK:
            checks |= dict.fromkeys(("migrations", "schedule", "data"), UNKNOWN)
        elif checks["migrations"] != OK:
            checks |= dict.fromkeys(("schedule", "data"), UNKNOWN)
        return checks

    def _tell(self, findings: list[Finding]) -> None:
        """What was found goes to the log, once."""
        lines = [finding.line() for finding in findings]
        for line in lines:
            if line not in self._said:
                logger.warning("%s", line)
        self._said = lines


_state = _State()


def _worst(findings: list[Finding], name: str) -> str:
    levels = {finding.level for finding in findings if finding.check == name}
    if Level.ERROR in levels:
        return FAILING
    return DEGRADED if levels else OK


def _check_cache() -> str:
    try:
        caches[ALIAS].get("health")
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with it, the answer is the same
        logger.warning("The cache is not ready: %s", problem)
        return FAILING
    return OK
